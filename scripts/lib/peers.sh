#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Other people's programs, for scripts/bench, scripts/differential and
# scripts/probes to hold ours against. Pinned by hash, in the same cache as scripts/setup's
# parts, which does not include them: nothing of ours is built from them.
#
#   scripts/lib/peers.sh [NAME...]    installs what is missing (of these, else of all), prints the folder where they are:
#     dcap_qvl/bin/python                 has PyPI's dcap-qvl
#     nv_local_gpu_verifier/bin/python    has PyPI's nv-local-gpu-verifier
#     go/driver, go/snp_lines             go-sev-guest and go-tdx-guest, where there is Go 1.22 or newer
#     sev/sev_driver                      the Rust crate sev, where there is cargo
#     nginx/usr/sbin/nginx                Debian's nginx, unpacked and not installed: it would start a server
#     haproxy/usr/sbin/haproxy            Debian's HAProxy likewise, with the libraries that nothing else brings
#     litellm/bin/litellm                 PyPI's LiteLLM, its proxy
#     portkey/node_modules/…              npm's @portkey-ai/gateway
# What cannot be had is skipped, in a line on standard error.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
# shellcheck source=scripts/lib/step.sh
. scripts/lib/step.sh

# Of what is installed; the Python drivers are run where they lie.
recipe=$(find bench/peers scripts/lib/peers.sh -type f ! -name '*.py*' | sort | xargs cat |
  cat - <(python3 --version) | sha256sum | cut -c1-16)
folder="${XDG_CACHE_HOME:-$HOME/.cache}/aipg/peers-$recipe"

install_python() { # TO REQUIREMENTS
  python3 -m venv "$1" && "$1/bin/pip" --disable-pip-version-check install --no-deps --only-binary :all: \
    --require-hashes -r "$2"
}

# go.sum and Cargo.lock hold each module and crate to its hash.
install_go() { # TO
  (cd bench/peers/go && go build -mod=readonly -trimpath -o "$1/" ./driver ./snp_lines)
}

install_rust() { # TO
  cargo build --locked --release --manifest-path bench/peers/sev/Cargo.toml --target-dir "$1/target" &&
    mv "$1/target/release/sev_driver" "$1/" && rm -rf "$1/target"
}

# package-lock.json holds each package to its hash.
install_npm() { # TO FROM
  cp "$2"/package*.json "$1/" && (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund)
}

# Debian's own signature holds the package.
install_nginx() { # TO
  (cd "$1" && apt-get download nginx && dpkg -x nginx_*.deb . && rm nginx_*.deb && usr/sbin/nginx -v)
}

install_haproxy() { # TO
  (cd "$1" && apt-get download haproxy liblua5.3-0 libopentracing-c-wrapper0 libopentracing1 &&
    for package in *.deb; do dpkg -x "$package" . && rm "$package"; done &&
    LD_LIBRARY_PATH=$(echo usr/lib/*-linux-gnu) usr/sbin/haproxy -v)
}

wanted=" $* "
peer() { # NAME TOOL WHAT COMMAND...
  local to="$folder/$1" tool=$2 what=$3
  [ "$wanted" = "  " ] || [[ "$wanted" == *" $1 "* ]] || return 0
  shift 3
  [ ! -e "$to/.complete" ] || return 0
  if ! command -v "$tool" >/dev/null; then
    step_line setup "$what" "SKIPPED: there is no $tool"
    printf '\n' >&2
    return 0
  fi
  # Made in place, since a virtual environment knows its own path; .complete is written last.
  rm -rf "$to"
  mkdir -p "$to"
  if step setup "$what" "$@"; then touch "$to/.complete"; else rm -rf "$to"; fi
}

peer dcap_qvl python3 "dcap-qvl" install_python "$folder/dcap_qvl" bench/peers/dcap_qvl/requirements.txt
peer nv_local_gpu_verifier python3 "nv-local-gpu-verifier" \
  install_python "$folder/nv_local_gpu_verifier" bench/peers/nv_local_gpu_verifier/requirements.txt
peer go go "go-sev-guest and go-tdx-guest" install_go "$folder/go"
peer sev cargo "the Rust crate sev" install_rust "$folder/sev"
peer nginx apt-get "nginx" install_nginx "$folder/nginx"
peer haproxy apt-get "HAProxy" install_haproxy "$folder/haproxy"
peer litellm python3 "LiteLLM" install_python "$folder/litellm" bench/peers/litellm/requirements.txt
peer portkey npm "Portkey's gateway" install_npm "$folder/portkey" bench/peers/portkey
echo "$folder"
