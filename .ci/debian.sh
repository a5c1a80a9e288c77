# shellcheck shell=bash
# Another Debian in a directory of its own, made by debootstrap from the mirror of this machine's apt (or
# DEFENDERD_MIRROR), and entered in namespaces of its own: for the scripts that source this file.

# A proxy of this machine's apt is one for debootstrap, too.
if command -v apt-config >/dev/null; then eval "$(apt-config shell apt_proxy Acquire::http::Proxy)"; fi
if [ -n "${apt_proxy:-}" ] && [ "$apt_proxy" != DIRECT ]; then export http_proxy=$apt_proxy; fi

# debian_codename NUMBER
debian_codename() {
  case $1 in
    12) echo bookworm ;;
    13) echo trixie ;;
    *)
      echo "Debian $1 is not supported: expected 12 or 13" >&2
      return 2
      ;;
  esac
}

# Says what is missing to make another Debian here, and fails; prints nothing if all is there.
debian_missing() {
  if [ "$(id -u)" -ne 0 ]; then
    echo "only root can make another root directory"
  elif ! command -v debootstrap >/dev/null; then
    echo "debootstrap is not installed"
  elif ! unshare --mount --pid --fork true 2>/dev/null; then
    echo "namespaces are not available here"
  elif [ -z "$(debian_mirror)" ]; then
    echo "this machine's apt knows no Debian mirror; set DEFENDERD_MIRROR"
  else
    return 0
  fi
  return 1
}

debian_mirror() {
  # shellcheck disable=SC2016 # apt's variable, not the shell's
  echo "${DEFENDERD_MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Origin: Debian' 2>/dev/null |
    grep -v security | head -n 1)}"
}

# make_debian CODENAME ROOT [MORE PACKAGES, comma-separated]
make_debian() {
  local log
  log=$(mktemp)
  debootstrap --variant=minbase --include="ca-certificates${3:+,$3}" "$1" "$2" "$(debian_mirror)" >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    rm -f "$log"
    return 1
  }
  rm -f "$log"
  # This machine's settings of apt, such as a proxy.
  apt-config dump --format '%F "%v";%n' Acquire |
    sed -nE '/^Acquire::(https?|retries|forceipv[46])\b/Ip' >"$2/etc/apt/apt.conf.d/99host"
  cp /etc/resolv.conf "$2/etc/resolv.conf"
  # No service is started in it.
  printf '#!/bin/sh\nexit 101\n' >"$2/usr/sbin/policy-rc.d"
  chmod 755 "$2/usr/sbin/policy-rc.d"
}

# in_debian ROOT COMMAND...: the namespaces end with it, including every process and mount that it left. What BINDS
# (an array of FROM:TO) names is mounted in it; NAMESPACES is an array of further options of unshare.
in_debian() {
  local root=$1 script
  shift
  # shellcheck disable=SC2016 # expanded inside the namespaces
  script='set -eu
    root=$1
    shift
    mount --bind "$root" "$root"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/dev/shm"
    mount -t proc proc "$root/proc"
    mount -t tmpfs tmpfs "$root/run"
    while [ "$1" != -- ]; do
      mkdir -p "$root${1#*:}"
      mount --bind "${1%%:*}" "$root${1#*:}"
      shift
    done
    shift
    exec chroot "$root" /usr/bin/env -i ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
      ${no_proxy:+no_proxy="$no_proxy"} ${CCACHE_DISABLE:+CCACHE_DISABLE="$CCACHE_DISABLE"} CI=true HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"'
  unshare ${NAMESPACES[@]+"${NAMESPACES[@]}"} --mount --pid --fork --kill-child --propagation private sh -c "$script" sh "$root" \
    ${BINDS[@]+"${BINDS[@]}"} -- "$@" </dev/null
}
