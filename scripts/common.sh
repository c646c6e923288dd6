# shellcheck shell=sh
# What scripts/run and scripts/test share; sourced by them in the top directory of the source tree.
# Everything here talks on stderr: stdout belongs to the program.

build=build/release
PATH=$PATH:/usr/sbin:/sbin # bpftool, and not everybody's PATH has them

say() {
    echo "nsscope: $*" >&2
}

die() {
    say "$*"
    exit 1
}

# as_root COMMAND...
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -- "$@"
    else
        die "root is needed to run: $* (there is no sudo here)"
    fi
}

# as_owner COMMAND...: as the user that the source tree belongs to, so that under sudo no file in it becomes root's.
as_owner() {
    owner=$(stat -c %u .)
    if [ "$(id -u)" = 0 ] && [ "$owner" != 0 ]; then
        setpriv --reuid="$owner" --regid="$(stat -c %g .)" --clear-groups -- "$@"
    else
        "$@"
    fi
}

# install_packages WHEN...: what scripts/packages.txt lists for these, if it is missing.
install_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "not a Debian system: scripts/packages.txt lists what has to be installed"
        return
    fi
    wanted=$(for when; do awk -v when="$when" '$1 == when { print $2 }' scripts/packages.txt; done)
    # shellcheck disable=SC2086 # a list
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
        awk '$1 == "installed" { print $2 }')
    missing=$(for package in $wanted; do
        echo "$installed" | grep -qxF "$package" || echo "$package"
    done)
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086
    say "installing" $missing
    as_root apt-get -qq update >&2 || say "apt-get update failed; trying with the package lists that are there"
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y install --no-install-recommends $missing >&2 </dev/null ||
        die "could not install:" $missing
}

# build [TARGET...]: configures when that is due (ninja does it again when a CMake file changed), and builds.
build() {
    if [ ! -e "$build/build.ninja" ] || [ -n "$(find CMakePresets.json -newer "$build/build.ninja")" ]; then
        say "configuring $build"
        as_owner cmake --preset release >&2 || die "the configuration failed; the lines above say why"
    fi
    # Two builds in one directory would spoil each other: the second one waits.
    as_owner flock "$build" ninja -C "$build" "$@" >&2 || die "the build failed; the lines above say why"
}
