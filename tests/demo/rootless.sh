#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The demo without root and without a kernel driver: rootless.sh LVM FOLDER. FOLDER is empty and this user's own.
set -euo pipefail
lvm=$1 folder=$2
export HOME=$folder XDG_RUNTIME_DIR=$folder/run LC_ALL=C
unset XDG_STATE_HOME LVM_RUN_DIR LVM_SYSTEM_DIR
# Every file in this folder is a disk.
export LVM_IMAGES=$folder/disks
tree=/usr/include/linux
dev=$XDG_RUNTIME_DIR/lvm/dev
mkdir -m 700 "$XDG_RUNTIME_DIR" "$LVM_IMAGES"
PATH=$PATH:/usr/sbin:/sbin

tell() { printf '\n-- %s\n' "$*"; }
stop() { echo "demo: $*" >&2; exit 1; }
run() {
    printf '$ %s\n' "${*//$folder\//}"
    case $1 in
        pv* | vg* | lv*) "$lvm" "$@" ;;
        *) "$@" ;;
    esac
}
has() { "$lvm" segtypes | grep -qx "  $1"; }
# The whole tree on a volume, compared with the original.
same_tree() {
    rm -rf "$folder/out"
    mkdir "$folder/out"
    debugfs -R "rdump / $folder/out" "$1" 2> /dev/null
    rm -rf "$folder/out/lost+found"
    diff -r "$2" "$folder/out" > /dev/null
}
# The engine stays for two seconds without volumes; its files are gone when it is.
finish() {
    local pid
    "$lvm" vgchange -an vg > /dev/null 2>&1 || true
    pid=$("$lvm" engine info 2> /dev/null | sed -n 's/.*process \([0-9]*\),.*/\1/p')
    while [ -n "$pid" ] && kill -0 "$pid" 2> /dev/null; do sleep 0.1; done
}
trap finish EXIT

tell "User $(id -un), no root, no /dev/mapper: four image files become one volume group."
run truncate -s 160M "$LVM_IMAGES"/disk{1,2,3,4}.img
run vgcreate vg "$LVM_IMAGES"/disk{1,2,3,4}.img
run pvs

tell "A striped volume over two of them."
run lvcreate -n data -i 2 -L 64M vg "$LVM_IMAGES"/disk{1,2}.img
mirror=
if has raid1; then
    mirror=raid1
elif has mirror; then
    mirror=mirror
fi
if [ -n "$mirror" ]; then
    tell "A mirrored volume on the two others."
    run lvcreate --type $mirror -m 1 -n safe -L 48M vg "$LVM_IMAGES"/disk{3,4}.img
fi
[ -e "$dev/vg/data" ] || stop "$dev/vg/data is not there: see \`lvm engine info'"

tell "A real tree goes in: $(find $tree -type f | wc -l) files of $tree. Volumes are files below ${dev/$folder\//}."
run mkfs.ext4 -q -b 4096 -d $tree "$dev/vg/data"
same_tree "$dev/vg/data" $tree || stop "the tree on vg/data differs"
[ -z "$mirror" ] || run mkfs.ext4 -q -b 4096 -d $tree "$dev/vg/safe"

if has snapshot; then
    tell "A snapshot, and changes after it."
    run lvcreate -s -n before -L 24M vg/data
    run debugfs -w -R "rm /kvm.h" "$dev/vg/data"
    run debugfs -w -R "write /etc/services services" "$dev/vg/data"
    same_tree "$dev/vg/before" $tree || stop "the snapshot does not hold the old tree"
    ! same_tree "$dev/vg/data" $tree || stop "the origin still holds the old tree"
    echo "The snapshot still holds the old tree, the origin the new one."
    run e2fsck -fn "$dev/vg/data"
    run e2fsck -fn "$dev/vg/before"
    run lvs -o lv_name,lv_attr,lv_size,origin,data_percent
    run lvremove -y vg/before
fi

tell "The volume and its file system grow."
run lvextend -L +32M vg/data
run resize2fs "$dev/vg/data"
run e2fsck -fn "$dev/vg/data"

tell "Everything is deactivated; what was written is in the image files alone."
run vgchange -an vg
sum() { "$lvm" vgchange -ay vg > /dev/null && sha256sum < "$dev/vg/data" && "$lvm" vgchange -an vg > /dev/null; }
first=$(sum)
[ "$first" = "$(sum)" ] || stop "another activation gives other data"

if [ -n "$mirror" ]; then
    tell "One image is lost; the mirror is whole."
    run rm "$LVM_IMAGES/disk4.img"
    run lvchange -ay --activationmode degraded vg/safe
    run e2fsck -fn "$dev/vg/safe"
    same_tree "$dev/vg/safe" $tree || stop "the tree on the mirror differs"
    echo "All files are as they were."
else
    echo "(Mirrored volumes are not there yet.)"
fi
run vgchange -ay --activationmode partial vg
tell "The volumes."
run lvs -a -o +devices
