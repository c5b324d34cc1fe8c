# SPDX-License-Identifier: Apache-2.0
# What scripts/package --check looks at: the packages by themselves, then on a clean Debian 12. Sourced by it.
# shellcheck shell=bash
# shellcheck disable=SC2154  # top, packages, programs, revision are scripts/package's
# shellcheck source=scripts/lib/debian_root.sh
. "$top/scripts/lib/debian_root.sh"

# Built and packed again from a copy in another folder: neither the place nor the moment may show.
same_bytes_again() {
  local again="$packages/.again"
  mkdir -p "$again/tree"
  git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- --create | tar -x -C "$again/tree"
  cmake -S "$again/tree" --preset release
  cmake --build "$again/tree/build/release" --target "${programs[@]}"
  assemble "$again/tree" "$revision" "$again/debs"
  (cd "$packages" && sha256sum -- *.deb) | (cd "$again/debs" && sha256sum --check -)
  rm -rf "$again"
}

# PIE, read-only relocations resolved at the start, no executable stack, canaries, checked copies. Debian 12 has no
# control-flow enforcement (neither its C library nor its start files carry the mark), so there is none to look for.
hardened() {
  local program file facts wanted
  for program in "${programs[@]}"; do
    file="$packages/.files/usr/bin/$program"
    dpkg-deb --extract "$packages/${program}_"*.deb "$packages/.files"
    facts=$(llvm-readelf-19 --file-header --program-headers --dynamic-table --dyn-syms "$file")
    for wanted in 'Type: +DYN' 'FLAGS_1.* PIE' 'FLAGS_1.* NOW' 'GNU_RELRO' 'GNU_STACK.* RW ' __stack_chk_fail \
      __memcpy_chk; do
      grep -qE "$wanted" <<<"$facts" || { echo "$program lacks $wanted"; return 1; }
    done
    ! grep -qE '(RPATH|RUNPATH)' <<<"$facts" || { echo "$program names a library folder"; return 1; }
  done
  rm -rf "$packages/.files"
}

# Warnings count. What is wrong on purpose has its reason in packaging/debian/*.lintian-overrides.
lint() { lintian --allow-root --suppress-tags no-manual-page --fail-on error,warning "$packages"/*.deb; }

inside() { # STEP
  in_debian bash /check/package_inside.sh "$1"
}

boot() {
  boot_debian "$1" --bind-ro="$packages:/packages" --bind-ro="$top/scripts/lib:/check" \
    --bind-ro="$(scripts/setup --where engine):/opt/engine/llama-server" \
    --bind-ro="$(scripts/setup --where model):/opt/models/m.gguf"
}

check_packages() {
  [ "$(id -u)" -eq 0 ] || { echo "package: --check boots a system in a container, which only root may" >&2; exit 2; }
  scripts/setup packaging-check python engine model
  step check "the same bytes from another folder" same_bytes_again
  step check "lintian" lint
  step check "programs are hardened" hardened
  step check "a newer revision, for the upgrade" assemble "$top" "$((revision + 1))" "$packages/newer"
  local root
  root=$(mktemp -d "${TMPDIR:-/tmp}/aipg-debian.XXXXXX")
  trap stop_debian EXIT
  debian_root=$root
  step check "a clean Debian 12" make_debian_root "$root" "$packages"/*.deb
  boot "$root"
  step check "which boots" debian_is_up
  step check "install" inside install_all
  step check "units verify, and are confined" inside check_units
  step check "settings are good" inside check_settings
  step check "an answer from aipg up" inside answer_from_up
  step check "an answer from the services" inside answer_from_services
  step check "services can do no more than they need" inside services_are_confined
  step check "stopping lets jobs end" inside stopping_lets_jobs_end
  step check "wrong settings are said once" inside wrong_settings_are_said
  step check "an answer over TLS, with the system's authorities" inside answer_over_tls
  step check "a reload shows a new certificate" inside a_reload_shows_a_new_certificate
  step check "an answer from a person's own proxy" inside answer_from_proxy
  step check "upgrade keeps settings, keys and state" inside upgrade
  step check "remove keeps settings and state" inside remove
  step check "purge leaves only the users behind" inside purge
}
