#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Disk images as a distribution's installer lays them out are opened without root, changed, and taken back.

usage: installed.py guest install|look     in a guest, with the reference LVM2 (`ref`), on loop4 and loop5
       installed.py use LVM FOLDER         here, as an ordinary user, on FOLDER/disk4 and FOLDER/disk5

One disk has a GUID table (ESP, boot, PV), the other a PC table (boot, a PV as a logical partition); on each PV there
is a VG with root and swap. `use` lists and changes files on root with e2fsprogs, extends it, adds a volume; `look` finds
all that with the kernel's file system and the reference. The last line is "interop: N passed, N failed".
"""
import dataclasses
import hashlib
import os
import subprocess
import sys
import tempfile
import time

from interop import MIB, content, run


@dataclasses.dataclass
class Disk:
    number: int
    group: str
    pv: int  # its partition
    pv_start: int  # where that begins
    table: str  # for sfdisk
    esp: int | None
    boot: int


DISKS = (
    Disk(
        4,
        "debian-vg",
        3,
        73 * MIB,
        "label: gpt\n"
        'size=40MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="EFI System Partition"\n'
        "size=32MiB, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4\n"
        "type=E6D6D379-F507-44C2-A23C-238F2A3DF928\n",
        1,
        2,
    ),
    Disk(5, "old", 5, 34 * MIB, "label: dos\n1: size=32MiB, type=83, bootable\n2: type=5\n5: type=8e\n", None, 1),
)
ANY = 'devices { filter = [ "a|.*|" ] }'


def files(group):
    """What the installer puts on root."""
    return {
        "etc/hostname": group.encode() + b"\n",
        "etc/fstab": f"/dev/mapper/{group.replace('-', '--')}-root / ext4 errors=remount-ro 0 1\n".encode(),
        "usr/bin/program": content(f"{group} program", 3 * MIB + 77),
        "var/log/" + "long-name-" * 12 + ".log": content(f"{group} log", 70000),
    } | {f"usr/share/many/file{number}": content(f"{group} {number}", 1000 * number) for number in range(40)}


def changed_files(group):
    """What they are once `use` is done."""
    changed = files(group) | {
        "etc/hostname": b"renamed\n",
        "etc/added": content("added", 200000),
        "usr/share/added/deep/file": content("deep", MIB),
    }
    del changed["usr/bin/program"]
    return changed


def put_tree(folder, tree):
    for name, data in tree.items():
        os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
        with open(f"{folder}/{name}", "wb") as file:
            file.write(data)


def get_tree(folder):
    tree = {}
    for path, _, names in os.walk(folder):
        for name in names:
            with open(f"{path}/{name}", "rb") as file:
                tree[os.path.relpath(f"{path}/{name}", folder)] = file.read()
    return tree


class Counter:
    def __init__(self):
        self.passed = self.failed = 0

    def judge(self, good, text):
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        print(f"{'ok     ' if good else 'FAILED '} {text}", flush=True)

    def end(self):
        print(f"interop: {self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


# --- in the guest ---


def attach(disk):
    """With partitions: the disk that is attached already has none."""
    loop = f"/dev/loop{disk.number}"
    subprocess.run(["losetup", "-d", loop], capture_output=True)
    run("losetup", "-P", loop, f"/disks/disk{disk.number}")
    return loop


def ref(*words):
    return run("ref", words[0], "--config", ANY, *words[1:])


class Mounted:
    """A volume by the kernel's file system."""

    def __init__(self, device):
        self.device = device

    def __enter__(self):
        self.point = tempfile.mkdtemp()
        run("mount", self.device, self.point)
        return self.point

    def __exit__(self, *_):
        run("umount", self.point)
        os.rmdir(self.point)


def install():
    for disk in DISKS:
        loop = f"/dev/loop{disk.number}"
        subprocess.run(["sfdisk", "-q", loop], input=disk.table, text=True, check=True)
        attach(disk)
        if disk.esp:
            run("mkfs.vfat", "-F", "32", f"{loop}p{disk.esp}")
        run("mkfs.ext4", "-q", f"{loop}p{disk.boot}")
        with Mounted(f"{loop}p{disk.boot}") as point:
            put_tree(point, {"vmlinuz": content("kernel", 4 * MIB), "grub/grub.cfg": b"menu\n"})
        ref("pvcreate", f"{loop}p{disk.pv}")
        ref("vgcreate", disk.group, f"{loop}p{disk.pv}")
        ref("lvcreate", "-y", "-n", "root", "-L", "96M", disk.group)
        ref("lvcreate", "-y", "-n", "swap_1", "-L", "32M", disk.group)
        run("mkswap", f"/dev/{disk.group}/swap_1")
        run("mkfs.ext4", "-q", f"/dev/{disk.group}/root")
        with Mounted(f"/dev/{disk.group}/root") as point:
            put_tree(point, files(disk.group))
            os.symlink("usr/bin", f"{point}/bin")
        ref("vgchange", "-an", disk.group)
        run("losetup", "-d", loop)
    return 0


