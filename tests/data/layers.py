# SPDX-License-Identifier: LGPL-2.1-or-later
"""Data of layered volumes, in a guest: patterns written through each kind are there after what happens to it.

Run by ./dev test guest -k data. Each check makes a group on fresh disks; checksums are compared, not tables.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import disks, kernel, programs  # noqa: E402
from harness.panics import has_passed, passed_before  # noqa: E402

MIB = 1 << 20
CHECKS = []
DISKS = []  # of the group that is at hand


def check(function):
    CHECKS.append(function)
    return function


class Failure(Exception):
    pass


def lvm(line, status=0):
    result = programs.ours().run(line.split())
    if result.status != status:
        raise Failure(f"{line}: status {result.status}, not {status}\n{result.out}{result.err}")
    return result.out


def pattern(seed, size):
    """Bytes that differ from block to block and from seed to seed."""
    out = bytearray()
    block = 0
    while len(out) < size:
        out += hashlib.sha256(f"{seed} {block}".encode()).digest() * 128
        block += 1
    return bytes(out[:size])


def write(volume, data, offset=0):
    device = os.open(f"/dev/vg/{volume}", os.O_WRONLY)
    try:
        done = 0
        while done < len(data):
            done += os.pwrite(device, data[done:done + MIB], offset + done)
        os.fsync(device)
    finally:
        os.close(device)


def read(volume, size, offset=0):
    # Past the page cache: what is on the disk counts.
    device = os.open(f"/dev/vg/{volume}", os.O_RDONLY)
    try:
        os.posix_fadvise(device, 0, 0, os.POSIX_FADV_DONTNEED)
        data = b""
        while len(data) < size:
            piece = os.pread(device, min(MIB, size - len(data)), offset + len(data))
            if not piece:
                break
            data += piece
        return data
    finally:
        os.close(device)


def expect(volume, data, what, offset=0):
    if hashlib.sha256(read(volume, len(data), offset)).digest() != hashlib.sha256(data).digest():
        raise Failure(f"{volume}: {what}")


def restart():
    lvm("vgchange -an vg")
    lvm("vgchange -ay vg")


def field(volume, name):
    return lvm(f"lvs --noheadings -o {name} vg/{volume}").strip()


@check
def snapshot_keeps_the_old_and_overflows():
    old, new = pattern("old", 4 * MIB), pattern("new", 8 * MIB)
    lvm("lvcreate -y -l16 -n o vg")
    write("o", old)
    lvm("lvcreate -s -l12 -n s vg/o")
    write("o", new[:4 * MIB])
    expect("s", old, "the snapshot does not hold the old data")
    restart()
    expect("s", old, "the snapshot lost the old data when it went down")
    expect("o", new[:4 * MIB], "the origin lost the new data when it went down")
    lvm("lvcreate -s -l1 -n small vg/o")
    write("o", new[:4 * MIB], 8 * MIB)
    expect("o", new[:4 * MIB], "the origin suffered from a snapshot that overflowed", 8 * MIB)
    if field("small", "lv_attr")[4] != "I":
        raise Failure(f"small should be invalid: {field('small', 'lv_attr')}")
    lvm("lvremove -y vg/small")
    expect("s", old, "the other snapshot suffered from one that overflowed")
    lvm("lvextend -l+4 vg/s")
    expect("s", old, "the snapshot suffered from being extended")
    lvm("lvremove -y vg/s")
    expect("o", new[:4 * MIB], "the origin suffered from losing its snapshot")


@check
def snapshot_is_merged():
    old, new = pattern("old", 6 * MIB), pattern("new", 6 * MIB)
    lvm("lvcreate -y -l16 -n o vg")
    write("o", old)
    lvm("lvcreate -s -l10 -n s vg/o")
    write("o", new)
    lvm("lvconvert -y --merge vg/s")
    expect("o", old, "merging did not bring the old data back")
    lvm("lvcreate -s -l10 -n s vg/o")
    write("o", new)
    lvm("lvchange -an vg/o")
    lvm("lvconvert -y --merge vg/s")
    lvm("lvchange -ay vg/o")
    expect("o", old, "a merge that was put off did not bring the old data back")


@check
def snapshot_is_split_and_joined():
    old, new = pattern("old", 4 * MIB), pattern("new", 4 * MIB)
    lvm("lvcreate -y -l16 -n o vg")
    write("o", old)
    lvm("lvcreate -s -l8 -n s vg/o")
    write("o", new)
    lvm("lvconvert -y --splitsnapshot vg/s")
    lvm("lvconvert -y -s -Zn vg/o vg/s")
    expect("s", old, "a snapshot that was split off and joined again lost its data")


@check
def thin_snapshots_keep_what_they_saw():
    first, second, third = (pattern(seed, 4 * MIB) for seed in ("first", "second", "third"))
    lvm("lvcreate -y -T -l40 vg/pool")
    lvm("lvcreate -V 20m -T vg/pool -n t")
    write("t", first)
    lvm("lvcreate -s -kn -n s1 vg/t")
    write("t", second)
    lvm("lvcreate -s -kn -n s2 vg/t")
    write("t", third)
    restart()
    for volume, data in (("t", third), ("s1", first), ("s2", second)):
        expect(volume, data, "a thin volume does not hold what it held")
    lvm("lvremove -y vg/s2")
    lvm("lvconvert -y --merge vg/s1")
    expect("t", first, "the origin does not have its snapshot's data")
    lvm("lvextend -l+10 vg/pool")
    lvm("lvextend --poolmetadatasize +4m vg/pool")
    lvm("lvextend -L+10m vg/t")
    expect("t", first, "extending lost data")


@check
def thin_pool_is_full():
    data = pattern("data", 8 * MIB)
    lvm("lvcreate -y -T -l10 --errorwhenfull y vg/pool")
    lvm("lvcreate -V 40m -T vg/pool -n t")
    write("t", data)
    try:
        write("t", pattern("more", 8 * MIB), 16 * MIB)
        raise Failure("a full pool took more data")
    except OSError:
        pass
    expect("t", data, "a full pool lost what it had")
    lvm("lvextend -l+20 vg/pool")
    more = pattern("again", 4 * MIB)
    write("t", more, 24 * MIB)
    restart()
    expect("t", data, "the first data after the pool was full")
    expect("t", more, "data written after the pool was extended", 24 * MIB)


@check
def thin_volume_over_an_external_origin():
    old, new = pattern("old", 4 * MIB), pattern("new", 1 * MIB)
    lvm("lvcreate -y -l8 -n o vg")
    write("o", old)
    lvm("lvcreate -y -T -l20 vg/pool")
    lvm("lvconvert -y --type thin --thinpool vg/pool --originname base vg/o")
    expect("o", old, "the volume lost its data when it became thin")
    write("o", new, MIB)
    restart()
    expect("o", old[:MIB] + new + old[2 * MIB:], "old and new data are not together")
    expect("base", old, "the origin changed")


def dirty_cache(attach, detach):
    old, new = pattern("old", 8 * MIB), pattern("new", 4 * MIB)
    lvm("lvcreate -y -l16 -n o vg")
    write("o", old)
    attach()
    write("o", new, 2 * MIB)
    whole = old[:2 * MIB] + new + old[6 * MIB:]
    restart()
    expect("o", whole, "data through the cache after it went down")
    write("o", new)
    detach()
    expect("o", new + whole[4 * MIB:], "the origin lacks what the cache had")
    restart()
    expect("o", new + whole[4 * MIB:], "the volume lost data after its cache was gone")


@check
def cache_pool_is_flushed():
    def attach():
        lvm("lvcreate -y --type cache-pool -l16 --cachemode writeback -n cp vg")
        lvm("lvconvert -y --type cache --cachepool vg/cp vg/o")
    dirty_cache(attach, lambda: lvm("lvconvert -y --splitcache vg/o"))


@check
def cache_volume_is_removed():
    def attach():
        lvm("lvcreate -y -l16 -n fast vg")
        lvm("lvconvert -y --type cache --cachevol vg/fast --cachemode writeback vg/o")
    dirty_cache(attach, lambda: lvm("lvconvert -y --uncache vg/o"))


@check
def cache_of_an_inactive_volume_is_flushed():
    def attach():
        lvm("lvcreate -y --type cache-pool -l16 --cachemode writeback -n cp vg")
        lvm("lvconvert -y --type cache --cachepool vg/cp vg/o")

    def detach():
        lvm("lvchange -an vg/o")
        lvm("lvconvert -y --splitcache vg/o")
        lvm("lvchange -ay vg/o")
    dirty_cache(attach, detach)


@check
def writecache_is_cleaned():
    def attach():
        lvm("lvcreate -y -an -l16 -n fast vg")
        lvm("lvconvert -y --type writecache --cachevol vg/fast vg/o")
    dirty_cache(attach, lambda: lvm("lvconvert -y --splitcache vg/o"))


def wait_for_sync(volume):
    for _ in range(600):
        if field(volume, "sync_percent") == "100.00":
            return
        time.sleep(0.1)
    raise Failure(f"{volume} does not become equal")


@check
def thin_pool_on_raids_loses_a_disk():
    first, second, third = DISKS
    data, more = pattern("data", 8 * MIB), pattern("more", 8 * MIB)
    lvm(f"lvcreate -y -Wn --type raid1 -m1 -l30 -n pool vg {first.path} {second.path}")
    lvm(f"lvcreate -y -Wn --type raid1 -m1 -l4 -n meta vg {first.path} {second.path}")
    lvm("lvconvert -y --type thin-pool --poolmetadata meta --poolmetadataspare n vg/pool")
    lvm("lvcreate -V 40m -T vg/pool -n t")
    write("t", data)
    wait_for_sync("pool_tdata")
    lvm("vgchange -an vg")
    second.detach()
    lvm("lvchange -ay vg/t")
    expect("t", data, "the pool without one of its disks")
    write("t", more, 16 * MIB)
    for part in ("tdata", "tmeta"):
        lvm(f"lvconvert -y --repair vg/pool_{part} {third.path}")
        wait_for_sync(f"pool_{part}")
    restart()
    expect("t", data, "the repaired pool")
    expect("t", more, "what was written without one of its disks", 16 * MIB)
    lvm("vgreduce --removemissing vg")


@check
def cached_pool_keeps_its_data():
    data, more = pattern("data", 8 * MIB), pattern("more", 8 * MIB)
    lvm("lvcreate -y -T -l40 vg/pool")
    lvm("lvcreate -V 40m -T vg/pool -n t")
    write("t", data)
    lvm("lvcreate -y --type cache-pool -l16 --cachemode writeback -n cp vg")
    lvm("lvconvert -y --type cache --cachepool vg/cp vg/pool")
    expect("t", data, "through the cache")
    write("t", more, 16 * MIB)
    restart()
    expect("t", more, "through the cache after it went down", 16 * MIB)
    lvm("lvconvert -y --splitcache vg/pool")
    restart()
    expect("t", data, "without the cache")
    expect("t", more, "what was written through the cache", 16 * MIB)


@check
def cache_that_is_lost_is_given_up():
    first, second, _ = DISKS
    data = pattern("data", 8 * MIB)
    lvm(f"lvcreate -y -l16 -n o vg {first.path}")
    write("o", data)
    lvm(f"lvcreate -y --type cache-pool -l16 --cachemode writeback -n cp vg {second.path}")
    lvm("lvconvert -y --type cache --cachepool vg/cp vg/o")
    lvm("vgchange -an vg")
    second.detach()
    lvm("lvconvert -y --uncache vg/o", status=5)
    lvm("lvconvert -y --uncache --force vg/o")
    lvm("vgreduce --removemissing vg --force")
    lvm("lvchange -ay vg/o")
    expect("o", data, "the volume whose cache was lost")


def run(function):
    kernel.remove_all()
    programs.forget_history()
    fresh = DISKS[:] = [disks.Disk(number, 128 * MIB, 512) for number in range(3)]
    try:
        lvm("vgcreate -s 1m vg " + " ".join(disk.path for disk in fresh))
        function()
        lvm("vgremove -y -f vg")
    finally:
        left = kernel.remove_all()
        for disk in fresh:
            disk.discard()
        if left:
            print(f"    devices that cannot be removed: {left}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-k", default="", help="only checks whose name matches this regular expression")
    options = parser.parse_args()
    passed = failed = 0
    before = passed_before()
    for function in CHECKS:
        if not re.search(options.k, f"data {function.__name__}"):
            continue
        if function.__name__ in before:
            passed += 1
            continue
        started = time.monotonic()
        try:
            run(function)
            passed += 1
            has_passed(function.__name__)
            print(f"  ok   {function.__name__} ({time.monotonic() - started:.1f} s)", flush=True)
        except (Failure, OSError, subprocess.SubprocessError) as problem:
            failed += 1
            print(f"  FAIL {function.__name__}: {problem}", flush=True)
    print(f"data: {passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
