#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Data through raids and mirrors, in a guest: what is written is there after a volume was down, without as many disks
as its kind can lose, and after the lost images were replaced. Started by ./dev test guest -k data.
"""

import argparse
import contextlib
import hashlib
import os
import random
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import disks, kernel, programs  # noqa: E402
from harness.panics import has_passed, passed_before  # noqa: E402

SIZE = 8 << 20
# name, options of lvcreate, images, how many may be lost, can be repaired
KINDS = [
    ("raid1", "--type raid1 -m1", 2, 1),
    ("raid1-of-three", "--type raid1 -m2", 3, 2),
    ("raid1 with checksums", "--type raid1 -m1 --raidintegrity y", 2, 1),
    ("raid6 with checksums", "--type raid6 -i3 --raidintegrity y --raidintegritymode bitmap", 5, 1),
    ("raid4", "--type raid4 -i2", 3, 1),
    ("raid5", "--type raid5 -i2", 3, 1),
    ("raid5_n", "--type raid5_n -i3", 4, 1),
    ("raid5_la", "--type raid5_la -i2", 3, 1),
    ("raid6", "--type raid6 -i3", 5, 2),
    ("raid6_nc", "--type raid6_nc -i3", 5, 2),
    ("raid10", "--type raid10 -m1 -i2", 4, 1),
    ("raid0", "--type raid0 -i2", 2, 0),
    ("mirror", "--type mirror -m1", 3, 0),
    ("mirror-core", "--type mirror -m1 --mirrorlog core", 2, 0),
]


class Wrong(Exception):
    pass


def lvm(line, fine=(0,)):
    result = programs.ours().run(line.split())
    if result.status not in fine:
        raise Wrong(f"{line}: exit status {result.status}\n{result.out}{result.err}")
    return result


def pattern(seed):
    return random.Random(seed).randbytes(SIZE)


def write(path, data):
    with open(path, "r+b", buffering=0) as device:
        view = memoryview(data)
        while view:
            view = view[device.write(view):]
        os.fsync(device.fileno())


def read(path):
    with open(path, "rb") as device:
        os.posix_fadvise(device.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return device.read(SIZE)


def check(path, wanted, when):
    found = read(path)
    if hashlib.sha256(found).digest() != hashlib.sha256(wanted).digest():
        first = next(i for i in range(SIZE) if found[i:i + 1] != wanted[i:i + 1])
        raise Wrong(f"{when}: byte {first} is not what was written")


def wait_for_sync(name):
    for _ in range(600):
        percent = lvm(f"lvs --noheadings -o sync_percent vg/{name}").out.strip()
        if percent in ("100.00", ""):
            return
        time.sleep(0.1)
    raise Wrong(f"{name} does not become equal: {percent}%")


@contextlib.contextmanager
def group_of(count, megabytes=32):
    """A VG `vg` of so many disks, which are gone afterwards."""
    group = [disks.Disk(number, megabytes << 20) for number in range(count)]
    try:
        lvm("vgcreate -s 1m vg " + " ".join(disk.path for disk in group))
        yield group
    finally:
        kernel.remove_all()
        for disk in group:
            disk.discard()


def one_kind(name, options, images, may_lose):
    data = pattern(name)
    with group_of(images + max(may_lose, 1)) as group:
        paths = [disk.path for disk in group]
        lvm(f"lvcreate -y -Wn {options} -L {SIZE >> 20}m -n v vg " + " ".join(paths[:images]))
        if any(read("/dev/vg/v")[:4096]):
            raise Wrong("the start of the new volume is not zero")
        write("/dev/vg/v", data)
        check("/dev/vg/v", data, "after writing")
        wait_for_sync("v")
        lvm("lvchange -an vg/v")
        lvm("lvchange -ay vg/v")
        check("/dev/vg/v", data, "after it was down")
        lvm("lvextend -l+3 vg/v")
        check("/dev/vg/v", data, "after it grew")
        if not may_lose:
            return
        wait_for_sync("v")
        lvm("lvchange -an vg/v")
        for disk in group[:may_lose]:
            disk.detach()
        lvm("lvchange -ay vg/v")
        check("/dev/vg/v", data, f"without {may_lose} of {images} disks")
        data = pattern(name + " again")
        write("/dev/vg/v", data)
        check("/dev/vg/v", data, "written without them")
        if may_lose == 1:
            lvm("lvconvert -y --repair vg/v")
            wait_for_sync("v")
            check("/dev/vg/v", data, "after the repair")
            lvm("lvchange -an vg/v")
            lvm("lvchange -ay vg/v")
            check("/dev/vg/v", data, "repaired and brought up again")
            if re.search(r"p-$", lvm("lvs --noheadings -o attr vg/v").out.strip()):
                raise Wrong("the repaired volume still lacks a disk")


def conversions():
    """The same data through a chain of layouts."""
    data = pattern("conversions")
    with group_of(6) as group:
        lvm(f"lvcreate -y -Wn -i2 -L {SIZE >> 20}m -n s vg")
        write("/dev/vg/s", data)
        for step in ("--type raid0", "--type raid0_meta", "--type raid0", "--type striped", "--type raid5_n",
                     "--type striped", "--type raid4", "--type raid0_meta", "--type raid4", "--type raid0", "--type raid10_near",
                     "--type raid0_meta", "--type raid5_n", "--type raid0_meta"):
            lvm(f"lvconvert -y {step} vg/s")
            wait_for_sync("s")
            check("/dev/vg/s", data, f"after lvconvert {step}")
        lvm("lvremove -y vg/s")
        lvm(f"lvcreate -y -Wn -L {SIZE >> 20}m -n l vg")
        write("/dev/vg/l", data)
        for step in ("-m1", "-m2", "-m1", "--replace " + group[0].path, "-R 512k", "-m0", "--type mirror -m1",
                     "--mirrorlog core", "--mirrorlog disk", "-m+1", "-m-1", "--type raid1", "--type mirror", "--type raid1", "--type raid4", "--type raid1", "--type raid5_ls",
                     "--type raid1", "--splitmirrors 1 -n half"):
            lvm(f"lvconvert -y {step} vg/l")
            wait_for_sync("l")
            check("/dev/vg/l", data, f"after lvconvert {step}")
        check("/dev/vg/half", data, "the image that was split off")


SPEED = Path("/proc/sys/dev/raid")


@contextlib.contextmanager
def slowly():
    """The kernel's md at a speed at which nothing ends; a raid must have been up."""
    limits = {name: (SPEED / name).read_text() for name in ("speed_limit_min", "speed_limit_max")}
    try:
        for name in limits:
            (SPEED / name).write_text("200")
        yield
    finally:
        for name, value in limits.items():
            (SPEED / name).write_text(value)


