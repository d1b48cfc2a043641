#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The devices file on devices of many kinds: what they are known by, and what happens when their names change."""
import contextlib
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


def make_two(settings):
    """Two SCSI disks, which the kernel shows in its own time."""
    run("modprobe sd_mod")
    run(f"modprobe scsi_debug dev_size_mb=48 vpd_use_hostno=0 {settings}")
    for _ in range(100):
        disks = sorted(f"/dev/{name}" for name in os.listdir("/sys/block") if name.startswith("sd"))
        if len(disks) == 2:
            break
        time.sleep(0.1)
    expect(len(disks) == 2, f"scsi_debug made {disks}")
    return disks


@contextlib.contextmanager
def two_scsi_disks():
    forget()
    try:
        yield make_two("num_tgts=2 add_host=1")
    finally:
        run(f"vgremove --devicesfile '' {ON} -ff -y vg", status=None)
        forget()
        run("modprobe -r scsi_debug", status=None)


@check
def scsi_disks_by_wwid_whatever_their_name():
    with two_scsi_disks() as disks:
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


@check
def a_disk_by_each_of_its_ids():
    """Whatever kind of id the administrator chooses, the disk is found by it, by the reference too."""
    with two_scsi_disks() as disks:
        run(f"vgcreate {ON} vg {disks[0]}")
        pv_id = entries()[0][3]
        ids = [line.split(None, 1) for line in run(f"lvmdevices {ON} --listids {disks[0]}").splitlines()]
        kinds = [kind for kind, _ in ids]
        # What a drive shows of itself: its designators (T10 and NAA), its serial number, and what the kernel makes of them.
        expect({"sys_wwid", "wwid_naa", "wwid_t10", "sys_serial", "devname"} <= set(kinds), f"the disk has {kinds}")
        for kind, name in ids:
            run(f"lvmdevices {ON} --adddev {disks[0]} --deviceidtype {kind}")
            expect([entry[0] for entry in entries()] == [kind], f"asked for {kind}, listed as {entries()}")
            expect(run(f"lvmdevices {ON} --listids {disks[0]} --deviceidtype {kind}").strip() == name, "listed otherwise")
            text = open(FILE).read()
            if kind != "devname":  # under another name it is the same disk
                open(FILE, "w").write(text.replace(f"DEVNAME={disks[0]}", "DEVNAME=/dev/sdz"))
            for program in ("", "ref ") if not kind.startswith("wwid_") else ("",):
                run(f"{program}pvs {ON} --noheadings -o pv_name", text=disks[0])
            expect(entries()[0][2] == disks[0], "the name was not brought up to date")
            quoted = f"'{name}'"
            run(f"lvmdevices {ON} --delid {quoted} --deviceidtype {kind}")
            expect(entries() == [], f"--delid left {entries()}")
            expect("vg" not in run(f"vgs {ON} --noheadings -o vg_name").split(), "an empty list hides nothing")
            run(f"lvmdevices {ON} --addid {quoted} --deviceidtype {kind}")
            expect([entry[0::3] for entry in entries()] == [(kind, pv_id)], f"--addid made {entries()}")
        run(f"lvmdevices {ON} --delpvid {pv_id}")
        run(f"lvmdevices {ON} --addpvid {pv_id}")
        expect(entries()[0][0] == "sys_wwid", f"without a wish, the best id: {entries()}")
        run(f"lvmdevices {ON} --addid nosuch --deviceidtype sys_wwid", status=5)


@check
def loop_devices_by_their_file():
    with Disks(2) as disks:
        run(f"vgcreate {ON} vg {disks[0]}")
        expect(entries()[0][:2] == ("loop_file", "/tmp/check-disk0"), f"listed as {entries()}")
        run(f"losetup -d {disks[0]}")
        run(f"losetup -d {disks[1]}")
        run(f"losetup {disks[0]} /tmp/check-disk1 && losetup {disks[1]} /tmp/check-disk0")
        for program in ("ref ", ""):
            run(f"{program}pvs {ON} --noheadings -o pv_name,vg_name", text=disks[1])
        expect(entries()[0][2] == disks[1], "the name was not brought up to date")


