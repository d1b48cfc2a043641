#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The devices file on devices of many kinds: what they are known by, and what happens when their names change."""
import os
import re
import struct
import time

from checks import check, drop_loop_disks, expect, loop_disks, main, run

MIB = 1 << 20
FILE = "/etc/lvm/devices/system.devices"
ON = "--config 'devices/use_devicesfile=1 devices/md_component_detection=1 devices/filter=[\"a|.*|\"]'"


def entries():
    """Lists of (type, name, dev name, pv id, part)."""
    out = []
    for line in open(FILE):
        if line.startswith("IDTYPE="):
            words = dict(word.split("=", 1) for word in line.split())
            out.append((words["IDTYPE"], words["IDNAME"], words["DEVNAME"], words["PVID"], words.get("PART")))
    return out


def forget():
    run("rm -rf /etc/lvm/devices")


class Disks:
    def __init__(self, count, size=64 * MIB):
        self.sizes = [size] * count

    def __enter__(self):
        forget()
        self.disks = loop_disks(self.sizes)
        return self.disks

    def __exit__(self, *_):
        run(f"vgremove -ff -y --devicesfile '' vg", status=None)
        for disk in self.disks:
            run(f"wipefs -q -a {disk}", status=None)
        drop_loop_disks(self.disks)
        forget()


