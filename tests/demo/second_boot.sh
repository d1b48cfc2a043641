#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Second boot of the demo: the same disks in a fresh guest, which knows of the volumes only what is on the disks.
. "$(dirname "$0")/common.sh"

tell "A fresh boot: only the disks are left. The volume group is found and activated."
run vgs vg
run vgchange -ay vg
mkdir -p /mnt/striped /mnt/linear
run fsck.ext4 -fn /dev/vg/striped
run mount /dev/vg/striped /mnt/striped
run mount /dev/vg/linear /mnt/linear

tell "The checksum of the tree again."
copy=$(checksum /mnt/striped)
echo "before the reboot  $(cat /results/checksum)"
echo "after the reboot   $copy"
[ "$copy" = "$(cat /results/checksum)" ] || { echo "demo: the tree differs after the reboot" >&2; exit 1; }
run cmp /etc/services /mnt/linear/services
run umount /mnt/striped /mnt/linear

tell "The volumes."
run lvs -o +devices