def reshape_action():
    return lvm("lvs --noheadings -o raid_sync_action vg/v").out.strip()


def wait_for_reshape(name="v"):
    for _ in range(600):
        if reshape_action() == "idle":
            return wait_for_sync(name)
        time.sleep(0.1)
    raise Wrong(f"the reshape does not end: {reshape_action()}")


# What is made; then changes, one after the other, of the same data.
RESHAPES = [
    ("raid5", "--type raid5 -i3", ["--stripesize 32k", "--type raid5_ra", "--stripes 4", "--type raid5_n",
                                   "--stripes 4", "--type raid5_ls --stripesize 128k"]),
    ("raid6", "--type raid6 -i3", ["--type raid6_ls_6", "--stripesize 16k", "--stripes 4", "--type raid6_n_6"]),
    ("raid10", "--type raid10 -i2 -m1", ["--stripesize 32k", "--stripes 3", "--stripesize 128k", "--stripes 3"]),
    ("raid4", "--type raid4 -i2", ["--stripesize 32k", "--stripes 3"]),
]


def reshapes(options, changes, stop):
    """`stop`: in the middle of each reshape the volume goes down, and comes up again."""
    data = pattern(options)
    stopped = 0
    with group_of(7, 64) as group:
        lvm(f"lvcreate -y -Wn {options} -L {SIZE >> 20}m -n v vg")
        wait_for_sync("v")
        write("/dev/vg/v", data)
        for change in changes:
            with slowly() if stop else contextlib.nullcontext():
                lvm(f"lvconvert -y {change} vg/v")
                check("/dev/vg/v", data, f"while lvconvert {change} goes on")
                if stop and reshape_action() == "reshape":
                    stopped += 1
                    lvm("lvchange -an vg/v")
                    lvm("lvchange -ay vg/v")
                    check("/dev/vg/v", data, f"brought up in the middle of lvconvert {change}")
            wait_for_reshape()
            check("/dev/vg/v", data, f"after lvconvert {change}")
        if stop and not stopped:
            raise Wrong("every reshape was done before it could be stopped")
        lvm("lvchange -an vg/v")
        group[0].detach()
        lvm("lvchange -ay vg/v")
        check("/dev/vg/v", data, "reshaped, without the first disk")


