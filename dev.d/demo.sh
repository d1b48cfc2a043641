# SPDX-License-Identifier: LGPL-2.1-or-later
#
# ./dev demo: makes volumes in a guest, reboots it, finds them again. See tests/demo/.
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

verb_demo() {
    local options=()
    if [ "${1:-}" = --with-the-reference ]; then
        # The demo itself is tested by the program that is known to be right.
        LVMPP_DEMO_PREFIX=ref
        options=(--bare --with-reference)
    elif [ $# -gt 0 ]; then
        fail "usage: ./dev demo"
    fi
    say "the demo runs in a User-Mode-Linux guest; this machine's disks and files are not touched"
    demo_run "$BUILD/demo/disks" "$BUILD/demo/results" ${options[@]+"${options[@]}"}
    printf '\nThe demo ended well: data, sizes and names survived.\n'
}
