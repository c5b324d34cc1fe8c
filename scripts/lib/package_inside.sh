#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Steps of scripts/package --check that run inside the booted Debian, each by its name:
#   package_inside.sh STEP
# /packages has the packages, and newer ones in /packages/newer; /opt has the engine and the model that
# aipg-worker's example of a workload names.
set -euo pipefail

services=(aipg-gateway aipg-worker)
settings=/etc/aipg/gateway.toml

complain() { echo "$*" >&2; return 1; }

refused() { # COMMAND...
  ! "$@" || complain "should have failed: $*"
}

home_of() { getent passwd "$1" | cut -d: -f6; } # USER

as() { # USER COMMAND...
  HOME=$(home_of "$1") setpriv --reuid "$1" --regid "$1" --init-groups "${@:2}"
}

wait_for() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  until "${@:2}" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || complain "not within $1 s: ${*:2}"
    sleep 0.1
  done
}

property() { systemctl show --property "$2" --value "$1"; } # SERVICE PROPERTY

# --- installing -------------------------------------------------------------------------------------------------------
files() { find / -xdev \( -path /run -o -path /tmp \) -prune -o -print | sort; }

install_all() {
  useradd --create-home alice
  files >/run/files-before
  apt-get install --yes /packages/*.deb
  local service
  for program in aipg "${services[@]}"; do as alice "$program" version; done
  for service in "${services[@]}"; do
    [ "$(systemctl is-enabled "$service")" = enabled ]
    [ "$(id --user "$service")" -lt 1000 ]
    [ "$(getent passwd "$service" | cut -d: -f7)" = /usr/sbin/nologin ]
    [ "$(stat --format '%U %a' "/etc/aipg/${service#aipg-}.toml")" = "root 600" ]
  done
  systemctl is-active aipg-gateway
  [ "$(property aipg-worker ConditionResult)" = no ]
  [ "$(property aipg-gateway NRestarts)" = 0 ]
}

check_units() {
  systemd-analyze verify --man=no /lib/systemd/system/aipg-gateway.service /lib/systemd/system/aipg-worker.service
  # In tenths. What is left is what they are for: the network, sockets beside it, GPUs, low ports, and that the gateway
  # may drop its capability, which is counted as a privilege.
  systemd-analyze security --offline=yes --threshold=17 /lib/systemd/system/aipg-gateway.service | tail -n 1
  systemd-analyze security --offline=yes --threshold=18 /lib/systemd/system/aipg-worker.service | tail -n 1
}

# As they are, and with everything set that they only mention.
check_settings() {
  local service file
  for service in "${services[@]}"; do
    file=/etc/aipg/${service#aipg-}.toml
    "$service" serve --config "$file" --check-config
    sed -E 's/^# (\[[a-z]+\]|[a-z_]+ = .*)$/\1/' "$file" >/run/all.toml
    [ "$(grep -c '^# [a-z_]* = ' /run/all.toml)" = 0 ]
    "$service" serve --config /run/all.toml --check-config
    refused as alice cat "$file"
  done
}

# --- answers ----------------------------------------------------------------------------------------------------------
# What the client says of an answer goes to standard error, the answer to standard output.
ask() { # QUESTION [TOKENS]
  as alice aipg chat --temperature 0 --max-tokens "${2:-40}" "$1" >/run/answer 2>/run/said ||
    { cat /run/said; return 1; }
  cat /run/answer /run/said
  [ -s /run/answer ] && grep -q 'answer bound to worker' /run/said
}

answer_from_up() {
  local home up
  home=$(home_of alice)
  HOME=$home setpriv --reuid alice --regid alice --init-groups aipg up --port 0 --state "$home/net" \
    --engine-program /opt/engine/llama-server --model-file /opt/models/m.gguf >/run/exports &
  up=$!
  wait_for 60 grep AIPG_POLICY /run/exports
  # shellcheck source=/dev/null
  (. /run/exports && ask "What is the capital of France?")
  kill "$up" && wait "$up"
}

# The machine that alice's network simulated goes on as the service's, so that her policy needs another workload only.
set_up_worker() {
  local home hash
  home=$(home_of alice)
  cp -r "$home/net/tee" /var/lib/aipg-worker/tee
  chown -R aipg-worker: /var/lib/aipg-worker/tee
  cp /usr/share/doc/aipg-worker/examples/workload.toml /etc/aipg/
  hash=$(aipg-worker manifest --hash)
  sed "s/^workload_hash = .*/workload_hash = \"$hash\"/" "$home/net/policy.toml" >/run/policy.toml
}

