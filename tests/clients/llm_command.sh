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
YAML

if [ -n "${AIPG_REAL_ENGINE:-}" ]; then
  llm -m confidential -o temperature 0 --no-log "What is the capital of France?" | grep Paris >/dev/null
  echo "ok whole_answer"
  exit
fi
[ "$(llm -m confidential --no-stream --no-log "tokens=3")" = "tok0 tok1 tok2 " ]
echo "ok whole_answer"
[ "$(llm -m confidential -o temperature 0 --no-log "tokens=3")" = "tok0 tok1 tok2 " ]
echo "ok streamed"
