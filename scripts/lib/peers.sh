#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Other people's verifiers, for scripts/bench verify to measure beside ours.
# Pinned by hash, in the same cache as scripts/setup's parts, which does not
# include them: nothing of ours is built from them.
#
#   scripts/lib/peers.sh        installs what is missing, prints the Python that has dcap-qvl
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
requirements="$top/bench/peers/requirements.txt"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/aipg"
folder="$cache/peers-$(printf '%s\n' "$(cat "$requirements")" "$(python3 --version)" | sha256sum | cut -c1-16)"

if [ ! -e "$folder/.complete" ]; then
  rm -rf "$folder"
  mkdir -p "$cache"
  # A virtual environment knows its own path: it is made in place, and .complete is written last.
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" --disable-pip-version-check install --quiet --no-deps --only-binary :all: --require-hashes \
    -r "$requirements" >&2
  touch "$folder/.complete"
fi
echo "$folder/bin/python"
