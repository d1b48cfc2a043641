#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Volumes are resized together with what they carry, on real file systems: nothing that was stored is lost."""
import hashlib
import os

from checks import check, drop_loop_disks, expect, loop_disks, main, run

MIB = 1 << 20
POINT = "/tmp/point"


def load(*modules):
    for module in modules:
        run(f"modprobe {module}")


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
def ext4_mounted_and_not():
    with Group():
        run("lvcreate -n a -L 64M vg")
        run(f"mkfs.ext4 -q /dev/vg/a && mount -o noatime /dev/vg/a {POINT}")
        fill(POINT)
        before = file_system_size(POINT)
        run("lvextend -r -L 128M vg/a", text="successfully resized")
        expect(file_system_size(POINT) > 1.8 * before, "the mounted file system did not grow")
        intact(POINT)
        run("lvreduce -r -L 64M vg/a", status=5, text="NOT resized")  # nobody answers
        expect(file_system_size(POINT) > 1.8 * before, "refused, and yet the file system shrank")
        run("lvreduce -y -r -L 80M vg/a")
        options = run(f"findmnt -n -o OPTIONS {POINT}")
        expect("noatime" in options, f"mounted again in another way: {options}")
        expect(file_system_size(POINT) < 80 * MIB, "the file system is larger than its volume")
        intact(POINT)
        run(f"umount {POINT}")
        run("lvextend -r -L +20M vg/a")
        run("lvreduce -r -L 60M vg/a")
        run("e2fsck -f -n /dev/vg/a")
        run(f"mount /dev/vg/a {POINT}")
        intact(POINT)


@check
def ext4_in_use_is_refused_and_stays():
    with Group():
        run("lvcreate -n a -L 64M vg")
        run(f"mkfs.ext4 -q /dev/vg/a && mount /dev/vg/a {POINT}")
        fill(POINT)
        with open(f"{POINT}/file0", "rb"):
            run("lvreduce -y -r -L 40M vg/a", status=5, text="umount")
            run("lvreduce -y --fs resize --fsmode nochange -L 40M vg/a", status=5, text="nochange")
        expect("64.00m" in run("lvs --noheadings -o size vg/a"), "the volume shrank though its file system did not")
        intact(POINT)
        run(f"umount {POINT}")
        # What does not fit is resize2fs' to refuse; then the volume must not shrink.
        run("lvreduce -y -r -L 4M vg/a", status=5, text="resize2fs")
        expect("64.00m" in run("lvs --noheadings -o size vg/a"), "the volume shrank though its file system did not")
        run("lvreduce --fs checksize -L 40M vg/a", status=5, text="ends behind the new size")
        run("resize2fs /dev/vg/a 40M", status=None)
        run("e2fsck -f -p /dev/vg/a && resize2fs /dev/vg/a 40M")
        run("lvreduce --fs checksize -L 40M vg/a", text="successfully resized")
        run(f"mount /dev/vg/a {POINT}")
        intact(POINT)


@check
def xfs_grows_and_never_shrinks():
    load("xfs")
    with Group():
        run("lvcreate -n a -L 320M vg")
        run(f"mkfs.xfs -q /dev/vg/a && mount /dev/vg/a {POINT}")
        fill(POINT)
        before = file_system_size(POINT)
        run("lvextend -r -L 400M vg/a")
        expect(file_system_size(POINT) > before + 60 * MIB, "xfs did not grow")
        run("lvreduce -y -r -L 320M vg/a", status=5, text="cannot be reduced")
        intact(POINT)
        run(f"umount {POINT}")
        run("lvextend -r -L 440M vg/a", status=5, text="NOT resized")
        run("lvextend -r --fsmode offline --fs resize -L 440M vg/a", status=3)
        run("lvextend --fs resize --fsmode manage -L 440M vg/a")
        expect(not os.path.exists("/run/lvm/resize/vg_a"), "the mount point was left")
        run(f"mount /dev/vg/a {POINT}")
        expect(file_system_size(POINT) > before + 100 * MIB, "the unmounted xfs did not grow")
        intact(POINT)


