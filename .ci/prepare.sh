# shellcheck shell=bash
# Functions shared by tests/run, deploy/demo and .ci/run, which set `root` (the checkout) and
# source this file: installing missing packages, and the number of parallel jobs.
: "${root:?set it to the checkout}"

# Prints the names in a list of packages.
package_names() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1"; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "This needs root, and there is no sudo. As root, run: $*" >&2
    return 1
  fi
}

# Shows the output of a command only if it fails.
quietly() {
  local log
  log=$(mktemp)
  if "$@" >"$log" 2>&1 </dev/null; then
    rm -f "$log"
    return 0
  fi
  cat "$log" >&2
  rm -f "$log"
  echo "Failed: $*" >&2
  return 1
}

apt_update() {
  [ -z "${apt_updated:-}" ] || return 0
  echo "Updating apt's lists"
  quietly as_root apt-get -q update
  apt_updated=yes
}

# install_packages NAME...: installs the missing ones, and prints their names.
install_packages() {
  if ! command -v apt-get >/dev/null; then
    echo "No apt-get here; assuming that these are installed: $*"
    return 0
  fi
  local name missing=()
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] ||
      missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  apt_update
  echo "Installing ${missing[*]}"
  quietly as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y --no-install-recommends install "${missing[@]}"
}

# Makes the programs of .ci/packages.tools available in PATH, unpacked below build/tools.
provide_tools() {
  local name tools=$root/build/tools
  export PATH=$tools/usr/bin:$PATH
  for name in $(package_names "$root/.ci/packages.tools"); do
    if command -v "$name" >/dev/null || ! command -v apt-get >/dev/null; then continue; fi
    apt_update
    echo "Unpacking $name into build/tools"
    mkdir -p "$tools/packages"
    (cd "$tools/packages" && quietly apt-get -q download "$name")
    dpkg-deb --extract "$tools/packages/$name"_*.deb "$tools"
    rm -r "$tools/packages"
  done
}

# One job per processor, limited by memory at 1 GiB each.
job_count() {
  local processors memory
  processors=$(nproc)
  memory=$(awk '/^MemAvailable:/ {print int($2 / 1048576)}' /proc/meminfo)
  [ "${memory:-0}" -ge 1 ] || memory=1
  echo $((processors < memory ? processors : memory))
}

# Other checkouts reuse the results, wherever they are.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=yes
# ccache's conditions for precompiled headers.
export CCACHE_SLOPPINESS=pch_defines,time_macros

# configure_preset PRESET [ARGUMENT of cmake]...: with ccache if available.
configure_preset() {
  local launcher=()
  if command -v ccache >/dev/null; then launcher=(-D CMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  quietly cmake --preset "$1" "${launcher[@]}" "${@:2}"
}