@check
def scsi_disks_by_wwid_whatever_their_name():
    run("modprobe scsi_debug dev_size_mb=48 num_tgts=2 add_host=1 vpd_use_hostno=0")
    forget()
    run("modprobe sd_mod")
    for _ in range(100):
        if len([name for name in os.listdir("/sys/block") if name.startswith("sd")]) == 2:
            break
        time.sleep(0.1)
    try:
        disks = sorted(f"/dev/{name}" for name in os.listdir("/sys/block") if name.startswith("sd"))
        expect(len(disks) == 2, f"scsi_debug made {disks}")
        run(f"vgcreate {ON} vg {disks[0]}")
        kind, name, _, _, _ = entries()[0]
        expect(kind == "sys_wwid" and name.startswith(("naa.", "t10.")), f"listed as {entries()}")
        run(f"pvs {ON} -o pv_device_id_type", text="sys_wwid")
        run(f"lvmdevices {ON} --listids {disks[0]}", text="sys_wwid")
        run(f"lvmdevices {ON} --listids {disks[0]}", text="wwid_naa")
        # Under another name it is the same device, and the file follows.
        text = open(FILE).read()
        open(FILE, "w").write(text.replace(f"DEVNAME={disks[0]}", f"DEVNAME={disks[1]}"))
        run(f"vgs {ON}", text="vg")
        expect(entries()[0][2] == disks[0], "the name was not brought up to date")
        expect("VERSION=1.1.2" in open(FILE).read(), "written without a new version")
        # A partition is listed by its disk's id and its number.
        run(f"vgremove {ON} -ff -y vg")
        forget()
        with open(disks[1], "r+b") as disk:  # a PC partition table with one entry
            disk.seek(446)
            disk.write(bytes([0, 0, 0, 0, 0x83, 0, 0, 0]) + struct.pack("<II", 2048, 32 * MIB // 512))
            disk.seek(510)
            disk.write(b"\x55\xaa")
        run(f"blockdev --rereadpt {disks[1]}")
        run(f"pvcreate {ON} {disks[1]}1")
        expect(entries()[0][4] == "1" and entries()[0][0] == "sys_wwid", f"a partition is listed as {entries()}")
        run(f"pvs {ON}", text=f"{disks[1]}1")
        run(f"pvremove {ON} {disks[1]}1")
        expect(entries()[0][3] == ".", "the PV is gone, its entry says otherwise")
    finally:
        forget()
        run("modprobe -r scsi_debug", status=None)


@check
def md_arrays_by_their_uuid():
    run("modprobe raid1")
    with Disks(2) as disks:
        run(f"mdadm --create /dev/md9 --run --quiet --metadata=1.2 --level=1 --raid-devices=2 {' '.join(disks)}")
        try:
            run(f"vgcreate {ON} vg /dev/md9")
            kind, name, dev_name, _, _ = entries()[0]
            expect(kind == "md_uuid" and re.fullmatch("[0-9a-f:-]{32,40}", name), f"listed as {entries()}")
            run(f"lvmdevices {ON} --adddev {disks[0]}", status=5, text="md")  # a component is nobody's PV
            expect(len(entries()) == 1, "a component was listed")
            run(f"vgremove {ON} -ff -y vg")
        finally:
            run("mdadm --stop /dev/md9", status=None)


@check
def device_mapper_devices_by_their_uuid():
    with Disks(2) as disks:
        sectors = 64 * MIB // 512
        for name, uuid in (("mpatha", "mpath-360000000001"), ("secret", "CRYPT-LUKS2-1-secret")):
            number = 0 if name == "mpatha" else 1
            run(f"echo '0 {sectors} linear {disks[number]} 0' | DM_DISABLE_UDEV=1 ref dmsetup create {name} --uuid {uuid}")
        try:
            run(f"vgcreate {ON} vg /dev/mapper/mpatha /dev/mapper/secret")
            expect([entry[:2] for entry in entries()] ==
                   [("mpath_uuid", "mpath-360000000001"), ("crypt_uuid", "CRYPT-LUKS2-1-secret")], f"listed as {entries()}")
            # A PV on a volume.
            run(f"lvcreate {ON} -n a -L 16M vg && pvcreate {ON} --config devices/scan_lvs=1 /dev/vg/a", status=None)
            run(f"vgs {ON}", text="vg")
            run(f"vgremove {ON} -ff -y vg")
        finally:
            run("export DM_DISABLE_UDEV=1; ref dmsetup remove mpatha; ref dmsetup remove secret", status=None)


@check
def names_that_moved():
    with Disks(3) as disks:
        run(f"vgcreate {ON} vg {disks[0]} {disks[1]}")
        for disk in disks[:2]:
            run(f"lvmdevices {ON} --deldev {disk}", status=0)
        run(f"lvmdevices {ON} --adddev {disks[0]} --deviceidtype devname && lvmdevices {ON} --adddev {disks[1]} --deviceidtype devname")
        before = {entry[2]: entry[3] for entry in entries()}
        for number, disk in enumerate(disks):
            run(f"losetup -d {disk}")
        for number, disk in enumerate(disks):  # 0 -> 1, 1 -> 2, 2 -> 0
            run(f"losetup {disks[(number + 1) % 3]} /tmp/check-disk{number}")
        run(f"vgs {ON} -o name,pv_count", text="2")
        expect("missing" not in run(f"pvs {ON}"), "a PV is missing though all disks are there")
        after = {entry[2]: entry[3] for entry in entries()}
        expect(after[disks[1]] == before[disks[0]] and after[disks[2]] == before[disks[1]], f"{before} became {after}")
        run(f"lvmdevices {ON} --check")
        run(f"lvcreate {ON} -n a -L 8M vg")


@check
def damage_hides_nothing():
    with Disks(2) as disks:
        run(f"vgcreate {ON} vg {disks[0]} {disks[1]}")
        good = open(FILE).read()
        backups = os.listdir("/etc/lvm/devices/backup")
        expect(len(backups) == 1 and backups[0].endswith(".0001"), f"backups: {backups}")
        for text in ("", good[:30], "\0" * 4096, "x" * (9 << 20)):
            open(FILE, "w").write(text)
            output = run(f"vgs {ON} -o name,pv_count")
            expect("vg" in output and "system.devices" in output and "backup" in output, f"{text[:20]!r}: {output}")
        run("rm -rf /etc/lvm/devices/backup")
        output = run(f"vgs {ON} -o name,pv_count", text="not restricted")
        expect("vg" in output, output)
        lines = good.splitlines()
        open(FILE, "w").write("\n".join(lines[:3] + ["what is this"] + lines[3:]) + "\n")
        run(f"vgs {ON}", text="line 4")
        run(f"lvmdevices {ON} --check", status=5, text="Updates needed")
        run(f"lvmdevices {ON} --update")
        expect("what is this" not in open(FILE).read() and len(entries()) == 2, "not cleaned up")
        # Where nothing can be written, nothing becomes a PV that would be out of sight.
        run(f"vgremove {ON} -ff -y vg && lvmdevices {ON} --deldev {disks[1]}")
        run("mount -t tmpfs -o ro,size=64k none /etc/lvm/devices")
        try:
            run(f"wipefs -q -a {disks[1]}")
            run(f"pvcreate {ON} {disks[1]}", status=5)
            expect("LVM2_member" not in run(f"blkid -p {disks[1]}", status=None), "labelled though it cannot be listed")
        finally:
            run("umount /etc/lvm/devices")


@check
def cloned_groups_are_imported_with_their_devices():
    with Disks(2) as disks:
        run(f"vgcreate {ON} vg {disks[0]}")
        run(f"dd if={disks[0]} of={disks[1]} bs=1M status=none")
        run(f"vgs {ON} -o name,pv_count", text="vg")
        run(f"vgimportclone {ON} --importdevices --basevgname copy {disks[1]}")
        expect(len(entries()) == 2, f"the copy is not listed: {entries()}")
        expect(entries()[0][3] != entries()[1][3], "both have one PVID")
        run(f"vgs {ON}", text="copy")
        run(f"vgremove {ON} -ff -y copy")


if __name__ == "__main__":
    main("devices_file")