def look():
    counter = Counter()
    for disk in DISKS:
        loop, group = attach(disk), disk.group
        ref("vgck", group)
        ref("vgchange", "-ay", group)
        for name, tree in (("root", changed_files(group)), ("home", files(group))):
            device = f"/dev/{group}/{name}"
            checked = subprocess.run(["e2fsck", "-f", "-n", device], capture_output=True, text=True)
            counter.judge(checked.returncode == 0, f"{group}/{name} is clean {checked.stdout if checked.returncode else ''}")
            with Mounted(device) as point:
                counter.judge(get_tree(point) == tree, f"{group}/{name} has the files that were left there")
        size = ref("lvs", "--noheadings", "--units", "m", "-o", "lv_size", f"{group}/root").strip()
        counter.judge(size == "120.00m", f"{group}/root is {size} large")
        with Mounted(f"{loop}p{disk.boot}") as point:
            counter.judge("vmlinuz" in os.listdir(point), f"{group}: boot is there")
        if disk.esp:
            checked = subprocess.run(["fsck.vfat", "-n", f"{loop}p{disk.esp}"], capture_output=True)
            counter.judge(checked.returncode == 0, f"{group}: ESP is clean")
        ref("vgchange", "-an", group)
        run("losetup", "-d", loop)
    return counter.end()


# --- here ---


class Here(Counter):
    def __init__(self, program, folder):
        super().__init__()
        self.program, self.folder = program, folder
        self.run_directory = f"{folder}/run-installed"
        self.env = {
            "LVM_RUN_DIR": self.run_directory,
            "HOME": folder,
            "XDG_STATE_HOME": f"{folder}/state",
            "LVM_IMAGES": ",".join(self.image(disk) for disk in DISKS),
        }

    def image(self, disk):
        return f"{self.folder}/disk{disk.number}"

    def lvm(self, *words):
        return run(self.program, *words, env=self.env)

    def rest_of(self, disk):
        """A sum of all before the PV."""
        with open(self.image(disk), "rb") as file:
            return hashlib.sha256(file.read(disk.pv_start)).hexdigest()

    def tree(self, device):
        with tempfile.TemporaryDirectory() as out:
            run("debugfs", "-R", f"rdump / {out}", device)
            return {name: data for name, data in get_tree(out).items() if not name.startswith("bin/")}

    def debugfs(self, device, *lines):
        with tempfile.NamedTemporaryFile("w") as script:
            script.write("\n".join(lines) + "\n")
            script.flush()
            done = subprocess.run(["debugfs", "-w", "-f", script.name, device], capture_output=True, text=True)
        refused = [line for line in done.stderr.splitlines() if not line.startswith("debugfs ")]
        if done.returncode or refused:
            raise SystemExit(f"debugfs: {done.stdout}{done.stderr}")

    def change(self, device):
        """Files come, go and change, by debugfs; a folder by fuse2fs."""
        with tempfile.TemporaryDirectory() as folder:
            put_tree(folder, {"hostname": b"renamed\n", "added": content("added", 200000)})
            self.debugfs(
                device,
                "rm /usr/bin/program",
                "rm /etc/hostname",
                f"write {folder}/hostname /etc/hostname",
                f"write {folder}/added /etc/added",
            )
            point = f"{folder}/point"
            os.mkdir(point)
            run("fuse2fs", "-o", "fakeroot", device, point)
            try:
                put_tree(point, {"usr/share/added/deep/file": content("deep", MIB)})
            finally:
                run("fusermount3", "-u", point)
            # It ends when it has written all.
            while subprocess.run(["pgrep", "-u", str(os.geteuid()), "-f", f"fuse2fs .* {point}"], capture_output=True).stdout:
                time.sleep(0.05)

    def use(self, disk):
        group, device = disk.group, f"{self.run_directory}/dev/{disk.group}/root"
        before = self.rest_of(disk)
        shown = self.lvm("pvs", "--noheadings", "-o", "pv_name,vg_name", "-S", f"vg_name={group}").split()
        self.judge(shown == [f"{self.image(disk)}@{disk.pv}", group], f"the PV is found in its partition: {shown}")
        shown = self.lvm("lvs", "--noheadings", "--units", "m", "-o", "lv_name,lv_size", group).split()
        self.judge(shown == ["root", "96.00m", "swap_1", "32.00m"], f"root and swap are shown: {shown}")
        self.lvm("vgchange", "-ay", group)
        self.judge(self.tree(device) == files(group), f"{group}/root: all files, by debugfs")
        kind = run("blkid", "-p", "-o", "value", "-s", "TYPE", f"{self.run_directory}/dev/{group}/swap_1").strip()
        self.judge(kind == "swap", f"{group}/swap_1 is {kind}")
        self.lvm("lvcreate", "-s", "-n", "before", "-L", "24M", f"{group}/root")
        self.change(device)
        self.judge(self.tree(device) == changed_files(group), f"{group}/root: as changed")
        self.judge(
            self.tree(f"{self.run_directory}/dev/{group}/before") == files(group), f"{group}/before: as it was"
        )
        self.lvm("lvremove", "-y", f"{group}/before")
        self.lvm("lvextend", "-L", "120M", f"{group}/root")
        run("e2fsck", "-f", "-p", device)
        run("resize2fs", device)
        self.lvm("lvcreate", "-n", "home", "-L", "24M", group)
        with tempfile.TemporaryDirectory() as folder:
            put_tree(folder, files(group))
            run("mkfs.ext4", "-q", "-d", folder, f"{self.run_directory}/dev/{group}/home")
        self.lvm("vgchange", "-an", group)
        self.judge(self.rest_of(disk) == before, f"{group}: nothing else on the disk has changed")


def main():
    if sys.argv[1] == "guest":
        return install() if sys.argv[2] == "install" else look()
    here = Here(*sys.argv[2:4])
    try:
        for disk in DISKS:
            here.use(disk)
    finally:
        here.lvm("vgchange", "-an")
    return here.end()


if __name__ == "__main__":
    sys.exit(main())
