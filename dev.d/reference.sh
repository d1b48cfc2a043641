# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The reference: Debian's lvm2 package and its libraries, unpacked in a private folder, never installed.
REFERENCE=${LVMPP_REFERENCE:-$BUILD/reference/root}
REFERENCE_PACKAGES="lvm2 dmsetup dmeventd liblvm2cmd2.03 libdevmapper1.02.1 libdevmapper-event1.02.1 libaio1
lvm2-lockd libdlm3 libsanlock-client1"

need_reference() {
    need reference
    if [ -x "$REFERENCE/sbin/lvmlockd" ] || [ -n "${LVMPP_REFERENCE:-}" ]; then return 0; fi
    unpack_packages "$BUILD/reference" "the reference" $REFERENCE_PACKAGES || exit 1
}

# reference_environment: the assignments under which the reference's programs run on this machine.
reference_environment() {
    printf 'LD_LIBRARY_PATH=%s/lib/x86_64-linux-gnu:%s/usr/lib/x86_64-linux-gnu\n' "$REFERENCE" "$REFERENCE"
}

verb_reference() {
    need_reference
    echo "$REFERENCE"
}
