# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What both boots of the demo share. Runs in a guest as root.
set -eu
tree=/usr/include/linux

tell() { printf '\n-- %s\n' "$*"; }

# Shows a command, then runs it. LVM's commands are this build's; with LVMPP_DEMO_PREFIX=ref the reference's.
run() {
    printf '$ %s\n' "$*"
    case $1 in
        pv* | vg* | lv*) ${LVMPP_DEMO_PREFIX:-} "$@" ;;
        *) "$@" ;;
    esac
}

# checksum FOLDER: one sum over the names and contents of all its files.
checksum() { (cd "$1" && find . -path ./lost+found -prune -o -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1); }
