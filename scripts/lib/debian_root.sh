# SPDX-License-Identifier: Apache-2.0
# A clean Debian 12 in a folder, booted by systemd in a container without a network. Source it; root only.
# shellcheck shell=bash

debian_root=
debian_pid=

# From the mirrors that this machine's apt knows. What the packages depend on is fetched already, as there is no network
# later; apt installs it then.
make_debian_root() { # FOLDER DEB...
  local sources settings="$1.apt"
  # shellcheck disable=SC2016  # apt expands these
  sources=$(apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' \
    'Origin: Debian' | grep ' bookworm') || { echo "apt knows no mirror of Debian 12; try apt-get update"; return 1; }
  apt-config dump Acquire::http >"$settings"
  apt-config dump Acquire::https >>"$settings"
  # shellcheck disable=SC2016  # mmdebstrap's shell expands these
  mmdebstrap --quiet --mode=root --variant=apt --include=systemd-sysv,dbus,libpam-systemd \
    --aptopt="$settings" --dpkgopt=force-unsafe-io --skip=cleanup/apt/lists,cleanup/apt/cache \
    --customize-hook='APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get --yes --download-only install '"${*:2}" \
    bookworm "$1" - <<<"$sources"
  rm "$settings"
}

boot_debian() { # FOLDER NSPAWN-OPTION...
  debian_root=$1
  systemd-nspawn --quiet --register=no --keep-unit --private-network --directory "$@" --boot \
    >"$1.console" 2>&1 </dev/null &
  debian_pid=$!
}

# The container's first process is the child of the one that started it.
in_debian() { # COMMAND...
  nsenter --target "$(pgrep -P "$debian_pid")" --mount --uts --ipc --net --pid --cgroup -- \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

debian_is_up() {
  local tries
  for tries in $(seq 100); do
    in_debian systemctl is-system-running --wait && return
    [ "$tries" -lt 100 ] && sleep 0.1
  done
  tail -n 15 "$debian_root.console"
  in_debian systemctl --failed
  return 1
}

# There is nothing in it that an orderly end would save.
stop_debian() {
  [ -z "$debian_pid" ] || { kill -KILL "$(pgrep -P "$debian_pid")" && wait "$debian_pid"; } 2>/dev/null || true
  [ -z "$debian_root" ] || rm -rf --one-file-system "$debian_root" "$debian_root.console"
}