client() { # COMMAND...
  AIPG_POLICY=/run/policy.toml AIPG_BASE_URL=$(cat /run/gateway) AIPG_API_KEY=$(cat /run/key) "$@"
}

answer_from_services() {
  mkdir -p /var/lib/aipg-worker && chown aipg-worker: /var/lib/aipg-worker
  set_up_worker
  echo http://127.0.0.1:8443 >/run/gateway
  as aipg-gateway aipg-gateway keys create --state /var/lib/aipg-gateway --name alice >/run/key
  systemctl start aipg-worker
  wait_for 60 client ask "Are you ready?"
  client ask "What is the capital of France?"
}

# --- what the services may do -----------------------------------------------------------------------------------------
status_has() { # PID FIELD VALUE
  grep -qE "^$2:\s+$3\$" "/proc/$1/status" || complain "$2 of $1 is not $3: $(grep "^$2:" "/proc/$1/status")"
}

confined() { # PID MOST_CAPABILITIES
  status_has "$1" NoNewPrivs 1
  status_has "$1" Seccomp 2
  status_has "$1" CapEff 0000000000000000
  status_has "$1" CapBnd "$2"
  local folder
  for folder in /etc /usr /opt /var /var/lib; do refused nsenter --target "$1" --mount touch "$folder/x"; done
  refused nsenter --target "$1" --mount ls "$(home_of alice)"
}

child_of() { # PID
  local children
  children=$(cat "/proc/$1/task/$1/children")
  echo "${children% }"
}

services_are_confined() {
  local gateway worker launcher engine
  gateway=$(property aipg-gateway MainPID) worker=$(property aipg-worker MainPID)
  launcher=$(child_of "$worker") engine=$(child_of "$(child_of "$worker")")
  confined "$gateway" 0000000000000400
  for process in "$worker" "$launcher" "$engine"; do confined "$process" 0000000000000000; done
  grep -qE '^Max core file size +1 +1 ' "/proc/$engine/limits"
  # By themselves too, whether or not this kernel has Landlock: a program that cannot does not run. The worker's log is
  # of warnings only. To its end, as -q would cut journalctl off.
  journalctl --unit aipg-gateway | grep '"event":"confined"' >/dev/null
  [ "$(stat --format '%U %a' /var/lib/aipg-gateway /var/lib/aipg-worker | tr '\n' ' ')" = \
    "aipg-gateway 700 aipg-worker 700 " ]
  refused nsenter --target "$gateway" --mount ls /dev/console
}

stopping_lets_jobs_end() {
  rm /run/answer
  client ask "Tell me a long story about a lighthouse." 300 >/run/story &
  local asking=$!
  wait_for 30 test -s /run/answer
  systemctl stop aipg-worker
  wait "$asking"
  [ "$(property aipg-worker Result)" = success ]
  refused grep -l llama-server /proc/[0-9]*/comm
  systemctl start aipg-worker
}

# What cannot become good by itself is not tried again.
wrong_settings_are_said() {
  echo 'lissen = "127.0.0.1:1"' >>"$settings"
  systemctl restart aipg-gateway
  wait_for 5 systemctl is-failed aipg-gateway
  journalctl --unit aipg-gateway --no-pager --lines 20 | grep lissen
  [ "$(property aipg-gateway NRestarts)" = 0 ]
  sed -i '$d' "$settings"
  systemctl restart aipg-gateway
}

# --- as an operator changes it ----------------------------------------------------------------------------------------
certificate() { # made by a machine's own authority, as an operator's would be
  cd /etc/credstore
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=authority \
    -keyout /run/authority.key -out /usr/local/share/ca-certificates/authority.crt
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=gateway.example \
    -addext subjectAltName=DNS:gateway.example -addext basicConstraints=critical,CA:FALSE \
    -CA /usr/local/share/ca-certificates/authority.crt -CAkey /run/authority.key \
    -keyout aipg-gateway.private_key -out aipg-gateway.certificate
  chmod 600 aipg-gateway.*
  update-ca-certificates
}

answer_over_tls() {
  mkdir -p /etc/credstore && chmod 700 /etc/credstore
  certificate
  echo 127.0.0.1 gateway.example >/etc/hosts
  sed -i -E 's/^listen = .*/listen = "0.0.0.0:443"/; s/^# (\[tls\]|certificate = .*|private_key = .*)$/\1/' "$settings"
  sed -i 's#^gateway = .*#gateway = "https://gateway.example"#' /etc/aipg/worker.toml
  systemctl restart aipg-gateway aipg-worker
  echo https://gateway.example >/run/gateway
  wait_for 60 client ask "Are you ready?"
}

