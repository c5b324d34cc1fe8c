#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The `llm` command, with the model in its extra-openai-models.yaml.
set -euo pipefail

LLM_USER_PATH=$(mktemp -d)
trap 'rm -rf "$LLM_USER_PATH"' EXIT
export LLM_USER_PATH
cat >"$LLM_USER_PATH/extra-openai-models.yaml" <<YAML
- model_id: confidential
  model_name: $AIPG_MODEL
  api_base: $OPENAI_BASE_URL
  vision: true
  supports_tools: true
YAML

ask() { llm -m confidential --no-log "$@"; }

if [ -n "${AIPG_REAL_ENGINE:-}" ]; then
  ask -o temperature 0 "What is the capital of France?" | grep Paris >/dev/null
  echo "ok whole_answer"
  exit
fi
[ "$(ask --no-stream "tokens=3")" = "tok0 tok1 tok2 " ]
echo "ok whole_answer"
[ "$(ask -o temperature 0 "tokens=3")" = "tok0 tok1 tok2 " ]
echo "ok streamed"
[ "$(ask --functions 'def weather(city: str) -> str:
    "How the weather is."
    return f"sunny in {city}"' "tool=weather")" = "the tool said sunny in Paris" ]
echo "ok tool_loop"
base64 --decode <<<"$AIPG_IMAGE" >"$LLM_USER_PATH/image.png"
[ "$(ask -a "$LLM_USER_PATH/image.png" "tokens=3")" = "tok0 tok1 tok2 " ]
echo "ok image"
[ "$(python3 -c 'print("tokens=3 " + "word " * 60_000, end="")' | ask)" = "tok0 tok1 tok2 " ]
echo "ok long_context"
for odd in 1 undone unended; do
  [ "$(ask "tokens=3 text=naïve🌍 odd=$odd")" = "naïve🌍0 naïve🌍1 naïve🌍2 " ]
done
echo "ok odd_streams"
