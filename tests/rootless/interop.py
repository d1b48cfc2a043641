#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Images go to a real device-mapper and back.

usage: interop.py make|check LVM FOLDER          here, with the embedded engine
       interop.py guest ours|theirs              in a guest, with the reference LVM2 (`ref`)

The disks are FOLDER/disk0 to disk3 (loop0 to loop3 in the guest): VG ours on the first two is made here, VG theirs on
the others in the guest. Both sides know what the volumes are to hold. The last line is "interop: N passed, N
failed".
"""
import hashlib
import os
import subprocess
import sys

MIB = 1 << 20
SIZE = 24 * MIB


def content(seed):
    """Reproducible bytes that no two volumes share."""
    block = b"".join(hashlib.sha256(f"{seed}.{i}".encode()).digest() for i in range(2048))
    return (block * (SIZE // len(block) + 1))[:SIZE]


def run(*words, env=None):
    done = subprocess.run(words, capture_output=True, text=True, env=env and os.environ | env)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def sum_of(path):
    return run("sha256sum", path).split()[0]


def fill(path, seed):
    with open(path, "r+b") as file:
        file.write(content(seed))
        file.flush()
        os.fsync(file.fileno())


def compare(sums, directory, group):
    passed = failed = 0
    for name, expected in sums.items():
        same = sum_of(f"{directory}/{group}/{name}") == expected
        passed, failed = passed + same, failed + (not same)
        print(f"{'ok     ' if same else 'FAILED '} {group}/{name}")
    print(f"interop: {passed} passed, {failed} failed")
    return 1 if failed else 0


def expected_sums(group):
    return {
name: hashlib.sha256(content(f"{group}.{name}")).hexdigest() for name in ("linear", "striped")}


def make_volumes(lvm, group, env=None):
    """A linear volume in two pieces and a striped one."""
    run(*lvm, "lvcreate", "-y", "-n", "linear", "-L", "16M", group, env=env)
    run(*lvm, "lvcreate", "-y", "-n", "striped", "-i", "2", "-L", "24M", group, env=env)
    run(*lvm, "lvextend", "-L", "24M", f"{group}/linear", env=env)


def main():
    what = sys.argv[1]
    if what == "guest":
        group = sys.argv[2]
        lvm = ("ref",)
        if group == "ours":
            run(*lvm, "vgchange", "-ay", "ours")
            return compare(expected_sums("ours"), "/dev", "ours")
        run(*lvm, "vgcreate", "-y", "theirs", "/dev/loop2", "/dev/loop3")
        make_volumes(lvm, "theirs")
        for name in ("linear", "striped"):
            fill(f"/dev/theirs/{name}", f"theirs.{name}")
        run(*lvm, "vgchange", "-an", "theirs")
        return 0
    program, folder = sys.argv[2], sys.argv[3]
    run_directory = os.path.join(folder, "run")
    env = {"LVM_RUN_DIR": run_directory, "HOME": folder, "XDG_STATE_HOME": folder + "/state"}
    if what == "make":
        images = [f"{folder}/disk0", f"{folder}/disk1"]
        lvm = (program, "--devices", ",".join(images))
        run(*lvm, "vgcreate", "ours", *images, env=env)
        make_volumes(lvm, "ours", env)
        for name in ("linear", "striped"):
            fill(f"{run_directory}/dev/ours/{name}", f"ours.{name}")
        run(*lvm, "vgchange", "-an", "ours", env=env)
        return 0
    lvm = (program, "--devices", f"{folder}/disk2,{folder}/disk3")
    run(*lvm, "vgchange", "-ay", "theirs", env=env)
    try:
        return compare(expected_sums("theirs"), f"{run_directory}/dev", "theirs")
    finally:
        run(*lvm, "vgchange", "-an", "theirs", env=env)


if __name__ == "__main__":
    sys.exit(main())
