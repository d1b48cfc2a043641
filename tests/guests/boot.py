#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine boots from a root file system on a logical volume, by an initramfs that initramfs-tools made.

usage: boot.py prepare           in a guest, with two disks and /results: makes the volume and the initramfs
       boot.py boot FOLDER       here: boots what lies in FOLDER, with both disks and with one of them

The root is a RAID1 of both disks. Its init says what it found and stops the machine. The last line is
"guest: N passed, N failed".
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from checks import Failed, expect, run

INIT = """#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
echo "root is $(/bin/busybox grep ' / ' /proc/mounts)"
echo "with $(/bin/busybox cat /etc/hostname)"
for device in /sys/block/dm-*; do echo "device $(/bin/busybox cat $device/dm/name)"; done
/bin/busybox poweroff -f
"""
LONGEST = 1200  # seconds of a boot, on a machine that does much else
MODULES = "ext4\n"


def libraries(program):
    """The files that a dynamic program needs."""
    return re.findall(r"(/\S+) \(0x", run(f"ldd {program}"))


def prepare():
    version = os.uname().release
    disks = [f"/dev/loop{number}" for number in (0, 1)]
    run(f"vgcreate the-vg {' '.join(disks)}")
    run("lvcreate -y -Wn --type raid1 -m 1 -L 48M -n root --nosync the-vg")
    run("lvcreate -y -Wn -L 8M -n home the-vg")
    run("mkfs.ext4 -q /dev/the-vg/root && mkdir -p /mnt/system && mount /dev/the-vg/root /mnt/system")
    for folder in ("bin", "dev", "etc", "proc", "run", "sbin", "sys", "lib64"):
        os.makedirs(f"/mnt/system/{folder}", exist_ok=True)
    for file in ["/bin/busybox"] + libraries("/bin/busybox"):
        os.makedirs(f"/mnt/system{os.path.dirname(file)}", exist_ok=True)
        shutil.copy(file, f"/mnt/system{file}")
    for path, text in (("sbin/init", INIT), ("etc/hostname", "booted\n"), ("etc/fstab", "")):
        with open(f"/mnt/system/{path}", "w") as file:
            file.write(text)
    os.chmod("/mnt/system/sbin/init", 0o755)
    run("blkid -p -o value -s UUID /dev/the-vg/root > /results/uuid")
    run("umount /mnt/system && vgchange -an the-vg")
    # As a system has it; its disks have a major number of their own. It is known by a name that the initramfs lacks.
    with open("/etc/lvm/lvm.conf", "w") as file:
        file.write('devices { types = [ "ubd", 16 ] }\nglobal { system_id_source = "uname" }\n')
    run("hostname some-machine && vgchange --config 'devices/filter=[\"a|loop|\"]' -y --systemid some-machine the-vg")
    shutil.copytree("/etc/initramfs-tools", "/tmp/conf", dirs_exist_ok=True)
    for path, text in (("modules", MODULES), ("initramfs.conf", "MODULES=list\nBUSYBOX=y\nCOMPRESS=gzip\nRUNSIZE=10%\n")):
        with open(f"/tmp/conf/{path}", "w") as file:
            file.write(text)
    with open(f"/boot/config-{version}", "w") as file:  # what it asks of the kernel
        file.write("CONFIG_RD_GZIP=y\n")
    run(f"mkinitramfs -d /tmp/conf -o /results/initrd {version}")
    run("lsinitramfs /results/initrd > /results/contents")
    run("sync")


def boot(folder, disks, root):
    """The console of a boot."""
    with tempfile.TemporaryDirectory() as place:
        words = ["linux.uml", "mem=512M", f"initrd={folder}/initrd", f"uml_dir={place}/"]
        words += [f"ubd{number}={disk}" for number, disk in enumerate(disks)]
        words += [f"root={root}", "ro", "con=null", "con0=null,fd:1", "ssl=null", "panic=-1"]
        # In a session of its own: the processes of a guest that hangs are ended together, and no others.
        kernel = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            console = kernel.communicate(timeout=LONGEST)[0]
        except subprocess.TimeoutExpired:
            console = b"it did not end\n"
        finally:
            try:
                os.killpg(kernel.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it has ended, whole
            kernel.wait()
    return console.decode(errors="replace")


def judge(text, device, volumes):
    expect(f"root is {device} / ext4" in text and "with booted" in text, f"not booted:\n{text[-4000:]}")
    names = re.findall(r"^device (\S+)", text.replace("\r", ""), re.MULTILINE)
    expect(set(volumes) <= set(names), f"these are up: {names}")
    return names


def check_contents(folder):
    with open(f"{folder}/contents") as file:
        contents = file.read()
    for name in ("sbin/lvm", "lib/udev/lvm-dm-udev", "rules.d/11-dm-lvm.rules", "etc/lvm/lvm.conf", "dm-raid.ko", "dm-thin-pool.ko",
                 "scripts/local-top/lvm2", "scripts/local-block/lvm2"):
        expect(name in contents, f"not in the initramfs: {name}")
    expect("69-dm-lvm" not in contents, "the initramfs would note PVs for the system")


def with_all_disks(folder):
    text = boot(folder, [f"{folder}/disk0", f"{folder}/disk1"], "/dev/mapper/the--vg-root")
    names = judge(text, "/dev/mapper/the--vg-root", ["the--vg-root", "the--vg-root_rimage_1"])
    expect("the--vg-home" not in names, "more than the root volume came up")


def named_by_its_uuid(folder):
    uuid = open(f"{folder}/uuid").read().strip()
    judge(boot(folder, [f"{folder}/disk0", f"{folder}/disk1"], f"UUID={uuid}"), "/dev/mapper/the--vg-root", ["the--vg-root"])


def without_a_disk(folder):
    text = boot(folder, [f"{folder}/disk1"], "/dev/the-vg/root")
    names = judge(text, "/dev/the-vg/root", ["the--vg-root"])
    expect("the--vg-home" not in names, "more than the root volume came up")
    expect(text.index("Running /scripts/local-block") < text.index("1 out of 2 mirrors"), "it did not wait for the other disk")


def main():
    if sys.argv[1] == "prepare":
        prepare()
        return 0
    passed = failed = 0
    for step in (check_contents, with_all_disks, named_by_its_uuid, without_a_disk):
        try:
            step(sys.argv[2])
            passed += 1
            print(f"    boot.{step.__name__}: ok", flush=True)
        except Failed as error:
            failed += 1
            print(f"{error}\n    boot.{step.__name__}: FAILED", flush=True)
    print(f"guest: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
