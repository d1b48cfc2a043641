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
        # fsadm: a size is that of the volume, the header of the encryption (16 MiB) is taken off.
        run("fsadm -y -n resize vg/a 90M", text=f"resize2fs /dev/mapper/secret {74 << 10}K")
        run("fsadm -y -l resize vg/a 180M")
        expect("180.00m" in run("lvs --noheadings -o size vg/a"), "fsadm -l did not resize the volume")
        expect(file_system_size(POINT) > 130 * MIB, "fsadm did not grow the encrypted file system")
        intact(POINT)


@check
def xfs_and_btrfs_in_encryption():
    load("dm-crypt", "xts", "aes-generic", "xfs", "btrfs")
    luks = "--disable-keyring --key-file /tmp/key"
    for kind in ("xfs", "btrfs"):
        with Group():
            run("lvcreate -y -Wn -n a -L 340M vg && echo -n key > /tmp/key")
            run(f"cryptsetup -q luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 {luks} /dev/vg/a")
            run(f"cryptsetup open {luks} /dev/vg/a secret && mkfs.{kind} -q /dev/mapper/secret")
            run(f"mount /dev/mapper/secret {POINT}")
            fill(POINT)
            before = file_system_size(POINT)
            run("lvextend -r -L 400M vg/a")
            expect(file_system_size(POINT) > before + 40 * MIB, f"the encrypted {kind} did not grow")
            if kind == "xfs":
                run("lvreduce -y -r -L 340M vg/a", status=5, text="cannot be reduced")
                expect("400.00m" in run("lvs --noheadings -o size vg/a"), "the volume shrank though its file system did not")
            else:
                run("lvreduce -y -r -L 340M vg/a")
                expect(file_system_size(POINT) == before, "the encrypted btrfs did not shrink")
            run(f"umount {POINT}")
            run("lvextend -y --fs resize --fsmode manage -L 440M vg/a")
            run(f"mount /dev/mapper/secret {POINT}")
            expect(file_system_size(POINT) > before + 80 * MIB, f"the unmounted, encrypted {kind} did not grow")
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
        run("fsadm resize /dev/no-such", status=1, text="/dev/no-such")
        run("fsadm resize vg/a 10X", status=1, text='fsadm: Wrong size "10X".')


@check
def fsadm_says_what_lvm2_says():
    """How it is called wrongly, and what scripts read of its ends: compared with Debian's by hand."""
    with Group():
        expect("resize" in run("fsadm 2> /dev/null"), "without arguments: help")
        for words, text in (("check", "Missing <device>."), ("-n", "Missing command."), ("frobnicate x", 'Wrong argument "frobnicate".'),
                            ("-q check x", 'Wrong argument "-q".'), ("resize x 1M 2M", 'Wrong argument "2M".')):
            output = run(f"fsadm {words}", status=1)
            expect(output == f"fsadm: {text} (see: fsadm --help)\n", f"fsadm {words}: {output}")
        run("lvcreate -y -Wn -n a -L 320M vg")
        run("fsadm check vg/a", status=1, text='fsadm: Cannot get FSTYPE of "/dev/mapper/vg-a".')
        run(f"mkfs.ext4 -q /dev/vg/a && mount /dev/vg/a {POINT}")
        run("fsadm -v check vg/a", status=3, text='Skipping filesystem check for device "/dev/mapper/vg-a" as the filesystem is mounted')
        run("fsadm resize vg/a 100M", status=1, text=f'Do you want to unmount "{POINT}" ? [Y|n] n\n'
            f'fsadm: Cannot proceed with mounted filesystem "{POINT}".')
        run("fsadm -y -v resize vg/a 100M", text='fsadm: "ext4" filesystem found on "/dev/mapper/vg-a".')
        run(f"umount {POINT} && fsadm -n check vg/a", text="e2fsck -p /dev/mapper/vg-a")


@check
def fsadm_on_xfs():
    load("xfs")
    with Group():
        run("lvcreate -y -Wn -n a -L 320M vg && mkfs.xfs -q /dev/vg/a")
        run("fsadm check vg/a")
        run("fsadm -v resize vg/a", text="Xfs filesystem already has the right size")
        run(f"mount /dev/vg/a {POINT}")
        fill(POINT)
        before = file_system_size(POINT)
        run("fsadm check vg/a", status=3)
        run("fsadm -y resize vg/a 100M", status=1, text="fsadm: Xfs filesystem shrinking is unsupported.")
        run("fsadm -y -l resize vg/a 400M")
        expect(file_system_size(POINT) > before + 60 * MIB, "xfs did not grow")
        run(f"umount {POINT} && lvextend -L 440M vg/a")
        run("fsadm resize vg/a", status=1, text="Cannot proceed")  # it must be mounted, and nobody answers
        run("fsadm -y resize vg/a")
        run(f"mount /dev/vg/a {POINT}")
        expect(file_system_size(POINT) > before + 100 * MIB, "the unmounted xfs did not grow")
        intact(POINT)


@check
def fsadm_on_btrfs():
    load("btrfs")
    with Group():
        run("lvcreate -y -Wn -n a -L 320M vg && mkfs.btrfs -q /dev/vg/a")
        run("fsadm check vg/a")
        run(f"mount /dev/vg/a {POINT}")
        fill(POINT)
        run("fsadm check vg/a", status=3)
        run("fsadm -y -l resize vg/a 400M")
        expect(file_system_size(POINT) == 400 * MIB, "btrfs did not grow")
        run("fsadm -y -l resize vg/a 320M")
        expect(file_system_size(POINT) == 320 * MIB, "btrfs did not shrink")
        intact(POINT)
        run(f"umount {POINT} && lvextend -L 360M vg/a && fsadm -y resize vg/a && mount /dev/vg/a {POINT}")
        expect(file_system_size(POINT) == 360 * MIB, "the unmounted btrfs did not grow")
        intact(POINT)


@check
def blkdeactivate_takes_down_what_is_not_in_use():
    with Group():
        run("lvcreate -n a -L 16M vg && lvcreate -n b-c -L 16M vg && lvcreate -n d -L 16M vg")
        run(f"mkfs.ext4 -q /dev/vg/a && mount /dev/vg/a {POINT}")
        run("blkdeactivate /dev/vg/b-c", text="deactivating Logical Volume vg/b-c... done")
        expect(not os.path.exists("/dev/mapper/vg-b--c"), "still there")
        run("blkdeactivate", text=f"mounted on {POINT}")
        expect(os.path.exists("/dev/mapper/vg-a") and not os.path.exists("/dev/mapper/vg-d"), "wrong volumes are down")
        run("blkdeactivate /dev/no-such", status=1, text="/dev/no-such: device not found")
        run("lvchange -ay vg/d")
        run("blkdeactivate -u -l wholevg", text="deactivating Volume Group vg... done")
        expect(not os.path.exists("/dev/mapper/vg-a"), "still there")


if __name__ == "__main__":
    main("file_systems")
