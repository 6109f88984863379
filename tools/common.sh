# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What run, test and profile share. Sourced; the caller has set -euo pipefail.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
tool=tools/$(basename "$0")

say()
{
    printf '%s: %s\n' "$tool" "$*" >&2
}

die()
{
    say "$@"
    exit 1
}

# The last lines of a log, then the sentence, then the end.
die_with_log()
{
    local log=$1
    shift
    tail -n 25 "$log" >&2 || true
    die "$* (all of it: ${log#"$root"/})"
}

# Packages of the groups, one a line, a|b as it stands.
packages_of()
{
    local group package wanted=" $* "
    while read -r group package; do
        [[ $wanted == *" $group "* ]] && echo "$package"
    done < <(grep -v '^#' "$root/tools/packages")
    return 0
}

# Of those on standard input, the ones that are not installed. A command of that name from
# elsewhere will do: a newer Node, say, brings an npm with which Debian's conflicts.
missing_packages()
{
    local package installed
    installed=" $(dpkg-query -W -f '${db:Status-Status} ${Package}\n' |
        sed -n 's/^installed //p' | tr '\n' ' ')"
    while read -r package; do
        local found=no choice
        for choice in ${package//|/ }; do
            if [[ $installed == *" $choice "* ]] || command -v "$choice" >/dev/null; then
                found=yes
            fi
        done
        [[ $found == yes ]] || echo "$package"
    done
}

# Of a|b the first that the distribution has.
available_package()
{
    local choice
    for choice in ${1//|/ }; do
        if apt-cache show "$choice" >/dev/null 2>&1; then
            echo "$choice"
            return
        fi
    done
    echo "${1%%|*}"
}

# Installs what is missing of the groups. Neither network nor root where nothing is.
need_packages()
{
    local missing names=() package as_root=() log=$root/build/packages.log
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "this is not Debian or Ubuntu: what is needed goes by these names there:"
        packages_of "$@" | tr '\n' ' ' >&2
        echo >&2
        say "when you have them all: cmake --workflow --preset release"
        exit 1
    fi
    missing=$(packages_of "$@" | sort -u | missing_packages)
    [[ -n $missing ]] || return 0

    if [[ $(id -u) -ne 0 ]]; then
        command -v sudo >/dev/null ||
            die "needs root or sudo to install:" "${missing//$'\n'/ }"
        as_root=(sudo)
    fi
    as_root+=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
    mkdir -p "$root/build"
    say "installing:" "${missing//$'\n'/ }"
    "${as_root[@]}" update </dev/null >"$log" 2>&1 ||
        die_with_log "$log" "the package lists could not be fetched"
    for package in $missing; do
        names+=("$(available_package "$package")")
    done
    "${as_root[@]}" install -y --no-install-recommends "${names[@]}" \
        </dev/null >>"$log" 2>&1 || die_with_log "$log" "packages could not be installed"
}

need_cmake()
{
    local version
    version=$(cmake --version | sed -n 's/^cmake version \([0-9]*\.[0-9]*\).*/\1/p')
    [[ $(printf '%s\n' 3.25 "$version" | sort -V | head -n 1) == 3.25 ]] ||
        die "CMake 3.25 or newer is needed, here is $version" \
            "(Debian 12 and Ubuntu 24.04 have one)"
}

# Shows a build's progress on a terminal, or one line that it has begun; nothing when
# there was nothing to do.
show_progress()
{
    local line begun=no
    while read -r line; do
        [[ $line =~ ^(\[[0-9]+/[0-9]+\])\ (Building|Linking|Generating) ]] || continue
        if [[ -t 2 ]]; then
            printf '\r%s: building %s ' "$tool" "${BASH_REMATCH[1]}" >&2
        elif [[ $begun == no ]]; then
            say "building"
        fi
        begun=yes
    done
    if [[ -t 2 && $begun == yes ]]; then
        printf '\r\033[K' >&2
    fi
}

# Configures (when never done) and builds the release preset. Only one at a time: a
# sender and a viewer may be started together.
build_release()
{
    local dir=$root/build/release
    local log=$dir/build.log
    mkdir -p "$dir"
    exec 9>"$dir/.lock"
    flock 9
    need_cmake
    if [[ ! -e $dir/build.ninja || $root/CMakePresets.json -nt $dir/build.ninja ]]; then
        (cd "$root" && cmake --preset release) >"$log" 2>&1 </dev/null ||
            die_with_log "$log" "the build could not be configured"
    fi
    (cd "$root" && cmake --build --preset release 2>&1 </dev/null) 9>&- |
        tee "$log" | show_progress || die_with_log "$log" "the build failed"
    exec 9>&-
}

has_display()
{
    [[ -n ${DISPLAY:-} || -n ${WAYLAND_DISPLAY:-} ]]
}

# Do these arguments of viz open a window?
opens_window()
{
    local argument
    [[ ${1:-} =~ ^[a-z]+$ && ${1:-} != replay ]] && return 1
    for argument in "$@"; do
        case $argument in
        --headless | --help | -h | --version) return 1 ;;
        esac
    done
    return 0
}

# Starts an X server without a screen and sets DISPLAY. It has a session of its own, so
# Ctrl-C does not reach it, and a guard ends it when this process is gone: this process
# can therefore exec the program, which then gets signals, input and exit status itself.
start_xvfb()
{
    local server_log=$root/build/xvfb.log number=
    # shellcheck disable=SC2016 # expanded by the guard
    exec 8< <(exec setsid bash -c '
        Xvfb -displayfd 3 -screen 0 1920x1080x24 -nolisten tcp \
            3>&1 >"$2" 2>&1 </dev/null &
        server=$!
        exec >/dev/null 2>&1 </dev/null
        tail --pid="$1" --sleep-interval=0.2 -f /dev/null
        kill "$server"
        wait' guard "$$" "$server_log")
    read -r -t 20 -u 8 number || true
    exec 8<&-
    [[ -n $number ]] || die_with_log "$server_log" "Xvfb did not start"
    export DISPLAY=:$number
}
