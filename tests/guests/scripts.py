#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""fsadm and blkdeactivate on real file systems and volumes."""
import hashlib
import os

from checks import check, drop_loop_disks, expect, loop_disks, main, run

MIB = 1 << 20
POINT = "/tmp/point"


def fill(folder, files=12):
    for number in range(files):
        with open(f"{folder}/file{number}", "wb") as file:
            file.write(hashlib.sha256(str(number).encode()).digest() * 20000)
    run("sync")


def intact(folder, files=12):
    for number in range(files):
        with open(f"{folder}/file{number}", "rb") as file:
            expect(file.read() == hashlib.sha256(str(number).encode()).digest() * 20000, f"{folder}/file{number} changed")


def file_system_size(folder):
    status = os.statvfs(folder)
    return status.f_blocks * status.f_frsize


class Group:
    """A VG on two disks, gone afterwards."""

    def __enter__(self):
        os.makedirs(POINT, exist_ok=True)
        self.disks = loop_disks([600 * MIB, 600 * MIB])
        run(f"vgcreate vg {' '.join(self.disks)}")
        return self

    def __exit__(self, *_):
        run(f"umount {POINT}", status=None)
        run("cryptsetup close secret", status=None)
        run("vgremove -ff -y vg", status=None)
        run(f"pvremove -ff -y {' '.join(self.disks)}", status=None)
        drop_loop_disks(self.disks)


@check
def fsadm_by_itself():
    with Group():
        run("lvcreate -n a -L 64M vg")
        run("mkfs.ext4 -q /dev/vg/a")
        run("fsadm check vg/a")
        run("fsadm -n resize /dev/vg/a 32M", text="resize2fs")
        run("fsadm resize /dev/vg/a 32M")
        run(f"mount /dev/vg/a {POINT}")
        fill(POINT)
        run("fsadm check /dev/vg/a", status=3)
        run("fsadm resize /dev/vg/a")
        expect(file_system_size(POINT) > 50 * MIB, "fsadm did not grow the file system")
        run("fsadm -y -l resize /dev/vg/a 40M")
        expect("40.00m" in run("lvs --noheadings -o size vg/a"), "fsadm -l did not resize the volume")
        intact(POINT)
        run("fsadm resize /dev/no-such", status=1)
        run("fsadm frobnicate", status=1)


@check
def blkdeactivate_takes_down_what_is_not_in_use():
    with Group():
        run("lvcreate -n a -L 16M vg && lvcreate -n b-c -L 16M vg && lvcreate -n d -L 16M vg")
        run(f"mkfs.ext4 -q /dev/vg/a && mount /dev/vg/a {POINT}")
        run("blkdeactivate /dev/vg/b-c", text="deactivating Logical Volume vg/b-c: done")
        expect(not os.path.exists("/dev/mapper/vg-b--c"), "still there")
        run("blkdeactivate", text=f"[SKIP]: vg-a: mounted on {POINT}")
        expect(os.path.exists("/dev/mapper/vg-a") and not os.path.exists("/dev/mapper/vg-d"), "wrong volumes are down")
        run("lvchange -ay vg/d")
        run("blkdeactivate -u -l wholevg", text="deactivating Volume Group vg: done")
        expect(not os.path.exists("/dev/mapper/vg-a"), "still there")


if __name__ == "__main__":
    main("scripts")
