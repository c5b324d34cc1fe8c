#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# curl -N, as in every API's documentation.
set -euo pipefail

ask() { # BODY
  curl --silent --show-error --no-buffer --header 'Content-Type: application/json' --data "$1" \
    "$OPENAI_BASE_URL/chat/completions"
}

question() { # SCRIPT STREAM
  printf '{"model":"%s","stream":%s,"temperature":0,"messages":[{"role":"user","content":"%s"}]}' "$AIPG_MODEL" "$2" "$1"
}

if [ -n "${AIPG_REAL_ENGINE:-}" ]; then
  ask "$(question 'What is the capital of France?' true)" | grep Paris >/dev/null
  echo "ok whole_answer"
  exit
fi
ask "$(question tokens=3 false)" | python3 -c '
import base64, json, sys
answer = json.load(sys.stdin)
assert answer["choices"][0]["message"]["content"] == "tok0 tok1 tok2 "
open(sys.argv[1], "wb").write(base64.b64decode(answer["attestation"]))' "$AIPG_KEEP/curl"
echo "ok whole_answer"

ask "$(question 'tokens=10 delay=0.1' true)" | python3 -c '
import sys, time
times = [(time.monotonic(), line) for line in sys.stdin if "\"content\":" in line]
assert times[-1][0] - times[0][0] > 0.5, times
assert len(times) >= 10'
echo "ok streamed"

ask "$(question tokens=3 true)" | tail -n 2 | grep -qx 'data: \[DONE\]'
echo "ok end_mark"
