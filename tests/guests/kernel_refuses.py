#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel refuses tables of every kind: because a disk is smaller than its metadata says, because the target is not
there, because of what is on the disk. The command fails, says what the kernel said, and leaves the VG as it was."""
import difflib
import re
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from checks import check, expect, main, run  # noqa: E402
from harness import disks, kernel, programs  # noqa: E402

SIZE, SHRUNK, EXTENT = 128 << 20, 40 << 20, 1 << 20
# Behind the end of a disk that has shrunk.
FAR = "/dev/loop0:50-110 /dev/loop1:50-110 /dev/loop2:50-110"
# Said by the command itself where new parts are wiped before the kernel hears of them.
BEYOND = "are beyond the end of the device"


class Group:
    """A VG on three disks."""

    def __init__(self):
        kernel.remove_all()
        programs.forget_history()
        self.disks = [disks.Disk(number, SIZE) for number in range(3)]
        run("vgcreate -s 1m vg " + " ".join(disk.path for disk in self.disks))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        left = kernel.remove_all()
        for disk in self.disks:
            disk.discard()
        expect(not left, f"devices that cannot be removed: {left}")

    def shrink(self):
        for disk in self.disks:
            disk.resize(SHRUNK)


def state():
    """The text without what each write of it counts up, and all devices."""
    run("vgcfgbackup -f /tmp/text vg")
    text = Path("/tmp/text").read_text()
    text = re.sub(r"(?m)^\tseqno = .*$|^(#|description|creation_time|creation_host).*$", "", text)
    return text.splitlines(), kernel.describe()


def refused(command, *words):
    before = state()
    output = run(command, status=5)
    for word in words:
        expect(re.search(word, output), f"{command}: no {word!r} in\n{output}")
    after = state()
    for was, now in zip(before, after):
        changes = list(difflib.unified_diff(was, now, "before", "after", lineterm="", n=1))
        expect(not changes, "\n".join([f"{command} has left:", *changes, output]))
    return output


# What is made, and of what: the first lines make a volume in front, the last one is what the kernel refuses.
MADE = {
    "linear": ["lvcreate -y -Wn -l4 -n v vg"],
    "striped": ["lvcreate -y -Wn -i3 -l6 -n v vg"],
    "raid0": ["lvcreate -y -Wn --type raid0 -i2 -l4 -n v vg"],
    "raid1": ["lvcreate -y -Wn --type raid1 -m1 -l4 -n v vg"],
    "raid5": ["lvcreate -y -Wn --type raid5 -i2 -l4 -n v vg"],
    "mirror": ["lvcreate -y -Wn --type mirror -m1 -l4 -n v vg"],
    "integrity": ["lvcreate -y -Wn --type raid1 -m1 -l4 --raidintegrity y -n v vg"],
    "thin-pool": ["lvcreate -y -T -l8 vg/v"],
    "snapshot": ["lvcreate -y -Wn -l4 -n v vg /dev/loop0:0-20", "lvcreate -y -s -l4 -n s vg/v"],
    "cache": ["lvcreate -y -Wn -l4 -n v vg /dev/loop0:0-20", "lvcreate -y --type cache -l8 -n c vg/v"],
}


@check
def new_volumes_that_disks_are_too_small_for():
    for name, lines in MADE.items():
        with Group() as group:
            for line in lines[:-1]:
                run(line)
            group.shrink()
            refused(f"{lines[-1]} {FAR}", "device-mapper: (reload|resume) ioctl on .* failed: Invalid argument|"
                    f"Input/output error|No space left|{BEYOND}")
            print(f"        {name}", flush=True)


@check
def volumes_that_grow_over_the_end_of_a_disk():
    grown = {name: lines for name, lines in MADE.items() if name not in ("snapshot", "cache")}
    for name, lines in grown.items():
        with Group() as group:
            run(f"{lines[0]} /dev/loop0:0-30 /dev/loop1:0-30 /dev/loop2:0-30")
            group.shrink()
            count = 6 if "-i" in lines[0] else 4
            refused(f"lvextend -l+{count} vg/v {FAR}", "device-mapper: (reload|resume) ioctl on .* failed|Input/output error")
            run("lvchange -an vg/v")
            run("lvchange -ay vg/v")
            print(f"        {name}", flush=True)


@check
def conversions_that_disks_are_too_small_for():
    for command in ("lvconvert -y -m1 vg/v", "lvconvert -y --type mirror -m1 vg/v", "lvconvert -y --type raid1 -m2 vg/v"):
        with Group() as group:
            run("lvcreate -y -Wn -l4 -n v vg /dev/loop0:0-20")
            group.shrink()
            refused(f"{command} {FAR}",
                    f"device-mapper: (reload|resume) ioctl on .* failed|Input/output error|{BEYOND}")
            print(f"        {command}", flush=True)


@check
def targets_that_the_kernel_does_not_have():
    release = Path("/proc/sys/kernel/osrelease").read_text().strip()
    folder = Path(f"/lib/modules/{release}/kernel/drivers/md")
    modules = {"raid1": "dm-raid", "raid5": "dm-raid", "mirror": "dm-mirror", "integrity": "dm-integrity",
               "thin-pool": "dm-thin-pool", "snapshot": "dm-snapshot", "cache": "dm-cache"}
    for name, module in modules.items():
        with Group():
            for line in MADE[name][:-1]:
                run(line)
            run(f"modprobe -r {module}-smq {module}", status=None)
            run(f"modprobe -r {module}", status=None)
            shutil.move(folder / f"{module}.ko", "/tmp")
            try:
                output = refused(MADE[name][-1])
                expect("target" in output or module[3:] in output, f"{name}: it is not said what lacks:\n{output}")
            finally:
                shutil.move(f"/tmp/{module}.ko", folder)
            run(MADE[name][-1])
            print(f"        {name}", flush=True)


def ruin(device, extent):
    with open(device, "r+b", buffering=0) as disk:
        disk.seek(EXTENT + extent * EXTENT)
        disk.write(b"x" * 8192)
    run(f"blockdev --flushbufs {device}")


@check
def content_that_the_kernel_does_not_take():
    unchecked = "--config 'global{thin_check_executable=\"\" cache_check_executable=\"\"}'"
    scenes = {
        "thin pool": ["lvcreate -y -Wn -l4 -n m vg /dev/loop1", "lvcreate -y -Wn -l8 -n v vg /dev/loop0",
                      "lvconvert -y --type thin-pool --poolmetadata m vg/v"],
        "cache pool": ["lvcreate -y -Wn -l5 -n m vg /dev/loop1", "lvcreate -y -Wn -l8 -n p vg /dev/loop0",
                       "lvconvert -y --type cache-pool --poolmetadata m vg/p", "lvcreate -y -Wn -l8 -n v vg /dev/loop0",
                       "lvconvert -y --type cache --cachepool p vg/v"],
        "cache volume": ["lvcreate -y -Wn -l8 -n c vg /dev/loop1", "lvcreate -y -Wn -l8 -n v vg /dev/loop0",
                         "lvconvert -y --type cache --cachevol c vg/v"],
        "writecache": ["lvcreate -y -an -Zn -Wn -l8 -n c vg /dev/loop1", "lvcreate -y -Wn -l8 -n v vg /dev/loop0",
                       "lvconvert -y --type writecache --cachevol c vg/v"],
    }
    for name, lines in scenes.items():
        with Group():
            for line in lines:
                run(line)
            run("vgchange -an vg")
            ruin("/dev/loop1", 0)
            refused(f"lvchange -ay {unchecked} vg/v", "device-mapper: (reload|resume) ioctl on .* failed: ")
            print(f"        {name}", flush=True)


@check
def a_writecache_whose_blocks_are_smaller_than_its_disks():
    with Group() as group:
        group.disks.append(disks.Disk(3, SIZE, 4096))
        run("pvcreate /dev/loop3")
        run("vgextend --config devices/allow_mixed_block_sizes=1 vg /dev/loop3")
        run("lvcreate -y -Wn -l4 -n v vg /dev/loop0")
        run("lvcreate -y -an -Zn -Wn -l4 -n w vg /dev/loop3")
        refused("lvconvert -y --type writecache --cachevol w --cachesettings block_size=512 vg/v",
                "device-mapper: (reload|resume) ioctl on .* failed: Invalid argument|not allowed")


main("kernel_refuses")