@check
def volumes_by_their_uuid():
    """A PV on a volume is listed by the volume's uuid for as long as there is that volume."""
    lvs = ON.replace("use_devicesfile=1", "use_devicesfile=1 devices/scan_lvs=1")
    with Disks(1) as disks:
        run(f"vgcreate {lvs} vg {disks[0]}")
        run(f"lvcreate {lvs} -y -n a -L 32M vg")
        run(f"vgcreate {lvs} inner /dev/vg/a")
        kind, name, _, _, _ = entries()[1]
        uuid = run(f"lvs {lvs} --noheadings -o vg_uuid,lv_uuid vg/a 2> /dev/null").replace("-", "").split()
        expect((kind, name) == ("lvmlv_uuid", "LVM-" + "".join(uuid)), f"listed as {entries()}")
        for program in ("", "ref "):
            run(f"{program}vgs {lvs} --noheadings -o vg_name", text="inner")
            expect("inner" not in run(f"{program}vgs {ON} --noheadings -o vg_name"), "without scan_lvs volumes are no PVs")
        run(f"lvrename {lvs} vg a b")
        run(f"vgs {lvs}", text="inner")
        run(f"vgremove {lvs} -y inner")
        run(f"lvremove {lvs} -y vg/b")
        expect([entry[0] for entry in entries()] == ["loop_file"], f"of a volume that is gone: {entries()}")


