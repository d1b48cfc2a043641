#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Work of the kernel that outlasts its command is followed to its end by another process."""
import os
import time

from checks import check, drop_loop_disks, expect, loop_disks, main, run

MIB = 1 << 20
PATIENCE = 120  # seconds: long beside what a busy machine takes


def until(command, text, what):
    end = time.monotonic() + PATIENCE
    while text not in run(command):
        expect(time.monotonic() < end, f"{what}: not within {PATIENCE} s")
        time.sleep(0.5)


def checksum(device):
    return run(f"sha256sum < {device}")


class Snapshot:
    """An origin, and a snapshot that keeps what the origin was."""

    def __enter__(self):
        self.disks = loop_disks([128 * MIB])
        run(f"vgcreate -s 1m vg {self.disks[0]}")
        run("lvcreate -y -Wn -Zn -n o -l 32 vg")
        run("dd if=/dev/urandom of=/dev/vg/o bs=1M count=32 conv=fsync")
        self.before = checksum("/dev/vg/o")
        run("lvcreate -s -n s -l 40 vg/o")
        run("dd if=/dev/urandom of=/dev/vg/o bs=1M count=32 conv=fsync")
        return self

    def __exit__(self, *_):
        run("vgremove -f -y vg", status=None)
        drop_loop_disks(self.disks)


@check
def a_merge_goes_on_without_its_command():
    with Snapshot() as snapshot:
        expect(checksum("/dev/vg/o") != snapshot.before, "the origin has not changed")
        run("lvconvert --background --interval 1 --merge vg/s")
        until("lvs --noheadings -o lv_attr vg/o", "-wi-", "the origin is one no more")
        expect("s" not in run("lvs --noheadings -a -o lv_name vg").split(), "the snapshot is left")
        expect(checksum("/dev/vg/o") == snapshot.before, "the origin is not what it was")


@check
def a_merge_that_was_put_off_waits_for_poll():
    with Snapshot() as snapshot:
        run("lvchange -an vg/o")
        run("lvconvert --merge vg/s")
        run("lvchange -ay --poll n vg/o")
        time.sleep(3)
        expect("Owi" in run("lvs --noheadings -o lv_attr vg/o"), "somebody took the snapshot away")
        run("lvchange --poll y vg/o")
        until("lvs --noheadings -o lv_attr vg/o", "-wi-", "the origin is one no more")
        expect(checksum("/dev/vg/o") == snapshot.before, "the origin is not what it was")


if __name__ == "__main__":
    os.environ["DM_DISABLE_UDEV"] = "1"
    main("background")