shown() { openssl s_client -connect gateway.example:443 </dev/null 2>/dev/null | openssl x509 -noout -serial; }

# A renewed certificate without an interrupted connection: the same process goes on.
a_reload_shows_a_new_certificate() {
  local before process
  before=$(shown) process=$(property aipg-gateway MainPID)
  (certificate)
  systemctl reload aipg-gateway || { journalctl --unit aipg-gateway --no-pager --lines 20; return 1; }
  wait_for 10 sh -c 'journalctl --unit aipg-gateway | grep -q "\"event\":\"reloaded\""'
  [ "$(shown)" = "$(openssl x509 -noout -serial -in /etc/credstore/aipg-gateway.certificate)" ]
  [ "$(shown)" != "$before" ]
  [ "$(property aipg-gateway MainPID)" = "$process" ]
  systemctl restart aipg-worker # whose authority is a new one too
  wait_for 60 client ask "Are you ready?"
}

upgrade() {
  local before
  before=$(sha256sum /etc/aipg/*.toml; property aipg-gateway MainPID)
  apt-get install --yes /packages/newer/*.deb
  [ "$(dpkg-query --show --showformat '${Version}\n' aipg "${services[@]}" | sed 's/.*-//' | sort -u)" = 2 ]
  [ "$(sha256sum /etc/aipg/*.toml)" = "$(head -n -1 <<<"$before")" ]
  [ "$(property aipg-gateway MainPID)" != "$(tail -n 1 <<<"$before")" ]
  systemctl is-active "${services[@]}"
  wait_for 60 client ask "Are you ready?"
}

# A person's own proxy, with that person's service manager and settings.
person() { # COMMAND...
  XDG_RUNTIME_DIR=/run/user/$(id --user alice) as alice "$@"
}

ask_proxy() (
  local body='{"model":"my-model","max_tokens":20,"messages":[{"role":"user","content":"Hello"}]}'
  exec 3<>/dev/tcp/127.0.0.1/8117
  printf '%s\r\n' 'POST /v1/chat/completions HTTP/1.1' 'Host: 127.0.0.1:8117' 'Content-Type: application/json' \
    "Content-Length: ${#body}" 'Connection: close' '' >&3
  printf '%s' "$body" >&3
  grep -a '"attestation"' <&3
)

answer_from_proxy() {
  local settings
  settings=$(home_of alice)/.config/environment.d
  as alice mkdir -p "$settings"
  printf '%s\n' AIPG_POLICY=/run/policy.toml "AIPG_BASE_URL=$(cat /run/gateway)" "AIPG_API_KEY=$(cat /run/key)" \
    >"$settings/aipg.conf"
  loginctl enable-linger alice
  wait_for 20 person systemctl --user is-system-running
  [ "$(person systemctl --user is-enabled aipg-proxy || true)" = disabled ]
  person systemctl --user enable --now aipg-proxy
  wait_for 30 ask_proxy
  person systemctl --user disable --now aipg-proxy
  [ "$(person systemctl --user show --property Result --value aipg-proxy)" = success ]
  loginctl disable-linger alice
}

# --- removing ---------------------------------------------------------------------------------------------------------
remove() {
  apt-get remove --yes aipg "${services[@]}"
  [ -f "$settings" ] && [ -f /var/lib/aipg-gateway/gateway.sqlite ] && [ -d /var/lib/aipg-worker/tee ]
  refused ls /usr/bin/aipg /usr/bin/aipg-gateway /usr/bin/aipg-worker
  refused grep -l aipg /proc/[0-9]*/comm
}

# Left behind: what others own, the two users, and what the operator put there.
purge() {
  apt-get purge --yes "${services[@]}"
  [ "$(ls /etc/aipg)" = workload.toml ]
  getent passwd "${services[@]}"
  rm -r /etc/aipg /etc/credstore /etc/hosts /usr/local/share/ca-certificates/authority.crt
  apt-get purge --yes --autoremove ca-certificates
  files | comm -13 /run/files-before - >/run/files-left
  refused grep -vE '^/(var/(log|cache|lib/(apt|dpkg|systemd))|home/alice)(/|$)' /run/files-left
}

set -x # the log of a step that fails says where
"$@"