@check
def members_of_firmware_raids():
    """A disk that firmware has put into a set is left alone when the settings say so."""
    settings = "--nohints --config 'devices/filter=[\"a|.*|\"] devices/fw_raid_component_detection=%d'"
    with Disks(1) as disks:
        with open("/tmp/check-disk0", "r+b") as file:
            file.seek((64 * MIB // 512 - 2) * 512)
            file.write(b"Intel Raid ISM Cfg Sig. 1.3.00")
        expect("isw_raid_member" in run(f"blkid -p {disks[0]}"), "the mark is not where libblkid looks for it")
        run(f"pvcreate {settings % 1} {disks[0]}", status=5, text="device is fwraid component")
        run(f"pvcreate -y {settings % 0} {disks[0]}")
        with open("/tmp/check-disk0", "r+b") as file:  # making it a PV wiped the mark
            file.seek((64 * MIB // 512 - 2) * 512)
            file.write(b"Intel Raid ISM Cfg Sig. 1.3.00")
        run(f"pvs {settings % 0} --noheadings -o pv_name", text=disks[0])
        expect(disks[0] not in run(f"pvs {settings % 1} --noheadings -o pv_name"), "a member of a firmware RAID is used")


@check
def md_arrays_by_their_uuid():
    run("modprobe raid1")
    with Disks(2) as disks:
        run(f"mdadm --create /dev/md9 --run --quiet --metadata=1.2 --level=1 --raid-devices=2 {' '.join(disks)}")
        try:
            run(f"vgcreate {ON} vg /dev/md9")
            kind, name, dev_name, _, _ = entries()[0]
            expect(kind == "md_uuid" and re.fullmatch("[0-9a-f:-]{32,40}", name), f"listed as {entries()}")
            for program in ("", "ref "):
                run(f"{program}vgs {ON}", text="vg")
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
            # Under other names they are the same devices.
            text = open(FILE).read()
            open(FILE, "w").write(text.replace("DEVNAME=/dev/mapper/mpatha", "DEVNAME=/dev/dm-99"))
            for program in ("ref ", ""):
                run(f"{program}vgs {ON}", text="vg")
                expect("missing" not in run(f"{program}pvs {ON}"), "a PV is missing")
            expect(entries()[0][2] == "/dev/mapper/mpatha", "the name was not brought up to date")
            run(f"vgremove {ON} -ff -y vg")
        finally:
            run("export DM_DISABLE_UDEV=1; ref dmsetup remove mpatha; ref dmsetup remove secret", status=None)


class Paths:
    """Two ways to one disk, as two SCSI hosts show them."""

    def __enter__(self):
        forget()
        run("modprobe dm-multipath; modprobe dm-round-robin")
        return make_two("add_host=2")

    def __exit__(self, *_):
        run("DM_DISABLE_UDEV=1 ref dmsetup remove mpatha", status=None)
        run("rm -rf /etc/multipath", status=None)
        forget()
        run("modprobe -r scsi_debug", status=None)


def wwid_of(path):
    return open(f"/sys/block/{path[5:]}/device/wwid").read().strip()


@check
def paths_of_a_multipath_device():
    listed = ON.replace("use_devicesfile=1", "use_devicesfile=1 devices/multipath_component_detection=1")
    on = listed.replace("use_devicesfile=1", "use_devicesfile=0") + " --nohints"  # made with another filter
    off = on.replace("multipath_component_detection=1", "multipath_component_detection=0")
    with Paths() as paths:
        wwid = wwid_of(paths[0])
        expect(wwid == wwid_of(paths[1]) and wwid.startswith("naa."), f"two disks, not two paths: {wwid}")
        numbers = [open(f"/sys/block/{path[5:]}/dev").read().strip() for path in paths]
        sectors = 48 * MIB // 512
        table = f"0 {sectors} multipath 0 0 1 1 round-robin 0 2 1 {numbers[0]} 1 {numbers[1]} 1"
        run(f"DM_DISABLE_UDEV=1 ref dmsetup create mpatha --uuid mpath-3{wwid[4:]} --table '{table}'")
        # The device is used, its paths are not: by sysfs.
        run(f"vgcreate {on} vg /dev/mapper/mpatha")
        for program in ("", "ref "):
            expect(run(f"{program}pvs {on} --noheadings -o pv_name").split() == ["/dev/mapper/mpatha"], "not the device alone")
        for path in paths:
            run(f"pvcreate {on} {path}", status=5, text="multipath component")
        # With a devices file it is known by its uuid.
        run(f"vgimportdevices {listed} vg")
        expect(entries()[0][:2] == ("mpath_uuid", f"mpath-3{wwid[4:]}"), f"listed as {entries()}")
        run(f"lvmdevices {listed} --adddev {paths[0]}", status=5, text="multipath component")
        expect(len(entries()) == 1, f"a path was listed: {entries()}")
        # Without the filter the paths are no copies all the same.
        for program in ("", "ref "):
            output = run(f"{program}pvs -a {off} --noheadings -o pv_name")
            expect(output.split() == ["/dev/mapper/mpatha"], f"{program}pvs -a without the filter: {output}")
        # The device is not set up (yet): multipathd remembers whose paths these are.
        run("DM_DISABLE_UDEV=1 ref dmsetup remove mpatha")
        run("mkdir -p /etc/multipath")
        open("/etc/multipath/wwids", "w").write(f"# Multipath wwids\n/3{wwid[4:]}/\n")
        for program in ("", "ref "):
            expect(run(f"{program}pvs {on} --noheadings -o pv_name").split() == [], f"{program}uses a path")
        run(f"pvcreate {on} {paths[0]}", status=5, text="multipath component")
        run("rm -r /etc/multipath")
        expect("Not using device" in run(f"vgs {on}", text="vg"), "two paths, no copies")


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
def a_file_of_another_machine():
    """As a newer release writes it, moved to other hardware with the system: the VG is found by its PVs."""
    with Disks(2) as disks:
        run(f"vgcreate {ON} vg {disks[0]} {disks[1]}")
        text = open(FILE).read()
        text = re.sub("IDTYPE=loop_file IDNAME=[^ ]*/check-disk(.)", r"IDTYPE=sys_wwid IDNAME=naa.500000000000000\1", text)
        open(FILE, "w").write(text)
        # Warnings name ids, in which any letters may stand.
        expect("vg" not in run(f"vgs {ON} --noheadings -o vg_name").split(), "found though the ids are others")
        run("rm -f /run/lvm/searched_devnames")
        open(FILE, "w").write(text.replace("VERSION=", "HOSTNAME=elsewhere\nVERSION="))
        run(f"vgs {ON} -o name,pv_count", text="of another machine")
        expect([entry[0] for entry in entries()] == ["loop_file", "loop_file"], f"not brought up to date: {entries()}")
        text = open(FILE).read()
        expect("elsewhere" not in text, f"still of the other machine:\n{text}")
        output = run(f"vgs {ON} -o name,pv_count --noheadings 2>&1")
        expect("another machine" not in output and "vg" in output, output)


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
