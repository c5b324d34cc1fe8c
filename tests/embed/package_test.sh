#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs the verifier into an empty folder, builds the examples against what
# is there, outside the tree, in every way that is promised, and runs each on
# evidence that holds and on evidence that does not.
#
#   package_test.sh BUILD_FOLDER WRITE_EVIDENCE EXAMPLES
set -euo pipefail
build=$1 write_evidence=$2 examples=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix="$work/prefix" evidence="$work/evidence"
mkdir "$work/evidence" "$work/by-cmake" "$work/by-pkg-config"

fail() { echo "embed_package: $*" >&2; exit 1; }

cmake --install "$build" --component verify --prefix "$prefix" >/dev/null
library="$prefix/lib/libaipg-verify.so"

# Nothing but aipg.h's functions has a name outside, and nothing but the C and C++ libraries is needed.
exported=$(llvm-nm-19 -D --defined-only --format=just-symbols "$library" | sed 's/@.*//' | sort -u)
declared=$(grep -oE '\baipg_[a-z_]+\(' "$prefix/include/aipg/aipg.h" | tr -d '(' | sort -u)
[ "$(grep -v '^AIPG_1$' <<<"$exported")" = "$declared" ] ||
  fail "exports and header differ: $(diff <(grep -v '^AIPG_1$' <<<"$exported") <(echo "$declared"))"
named=$(llvm-nm-19 -g --defined-only --format=just-symbols "$prefix/lib/libaipg-verify.a" | grep -v ':$' | sed '/^$/d' | sort -u)
[ "$named" = "$declared" ] || fail "the archive names more than the header: $(diff <(echo "$named") <(echo "$declared"))"
needed=$(llvm-readelf-19 --needed-libs "$library" | grep -oE 'lib[a-z+_]+|ld-linux[a-z0-9-]*' | sort -u)
for each in $needed; do
  case $each in libc | libm | libgcc_s | libstdc++ | ld-linux*) ;; *) fail "needs $each" ;; esac
done
if find "$prefix" -type f | grep -qE 'boost|openssl|asio'; then fail "installs what is not the verifier's"; fi

# By find_package, both kinds.
cat >"$work/by-cmake/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.25)
project(examples LANGUAGES C CXX)
set(CMAKE_CXX_STANDARD 23)
find_package(aipg-verify 0.1 REQUIRED)
foreach(example verify quote)
  foreach(kind shared static)
    add_executable(\${example}_c_\${kind} $examples/\${example}.c)
    add_executable(\${example}_cc_\${kind} $examples/\${example}.cc)
    target_link_libraries(\${example}_c_\${kind} aipg-verify::\${kind})
    target_link_libraries(\${example}_cc_\${kind} aipg-verify::\${kind})
  endforeach()
endforeach()
EOF
CC=gcc-12 CXX=g++-12 cmake -S "$work/by-cmake" -B "$work/by-cmake/build" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build "$work/by-cmake/build" >/dev/null

# By pkg-config, with the other compiler.
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
read -ra flags <<<"$(pkg-config --cflags --libs aipg-verify)"
for example in verify quote; do
  clang-19 -std=c11 -Wall -Wextra -Werror "$examples/$example.c" "${flags[@]}" -Wl,-rpath,"$prefix/lib" \
    -o "$work/by-pkg-config/${example}_c"
  clang++-19 -std=c++23 -Wall -Wextra -Werror "$examples/$example.cc" "${flags[@]}" -Wl,-rpath,"$prefix/lib" \
    -o "$work/by-pkg-config/${example}_cc"
done

"$write_evidence" "$evidence"
status_of() { local status=0; "$@" >"$work/said" 2>&1 || status=$?; echo "$status"; }
expect() { # STATUS TEXT PROGRAM ARGUMENT...
  local status
  status=$(status_of "${@:3}")
  if [ "$status" != "$1" ] || ! { [ -z "$2" ] || grep -q "$2" "$work/said"; }; then
    fail "${*:3} ended with $status, not $1: $(cat "$work/said")"
  fi
}
for program in "$work"/by-cmake/build/quote_c{,c}_{shared,static} "$work"/by-pkg-config/quote_c{,c}; do
  expect 0 SIMULATED "$program" "$evidence/policy.toml" "$evidence/quote.bin" "$evidence/collateral.json"
  expect 1 collateral_missing "$program" "$evidence/policy.toml" "$evidence/quote.bin"
  expect 3 policy_syntax "$program" "$evidence/quote.bin" "$evidence/quote.bin"
done
for program in "$work"/by-cmake/build/verify_c{,c}_{shared,static} "$work"/by-pkg-config/verify_c{,c}; do
  expect 0 '^today ' "$program" "$evidence/worker.toml" <"$evidence/attestation.json"
  expect 1 policy_not_for_workers "$program" "$evidence/policy.toml" <"$evidence/attestation.json"
  expect 3 policy_syntax "$program" "$evidence/quote.bin" <"$evidence/attestation.json"
  expect 3 base64 "$program" "$evidence/worker.toml" <"$evidence/quote.bin"
  expect 2 '' "$program"
done