def text_with(disk, word):
    """The VG's last text on the disk that has the word: those before the present one are still there."""
    texts = [text for text in re.split(rb"\0+", disk.read(0, 1 << 20)) if text.startswith(b"vg {") and word in text]
    return max(texts, key=lambda text: int(re.search(rb"seqno = (\d+)", text)[1])).decode()


def forgotten_start(options, change, word):
    """The kernel has reshaped, and the text still tells it to begin: the command was killed, then the machine went down."""
    data = pattern(change)
    with group_of(6, 64) as group:
        lvm(f"lvcreate -y -Wn {options} -L {2 * SIZE >> 20}m -n v vg")
        wait_for_sync("v")
        write("/dev/vg/v", data)
        lvm(f"lvconvert -y {change} vg/v")
        wait_for_reshape()
        lvm("lvchange -an vg/v")
        Path("/tmp/start.vg").write_text(text_with(group[0], word))
        lvm("vgcfgrestore --force -f /tmp/start.vg vg")
        said = lvm("lvchange -ay vg/v").err
        if "interrupted command" not in said:
            raise Wrong(f"nothing is said of the reshape: {said}")
        wait_for_reshape()
        check("/dev/vg/v", data, "brought up with the text that begins the reshape")
        lvm("lvchange -an vg/v")
        lvm("lvchange -ay vg/v")
        check("/dev/vg/v", data, "and again")


def fewer_stripes():
    """What is left of the volume holds what was there."""
    data = pattern("fewer stripes")
    with group_of(6, 64):
        lvm(f"lvcreate -y -Wn --type raid5 -i4 -L {2 * SIZE >> 20}m -n v vg")
        wait_for_sync("v")
        write("/dev/vg/v", data)
        lvm("lvconvert -y --force --stripes 2 vg/v")
        wait_for_reshape()
        check("/dev/vg/v", data, "on fewer stripes")
        lvm("lvconvert -y --stripes 2 vg/v")
        wait_for_reshape()
        check("/dev/vg/v", data, "once the freed images are gone")
        lvm("lvconvert -y --stripes 2 vg/v")
        check("/dev/vg/v", data, "once the space is given up")
        lvm("lvextend -l+4 vg/v")
        wait_for_sync("v")
        check("/dev/vg/v", data, "after it grew")
        lvm("lvconvert -y --type raid5_n vg/v")
        wait_for_reshape()
        lvm("lvconvert -y --type striped vg/v")
        check("/dev/vg/v", data, "as plain stripes")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-k", dest="pattern", default="")
    options = parser.parse_args()
    cases = [(f"data: {kind[0]}", lambda kind=kind: one_kind(*kind)) for kind in KINDS]
    cases.append(("data: conversions", conversions))
    for name, made, changes in RESHAPES:
        for stop in (False, True):
            title = f"data: reshape {name}" + (", stopped in the middle" if stop else "")
            some = changes[:2] if stop else changes
            cases.append((title, lambda made=made, some=some, stop=stop: reshapes(made, some, stop)))
    cases.append(("data: reshape to fewer stripes", fewer_stripes))
    for made, change, word in (("--type raid5 -i2", "--stripes 3", b"RESHAPE_DELTA_DISKS_PLUS"),
                               ("--type raid6 -i4", "--force --stripes 3", b"RESHAPE_DELTA_DISKS_MINUS"),
                               ("--type raid10 -i2 -m1", "--stripes 3", b"RESHAPE_DELTA_DISKS_PLUS")):
        cases.append((f"data: reshape whose start stayed in the text, {change} of {made}",
                      lambda made=made, change=change, word=word: forgotten_start(made, change, word)))
    passed = failed = 0
    before = passed_before()
    for name, run in cases:
        if not re.search(options.pattern, name):
            continue
        if name in before:
            passed += 1
            continue
        kernel.remove_all()
        programs.forget_history()
        try:
            run()
        except Wrong as wrong:
            failed += 1
            print(f"  FAIL {name}\n    {wrong}")
        else:
            passed += 1
            has_passed(name)
            print(f"  ok   {name}", flush=True)
    print(f"data: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
