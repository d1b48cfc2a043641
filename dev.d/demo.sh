# SPDX-License-Identifier: LGPL-2.1-or-later
#
# ./dev demo: volumes on image files, without root. ./dev demo --kernel [uml|qemu]: makes volumes in a guest, reboots it,
# finds them again. See tests/demo/.
use build
use guest

# demo_run DISKS RESULTS [GUEST OPTIONS...]
demo_run() {
    local disks=$1 results=$2
    shift 2
    mkdir -p "$disks"
    rm -f "$disks"/disk*
    local number
    for number in 0 1 2 3; do truncate -s 64M "$disks/disk$number"; done
    verb_guest --disks "$disks" --results "$results" "$@" -- \
        env "LVMPP_DEMO_PREFIX=${LVMPP_DEMO_PREFIX:-}" tests/demo/first_boot.sh
    printf '\n== The guest is rebooted. ==\n'
    verb_guest --disks "$disks" --results "$results" "$@" -- \
        env "LVMPP_DEMO_PREFIX=${LVMPP_DEMO_PREFIX:-}" tests/demo/second_boot.sh
}

# as_user COMMAND...: as nobody when this is root: the point is that root is not needed.
as_user() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
    else
        "$@"
    fi
}

demo_rootless() {
    need build rootless
    build_preset release lvm
    local folder status=0
    folder=$(mktemp -d "${TMPDIR:-/tmp}/lvm-demo.XXXXXX")
    # Readable by everyone, whoever owns the clone.
    cp "$BUILD/release/lvm" "$ROOT/tests/demo/rootless.sh" "$folder"
    mkdir "$folder/home"
    chmod 755 "$folder"
    [ "$(id -u)" != 0 ] || chown 65534:65534 "$folder/home"
    as_user "$folder/rootless.sh" "$folder/lvm" "$folder/home" || status=$?
    rm -rf "$folder" || true
    return $status
}

verb_demo() {
    local options=()
    case ${1:-} in
        '')
            say "the demo uses image files in a folder of its own; nothing else is touched"
            demo_rootless || exit 1
            printf '\nThe demo ended well: no root, no kernel driver, and every file as it was.\n'
            return
            ;;
        --kernel) [ $# -lt 2 ] || options=(--kernel "$2") ;;
        --with-the-reference)
            # The demo itself is tested by the program that is known to be right.
            LVMPP_DEMO_PREFIX=ref
            options=(--bare --with-reference)
            ;;
        *) fail "usage: ./dev demo [--kernel [uml|qemu]]" ;;
    esac
    say "the demo runs in a guest; this machine's disks and files are not touched"
    demo_run "$BUILD/demo/disks" "$BUILD/demo/results" ${options[@]+"${options[@]}"}
    printf '\nThe demo ended well: data, sizes and names survived.\n'
}
