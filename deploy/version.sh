# shellcheck shell=bash
# For deploy/package and deploy/release, which source this file.

# project_version CHECKOUT: the version of CMakeLists.txt; with "~git" and the commit if it does not have the tag of
# that version.
project_version() {
  local version
  version=$(sed -nE 's/^project\(defenderd VERSION ([0-9.]+).*/\1/p' "$1/CMakeLists.txt")
  if [ -e "$1/.git" ] && ! git -C "$1" tag --points-at HEAD | grep -qxF "v$version"; then
    version+="~git$(TZ=UTC git -C "$1" log -1 --date=format-local:%Y%m%d%H%M%S --format=%cd.%h --abbrev=7)"
  fi
  echo "$version"
}
