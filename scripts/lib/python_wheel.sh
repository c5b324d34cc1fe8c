#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the wheel of sdk/python by pip, as its users do, and unpacks it beside
# for the tests, which run it on several versions of openai.
#
#   scripts/lib/python_wheel.sh FOLDER       the wheel in FOLDER, unpacked in FOLDER/site
set -euo pipefail
folder=$1
cd "$(dirname "$0")/../.."

rm -rf "$folder"
mkdir -p "$folder"
"$(scripts/setup --where openai3)" -m pip --disable-pip-version-check wheel --no-build-isolation --no-deps \
  --wheel-dir "$folder" ./sdk/python
python3 -m zipfile -e "$folder"/aipg-*.whl "$folder/site"