@check
def btrfs_both_ways():
    load("btrfs")
    with Group():
        run("lvcreate -n a -L 320M vg")
        run(f"mkfs.btrfs -q /dev/vg/a && mount /dev/vg/a {POINT}")
        fill(POINT)
        run("lvextend -r -L 400M vg/a")
        expect(file_system_size(POINT) == 400 * MIB, "btrfs did not grow")
        run("lvreduce -y -r -L 340M vg/a")
        expect(file_system_size(POINT) == 340 * MIB, "btrfs did not shrink")
        intact(POINT)
        run(f"umount {POINT}")
        run("lvreduce -y -r -L 320M vg/a")
        run("lvextend -y -r -L 360M vg/a")
        run(f"btrfs check --readonly /dev/vg/a && mount /dev/vg/a {POINT}")
        expect(file_system_size(POINT) == 360 * MIB, "the unmounted btrfs was not resized")
        intact(POINT)


@check
def swap_keeps_its_name():
    with Group():
        run("lvcreate -n a -L 16M vg")
        run("mkswap -L my-swap /dev/vg/a && swapon /dev/vg/a")
        before = run("blkid -p -o export /dev/vg/a")
        run("lvextend -y -r -L 32M vg/a")
        expect("vg-a" in run("cat /proc/swaps") or "dm-" in run("cat /proc/swaps"), "not switched on again")
        size = int(run("swapon --noheadings --bytes --show=SIZE").split()[0])
        expect(size > 31 * MIB, f"the swap space has {size} bytes")
        run("swapoff /dev/vg/a")
        run("lvreduce -r -L 8M vg/a")
        run("swapon /dev/vg/a && swapoff /dev/vg/a")
        after = run("blkid -p -o export /dev/vg/a")
        for key in ("UUID=", "LABEL="):
            line = [line for line in before.splitlines() if line.startswith(key)][0]
            expect(line in after, f"{line} was lost:\n{after}")


@check
def encryption_in_between():
    load("dm-crypt", "xts", "aes-generic")
    with Group():
        run("lvcreate -n a -L 96M vg")
        run("echo -n key > /tmp/key")
        luks = "--disable-keyring --key-file /tmp/key"
        run(f"cryptsetup -q luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 {luks} /dev/vg/a")
        run("lvextend -r -L 128M vg/a", status=5, text="is encrypted and not open")
        run(f"cryptsetup open {luks} /dev/vg/a secret")
        run(f"mkfs.ext4 -q /dev/mapper/secret && mount /dev/mapper/secret {POINT}")
        fill(POINT)
        run("lvextend -r -L 160M vg/a")
        expect(file_system_size(POINT) > 110 * MIB, "the encrypted file system did not grow")
        run("lvreduce -y -r -L 100M vg/a")
        expect(file_system_size(POINT) < 84 * MIB, "the encrypted file system did not shrink")
        intact(POINT)
        run(f"umount {POINT} && cryptsetup close secret && cryptsetup open {luks} /dev/vg/a secret")
        run(f"e2fsck -f -n /dev/mapper/secret && mount /dev/mapper/secret {POINT}")
        intact(POINT)


@check
def without_a_file_system():
    with Group():
        run("lvcreate -n a -L 16M vg")
        run("lvextend -r -L 32M vg/a", status=5, text="File system not found")
        run("mkfs.fat /dev/vg/a", status=None)
        run("lvchange -an vg/a")
        run("lvextend -r -L 32M vg/a", status=5, text="must be activated before resizing")
        expect("16.00m" in run("lvs --noheadings -o size vg/a"), "the volume grew")
        run("lvextend --fs ignore -L 32M vg/a")
        run("lvextend --fs resize -r -L 40M vg/a", status=3)
        run("lvextend --fs bogus -L 40M vg/a", status=3)


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
        run("lvextend --fs resize_fsadm -L 64M vg/a")
        expect(file_system_size(POINT) > 50 * MIB, "--fs resize_fsadm did not grow the file system")
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
    main("file_systems")
