# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The reference: Debian's lvm2 package and its libraries, unpacked in a private folder, never installed.
REFERENCE=${LVMPP_REFERENCE:-$BUILD/reference/root}
REFERENCE_PACKAGES="lvm2 dmsetup dmeventd liblvm2cmd2.03 libdevmapper1.02.1 libdevmapper-event1.02.1 libaio1
lvm2-lockd libdlm3 libsanlock-client1"

need_reference() {
    need reference
    if [ -x "$REFERENCE/sbin/lvmlockd" ] || [ -n "${LVMPP_REFERENCE:-}" ]; then return 0; fi
    local folder=$BUILD/reference
    mkdir -p "$folder/download"
    say "unpacking the reference into build/reference: $REFERENCE_PACKAGES"
    if ! (cd "$folder/download" && step "downloading the reference" apt-get download -q $REFERENCE_PACKAGES); then
        step "updating the package lists" as_root apt-get update -q || exit 1
        (cd "$folder/download" && step "downloading the reference" apt-get download -q $REFERENCE_PACKAGES) || exit 1
    fi
    rm -rf "$folder/partial"
    mkdir "$folder/partial"
    for package in "$folder"/download/*.deb; do dpkg -x "$package" "$folder/partial"; done
    rm -rf "$folder/root"
    mv "$folder/partial" "$folder/root"
}

# reference_environment: the assignments under which the reference's programs run on this machine.
reference_environment() {
    printf 'LD_LIBRARY_PATH=%s/lib/x86_64-linux-gnu:%s/usr/lib/x86_64-linux-gnu\n' "$REFERENCE" "$REFERENCE"
}

verb_reference() {
    need_reference
    echo "$REFERENCE"
}
