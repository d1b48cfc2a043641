#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# First boot of the demo: makes volumes on four disks, fills one and grows it while it is in use.
. "$(dirname "$0")/common.sh"

tell "Four empty disks become one volume group."
run pvcreate /dev/loop0 /dev/loop1 /dev/loop2 /dev/loop3
run vgcreate vg /dev/loop0 /dev/loop1 /dev/loop2 /dev/loop3

tell "A striped volume over two of them and a linear one, with a file system each."
run lvcreate -n striped -i 2 -L 48M vg
run lvcreate -n linear -L 24M vg
run mkfs.ext4 -q /dev/vg/striped
run mkfs.ext4 -q /dev/vg/linear
mkdir -p /mnt/striped /mnt/linear
run mount /dev/vg/striped /mnt/striped
run mount /dev/vg/linear /mnt/linear

tell "A real tree goes in: $(find $tree -type f | wc -l) files of $tree."
run cp -r $tree/. /mnt/striped
run cp /etc/services /mnt/linear
run df -h --output=target,size,used,avail /mnt/striped /mnt/linear

tell "Both volumes and their file systems grow while they are mounted."
run lvextend -L +32M vg/striped
run resize2fs /dev/vg/striped
run lvextend -l +50%FREE vg/linear
run resize2fs /dev/vg/linear
run df -h --output=target,size,used,avail /mnt/striped /mnt/linear

tell "Checksums of the tree: the original, and the copy on the striped volume."
original=$(checksum $tree)
copy=$(checksum /mnt/striped)
echo "original  $original"
echo "copy      $copy"
[ "$original" = "$copy" ] || { echo "demo: the copy differs" >&2; exit 1; }
echo "$copy" > /results/checksum

tell "Everything is unmounted and deactivated; the guest shuts down."
run umount /mnt/striped /mnt/linear
run vgchange -an vg
