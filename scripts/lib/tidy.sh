#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy over production sources, in parallel. The files that include Boost
# take a minute each and are Boost's code more than ours: they are left to the
# compiler's own warnings.
set -euo pipefail
cd "$(dirname "$0")/../.."
git ls-files 'src/*.cc' 'apps/*.cc' | grep -v '_test\.cc$' |
  xargs grep -LE '#include <boost/|#include "net/(stream|asio)' |
  xargs -P "$(nproc)" -n 4 clang-tidy-19 -p build/release --quiet --warnings-as-errors='*' 2>/dev/null
