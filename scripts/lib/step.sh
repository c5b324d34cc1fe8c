# SPDX-License-Identifier: Apache-2.0
# One line per step: what is being done, live seconds on a terminal, the log's
# path when it fails. Source it; call `step LABEL WHAT COMMAND...`.
# shellcheck shell=bash

step_log_dir="${TMPDIR:-/tmp}/aipg-steps.$(id -u)"
mkdir -p "$step_log_dir"

step_line() { # LABEL WHAT STATE
  printf '%-9s %-58s %s' "$1" "$2" "$3" >&2
}

step() { # LABEL WHAT COMMAND...
  local label=$1 what=$2 log start pid status=0
  shift 2
  log="$step_log_dir/$label.$$.log"
  start=$SECONDS
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  if [ -t 2 ]; then
    while kill -0 "$pid" 2>/dev/null; do
      printf '\r' >&2
      step_line "$label" "$what" "$(step_clock $((SECONDS - start)))  "
      sleep 0.2
    done
    printf '\r' >&2
  elif [ "$label" != quiet ]; then
    step_line "$label" "$what" "..."
    printf '\n' >&2
  fi
  wait "$pid" || status=$?
  if [ "$status" -eq 0 ]; then
    step_line "$label" "$what" "done  $(step_clock $((SECONDS - start)))"
    printf '\n' >&2
    rm -f "$log"
  else
    step_line "$label" "$what" "FAILED"
    printf '\n' >&2
    tail -n 25 "$log" | sed 's/^/  | /' >&2
    printf '  whole log: %s\n' "$log" >&2
  fi
  return "$status"
}

step_cached() { # LABEL WHAT
  step_line "$1" "$2" "done  (cached)"
  printf '\n' >&2
}

step_clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }
