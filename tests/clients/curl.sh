#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# curl -N, as in every API's documentation. What it keeps is judged by run.py, as question and answer.
set -euo pipefail

ask() { # QUESTION-FILE
  curl --silent --show-error --no-buffer --header 'Content-Type: application/json' --data-binary "@$1" \
    "$OPENAI_BASE_URL/chat/completions"
}

question() { # SCRIPT STREAM
  printf '{"model":"%s","stream":%s,"temperature":0,"messages":[{"role":"user","content":"%s"}]}' "$AIPG_MODEL" "$2" "$1"
}

# The text of a stream of events.
words() {
  python3 -c '
import json, sys
objects = [json.loads(line[6:]) for line in sys.stdin.buffer if line.startswith(b"data: {")]
print("".join(choice["delta"].get("content") or "" for each in objects for choice in each["choices"]), end="")'
}

keep() { # NAME SCRIPT STREAM
  question "$2" "$3" >"$AIPG_KEEP/$1.question"
  ask "$AIPG_KEEP/$1.question" >"$AIPG_KEEP/$1.answer"
}

if [ -n "${AIPG_REAL_ENGINE:-}" ]; then
  keep curl 'What is the capital of France?' true
  words <"$AIPG_KEEP/curl.answer" | grep Paris >/dev/null
  echo "ok whole_answer"
  exit
fi
keep curl tokens=3 false
grep -q '"content":"tok0 tok1 tok2 "' "$AIPG_KEEP/curl.answer"
echo "ok whole_answer"

question 'tokens=10 delay=0.1' true >"$AIPG_KEEP/slow"
export -f ask
# The reader starts it: one that comes late would find all of it at once.
# shellcheck disable=SC2016
python3 -c '
import subprocess, sys, time
asked = subprocess.Popen(["bash", "-c", "ask \"$0\"", sys.argv[1]], stdout=subprocess.PIPE, text=True)
times = [time.monotonic() for line in asked.stdout if "\"content\":" in line]
assert asked.wait() == 0 and len(times) >= 10 and times[-1] - times[0] > 0.5, times' "$AIPG_KEEP/slow"
echo "ok streamed"

for odd in 1 undone unended; do
  keep "curl-$odd" "tokens=3 text=naïve🌍 odd=$odd" true
  [ "$(words <"$AIPG_KEEP/curl-$odd.answer")" = "naïve🌍0 naïve🌍1 naïve🌍2 " ]
  done_lines=$(grep -cx 'data: \[DONE\]' "$AIPG_KEEP/curl-$odd.answer" || true)
  [ "$done_lines" = "$([ "$odd" = 1 ] && echo 1 || echo 0)" ]
done
tail -n 2 "$AIPG_KEEP/curl-1.answer" | grep -qx 'data: \[DONE\]'
echo "ok odd_streams"

question 'tokens=9 die=4' true >"$AIPG_KEEP/broken"
ask "$AIPG_KEEP/broken" >"$AIPG_KEEP/broken.stream"
tail -n 2 "$AIPG_KEEP/broken.stream" | grep -q '"code":"engine_failed"'
if grep -q 'DONE' "$AIPG_KEEP/broken.stream"; then exit 1; fi
echo "ok broken_stream"
