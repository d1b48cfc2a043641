# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What every verb of ./dev needs: messages, packages, long steps with progress, other verbs.

BUILD=$ROOT/build

say() { printf '%s\n' "dev: $*" >&2; }
fail() { say "$*"; exit 1; }

# use VERB: makes the functions of another verb's file available.
use() { source "$ROOT/dev.d/$1.sh"; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -- "$@"; fi
}

# need GROUP...: installs the packages of these groups (dev.d/packages.txt) that are missing.
need() {
    local wanted=() missing=() group package
    for group in "$@"; do
        wanted+=($(sed -n "s/^$group://p" "$ROOT/dev.d/packages.txt"))
    done
    missing=($(comm -13 \
        <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2> /dev/null |
            sed -n 's/^installed //p' | sort -u) \
        <(printf '%s\n' "${wanted[@]}" | sort -u)))
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing with apt: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    local install=(apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=600)
    # Lists that are old or were never fetched are the usual reason for a failure: once more with new ones.
    if ! as_root "${install[@]}" --dry-run "${missing[@]}" > /dev/null 2>&1 ||
        ! step "installing packages" as_root "${install[@]}" "${missing[@]}"; then
        step "updating the package lists" as_root apt-get update -q || exit 1
        step "installing packages" as_root "${install[@]}" "${missing[@]}" || exit 1
    fi
}

# step LABEL COMMAND...: runs a long command with its output in a log; shows that it is alive; on failure shows the
# end of the log. The log is build/log/LABEL.
step() {
    local label=$1 log started pid status=0
    shift
    mkdir -p "$BUILD/log"
    log=$BUILD/log/${label//[^A-Za-z0-9_]/-}
    started=$SECONDS
    "$@" > "$log" 2>&1 < /dev/null &
    pid=$!
    (
        # A sleep of its own process, so that it ends with the step.
        trap 'kill $sleeper 2> /dev/null; exit' TERM
        pause=2
        while :; do
            sleep $pause &
            sleeper=$!
            wait $sleeper
            printf 'dev: %s: %d s  %s\n' "$label" $((SECONDS - started)) "$(tail -c 300 "$log" | tr '\r' '\n' | tail -n 1 | cut -c 1-90)" >&2
            pause=$((pause < 30 ? pause * 2 : 30))
        done
    ) &
    local watcher=$!
    # A background process does not hear the terminal's Ctrl-C.
    trap "kill $pid $watcher 2> /dev/null; exit 130" INT TERM
    wait $pid || status=$?
    trap - INT TERM
    kill $watcher 2> /dev/null || true
    wait $watcher 2> /dev/null || true
    if [ $status -ne 0 ]; then
        say "$label failed (exit $status); the end of $log:"
        tail -n 60 "$log" >&2
    fi
    return $status
}

# unpack_packages FOLDER WHAT PACKAGE...: Debian packages, unpacked in FOLDER/root, never installed.
unpack_packages() {
    local folder=$1 what=$2 package
    shift 2
    mkdir -p "$folder/download"
    say "unpacking $what into ${folder#"$ROOT"/}: $*"
    if ! (cd "$folder/download" && step "downloading $what" apt-get download -q "$@"); then
        step "updating the package lists" as_root apt-get update -q || exit 1
        (cd "$folder/download" && step "downloading $what" apt-get download -q "$@") || return 1
    fi
    rm -rf "$folder/partial"
    mkdir "$folder/partial"
    for package in "$folder"/download/*.deb; do dpkg -x "$package" "$folder/partial"; done
    rm -rf "$folder/root"
    mv "$folder/partial" "$folder/root"
}
