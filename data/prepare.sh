# Sourced by data/demo and tests/run: installs what is missing, then configures and builds. Reads $source; sets $build.
# shellcheck shell=sh

# One line each: the Debian package, and what shows that it is there (a pkg-config module, a command, a header, a font's file,
# or a module of Python, of whichever python3 has it).
sonde_needs='
gcc             command gcc
libc6-dev       header stdio.h
meson           command meson
ninja-build     command ninja
pkg-config      command pkg-config
gettext         command msgfmt
libglib2.0-dev  module gio-unix-2.0
libpeas-dev     module libpeas-1.0
libjson-glib-dev module json-glib-1.0
libcairo2-dev   module cairo-svg
libpango1.0-dev module pangocairo
libopenblas-dev module openblas
libxxhash-dev   module libxxhash
libarchive-dev  module libarchive
zlib1g-dev      module zlib
fonts-dejavu-core font DejaVuSans.ttf
'

is_there ()
{
  case $1 in
    command) command -v "$2" ;;
    module) pkg-config --exists "$2" ;;
    file) test -e "$2" ;;
    header) echo "#include <$2>" | gcc -E - ;;
    python) python3 -c "import $2" || /usr/bin/python3 -c "import $2" ;;
    font) find /usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" "$HOME/.local/share/fonts" -name "$2" 2>&1 | grep -q "/$2\$" ;;
  esac >/dev/null 2>&1
}

list_missing ()
{
  echo "$sonde_needs$sonde_more_needs" | while read -r package kind name; do
    [ -z "$package" ] || is_there "$kind" "$name" || printf '%s ' "$package"
  done
}

install_missing ()
{
  missing=$(list_missing)
  [ -n "$missing" ] || return 0
  as_root=
  [ "$(id -u)" = 0 ] || as_root=sudo
  if ! command -v apt-get >/dev/null || { [ -n "$as_root" ] && ! command -v sudo >/dev/null; }; then
    echo "These are missing; install them (the names are Debian's) and try again: $missing" >&2
    exit 1
  fi
  echo "Installing $missing" >&2
  # shellcheck disable=SC2086 # a list of words
  $as_root env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"' sh $missing >&2
}

# folder, options of meson setup
build_in ()
{
  build=$1
  shift
  # a folder whose configuration broke off is no build folder
  if [ ! -f "$build/build.ninja" ]; then
    rm -rf "$build"
    meson setup "$@" "$build" "$source" >&2
  fi
  ninja --quiet -C "$build" >&2
}

build_release ()
{
  build_in "$1" --buildtype=release
}
