# SPDX-License-Identifier: LGPL-2.1-or-later
"""What goes wrong with images: a clear error, and nothing is lost."""
import fcntl
import os
import re
import shutil
import struct
import subprocess
import sys
import zlib

from place import MIB, NOBODY, OTHER, Place, check, activates, active_volume, new_group


def UserBad_ShortImage(place):
    devices = new_group(place, "a.img")
    path = f"{place.root}/images/a.img"
    place.lvm("lvcreate -an -Zn -n x -L 48M vg", env=devices)
    os.truncate(path, 32 * MIB)
    shown = place.lvm("lvs", env=devices)
    check("smaller than corresponding PV size" in shown.stderr, shown.stderr)
    refused = place.lvm("lvchange -ay vg/x", env=devices, status=5)
    check(f"{path} has only {32 * MIB // 512} sectors" in refused.stderr, refused.stderr)
    check(not os.path.exists(f"{place.dev}/vg/x"), "active all the same")


def UserBad_UsedByAnotherProgram(place):
    """Locks as QEMU takes them."""
    devices = new_group(place, "a.img")
    path = f"{place.root}/images/a.img"
    with open(path, "r+b") as file:
        # struct flock of x86-64; F_OFD_SETLK
        fcntl.fcntl(file, 37, struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 100, 1, 0))
        refused = place.lvm("lvcreate -an -Zn -n x -L 4M vg", env=devices, status=5)
        check("in use by another program" in refused.stderr, refused.stderr)
        place.lvm("vgs vg", env=devices)
    place.lvm("lvcreate -an -Zn -n x -L 4M vg", env=devices)


def UserBad_TwoCopies(place):
    path = place.image("a.img")
    place.lvm("vgcreate --devices a.img vg a.img")
    shutil.copy(path, f"{place.root}/images/b.img")
    place.own(f"{place.root}/images/b.img")
    shown = place.lvm("pvs --devices a.img,b.img")
    check("prefers device" in shown.stderr and "Not using device" in shown.stderr, shown.stderr)


def UserBad_TwoCopiesAreNotActivated(place):
    """Which of two copies holds the data nobody knows: neither is written to."""
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    paths = [place.image("a.img"), f"{place.root}/images/b.img"]
    place.lvm("vgcreate --devices a.img vg a.img")
    place.lvm("lvcreate --devices a.img -an -Zn -n x -L 8M vg")
    shutil.copy(*paths)
    place.own(paths[1])
    before = [place.sum(path) for path in paths]
    for line in ("lvchange -ay vg/x", "lvcreate -n y -L 4M vg"):
        refused = place.lvm(f"{line} --devices a.img,b.img", status=5)
        check("duplicate" in refused.stderr, refused.stderr)
    check([place.sum(path) for path in paths] == before, "one of the copies changed")
    place.lvm("lvchange -ay vg/x --devices b.img")
    place.lvm("vgchange -an vg --devices b.img")


def UserBad_WrongPartition(place):
    """A partition that is no PV has no volumes, and is not made one by a command that only looks."""
    disk = place.image("gpt.img", 128 * MIB)
    place.command("sgdisk", "-n", "1:0:+32M", "-n", "2:0:0", "-t", "2:8e00", disk)
    place.lvm("vgcreate --devices gpt.img vg gpt.img@2")
    place.lvm("lvcreate --devices gpt.img -an -Zn -n x -L 8M vg")
    before = place.sum(disk)
    wrong = place.lvm("lvchange -ay vg/x --devices gpt.img@1", status=5)
    check('Volume group "vg" not found' in wrong.stderr, wrong.stderr)
    wrong = place.lvm("lvchange -ay vg/x --devices gpt.img@3", status=5)
    check("no such partition; there are: 1, 2" in wrong.stderr, wrong.stderr)
    wrong = place.lvm("vgextend vg gpt.img@3 --devices gpt.img", status=5)
    check("Cannot use gpt.img@3: no such partition; there are: 1, 2" in wrong.stderr, wrong.stderr)
    wrong = place.lvm("vgextend vg gpt.img@2 --devices gpt.img", status=5)
    check("already in volume group" in wrong.stderr, wrong.stderr)
    check(place.sum(disk) == before, "the image changed")


def UserBad_CutWhileInUse(place):
    """Another program cuts the image of an active volume: errors, no longer file, and a warning from the next command."""
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    devices = new_group(place, "a.img")
    path = f"{place.root}/images/a.img"
    place.lvm("lvcreate -n x -L 48M vg", env=devices)
    place.write(f"{place.dev}/vg/x", b"there" * 1000, 0)
    os.truncate(path, 32 * MIB)
    script = (
        "import os, sys; f = os.open(sys.argv[1], os.O_RDWR | os.O_SYNC); print(os.pread(f, 5, 0))\n"
        "for work in (lambda: os.pread(f, 4096, 40 << 20), lambda: os.pwrite(f, b'x' * 4096, 40 << 20)):\n"
        "  try: work(); print('no error')\n"
        "  except OSError as error: print(error.strerror)\n"
    )
    done = place.command("/usr/bin/python3", "-c", script, f"{place.dev}/vg/x")
    check(done.stdout == "b'there'\n" + 2 * "Input/output error\n", done.stdout)
    check(os.stat(path).st_size == 32 * MIB, "the file was made longer")
    shown = place.lvm("lvs", env=devices)
    check("smaller than corresponding PV size" in shown.stderr, shown.stderr)
    place.lvm("vgchange -an vg", env=devices, status=None)


def UserBad_ReplacedWhileInUse(place):
    """Another file takes the image's place while a volume is active: what would be written to the old one is lost."""
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    devices = active_volume(place)
    path = f"{place.root}/images/a.img"
    shutil.copy(path, path + ".new")
    place.own(path + ".new")
    os.replace(path + ".new", path)
    before = place.sum(path)
    refused = place.lvm("lvcreate -n y -L 4M vg", env=devices, status=5)
    check("was replaced by another file while volumes on it are active" in refused.stderr, refused.stderr)
    check(place.sum(path) == before, "the new file was written to")
    place.lvm("vgchange -an vg", env=devices)
    place.lvm("lvcreate -n y -L 4M vg", env=devices)
    place.lvm("vgchange -an vg", env=devices)


def metadata_checksum(data):
    return zlib.crc32(data, 0xF597A6CF ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


def change_text(path, change):
    """A text of the VG that another program could have written: with checksums that are right."""
    with open(path, "r+b") as file:
        file.seek(4096)
        header = bytearray(file.read(512))
        offset, length, checksum, flags = struct.unpack_from("<QQII", header, 40)
        file.seek(4096 + offset)
        text = file.read(length)
        check(metadata_checksum(text) == checksum, "the text is not where it should be")
        changed = change(text.decode().rstrip("\0"))
        check(changed != text.decode().rstrip("\0"), "nothing was changed")
        changed = changed.encode() + b"\0"
        file.seek(4096 + offset)
        file.write(changed.ljust(length, b"\0"))
        struct.pack_into("<QQII", header, 40, offset, len(changed), metadata_checksum(changed), flags)
        struct.pack_into("<I", header, 0, metadata_checksum(bytes(header[4:])))
        file.seek(4096)
        file.write(header)


def UserBad_HostileMetadata(place):
    """Texts that put volumes where none may be: each is refused with a reason, and not a byte of the image changes."""
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    devices = new_group(place, "a.img")
    path = f"{place.root}/images/a.img"
    place.lvm("lvcreate -an -Zn -n x -L 32M vg", env=devices)
    good = f"{place.root}/images/.good"
    shutil.copy(path, good)

    def put(pattern, text):
        return lambda whole: re.sub(pattern, text, whole, count=1)

    segment = 'segment2 {\nstart_extent = 8\nextent_count = 8\ntype = "striped"\nstripe_count = 1\nstripes = [ "pv0", 0 ]\n}\n'
    texts = {
        "over the label": (put(r"pe_start = \d+", "pe_start = 0"), "over its label"),
        "over the metadata": (put(r"pe_start = \d+", "pe_start = 8"), "over its metadata area"),
        "no such start": (put(r"pe_start = \d+", "pe_start = 18446744073709551615"), "does not fit"),
        "behind the end": (
            lambda text: put(r'"pv0", 0', '"pv0", 4000')(put(r"pe_count = \d+", "pe_count = 5000")(text)),
            "are to be mapped, but",
        ),
        "too many extents": (put(r"pe_count = \d+", "pe_count = 4294967295"), "more than 4294967294 extents"),
        "no extent size": (put(r"extent_size = \d+", "extent_size = 0"), "extent size of 0"),
        "before the start": (put(r'"pv0", 0', '"pv0", -3'), "extent -3"),
        "no such PV": (put(r'"pv0", 0', '"pv9", 0'), '"pv9"'),
        "on itself": (put(r'"pv0", 0', '"x", 0'), "contains itself"),
        "twice": (
            lambda text: put(r"segment1 {", segment + "segment1 {")(put("segment_count = 1", "segment_count = 2")(text)),
            'belongs to "x" and to "x"',
        ),
    }
    for name, (change, why) in texts.items():
        shutil.copy(good, path)
        change_text(path, change)
        before = place.sum(path)
        for line in ("vgs", "lvs -a -o+devices", "pvs"):
            done = place.lvm(line, env=devices, status=None)
            check(done.returncode in (0, 5), f"{name}: `{line}' ended with {done.returncode}")
        refused = place.lvm("lvchange -ay vg/x", env=devices, status=5)
        check(why in refused.stderr, f"{name}: {refused.stderr}")
        check(not os.path.exists(f"{place.dev}/vg/x"), f"{name}: active all the same")
        if place.plugin and shutil.which("nbdkit"):
            words = ("nbdkit", "-U", "-", place.plugin, "devices=a.img", "lv=vg/x", "--run", 'nbdinfo "$uri"')
            check(place.command(*words, status=None).returncode != 0, f"{name}: nbdkit exports it")
        place.lvm("vgchange -an vg", env=devices, status=None)
        check(place.sum(path) == before, f"{name}: the image changed")


def UserBad_DiskFull(place):
    """The file system below is full: an error that says so, and the VG as before."""
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    if os.geteuid() != 0:
        return "a full file system needs root to make"
    script = (
        'mount -t tmpfs -o size=3M none "$1" && chown {0} "$1" && cd "$1" && truncate -s 64M a.img && chown {0} a.img &&'
        "setpriv --reuid={0} --regid={0} --clear-groups sh -c '"
        '"$0" vgcreate --devices a.img vg a.img && "$0" lvcreate --devices a.img -Zn -Wn -n x -L 32M vg; '
        'dd if=/dev/zero of="$1"/vg/x bs=64k conv=fsync; echo "dd $?"; "$0" vgchange --devices a.img -an vg; '
        '"$0" lvs --noheadings -o lv_name --devices a.img\' "$2" "$3"'
    ).format(NOBODY)
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", f"{place.root}/images", place.program, place.dev],
        env=place.environment, capture_output=True, text=True, timeout=300,
    )
    if "dd " not in done.stdout:
        return "no mount namespace here"
    check("dd 0" not in done.stdout, "a write beyond the space there is succeeded")
    check("No space left" in done.stderr, done.stderr)
    check(done.stdout.rstrip().endswith("x"), done.stdout + done.stderr)


def UserBad_TwoUsers(place):
    """What one user has active another user cannot change."""
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    if os.geteuid() != 0:
        return "two users need root"
    path = place.image("a.img")
    os.chmod(path, 0o666)
    os.chmod(f"{place.root}/images", 0o755)
    place.lvm("vgcreate --devices a.img vg a.img")
    place.lvm("lvcreate --devices a.img -n x -L 8M vg")
    os.mkdir(f"{place.root}/other", 0o755)
    other = Place(f"{place.root}/other", place.program, place.plugin, OTHER)
    refused = other.lvm(f"lvcreate --devices {path} -n y -L 4M vg", status=5)
    check("in use by another program" in refused.stderr, refused.stderr)
    other.lvm(f"lvs --devices {path}")
    place.lvm("vgchange --devices a.img -an vg")
    other.lvm(f"lvcreate --devices {path} -an -Zn -n y -L 4M vg")


def UserBad_SettingsAreNamedWithFileAndLine(place):
    """What is wrong with a file of settings: which file, which line, and the exit status is LVM2's."""
    folder = f"{place.root}/images/etc"
    os.makedirs(f"{folder}/profile")
    own = {"LVM_SYSTEM_DIR": folder, "LVM_IMAGES": "a.img"}
    place.image("a.img")
    cases = (
        ("lvm.conf", "devices {\n\tscan_lvs = 1\n}\nlog {\n\tverbose = = 2\n}\n", "vgs", 4, "{}:5: found =, expected a value"),
        ("lvm.conf", "devices {\n\tscan_lvs = 1\n", "vgs", 4, '{}:3: the text ends inside section "devices"'),
        ("lvm.conf", "\n\n}\n", "vgs", 4, "{}:3: "),
        ("lvm.conf", 'devices {\n\n\tfilter = [ "x|.*|" ]\n}\n', "vgs", 5, "devices/filter, line 3"),
        ("lvm.conf", 'devices {\n\tnosuch = 3\n}\n', "vgs", 0, 'Configuration setting "devices/nosuch" unknown.'),
        ("lvmlocal.conf", "local {\n\tsystem_id = \n}\n", "vgs", 4, "{}:3: "),
        ("profile/bad.profile", "devices {\n\n\tscan_lvs = 1\n}\n", "vgs --commandprofile bad", 5, "customizable by a profile. ({}:3)"),
        ("profile/bad.profile", "report {\n\taligned = \n}\n", "vgs --commandprofile bad", 5, "{}:3: "),
        ("profile/bad.profile", "allocation {\n\tthin_pool_zero = 0\n}\n", "vgs --commandprofile bad", 5, "not command profile. ({}:2)"),
    )
    for name, text, line, status, said in cases:
        with open(f"{folder}/{name}", "w") as file:
            file.write(text)
        # Patterns are about devices: images are listed one by one.
        done = place.lvm(line, env=own if "filter" not in text else {"LVM_SYSTEM_DIR": folder}, status=status)
        wanted = said.format(f"{folder}/{name}")
        check(wanted in done.stderr, f"{text!r}: no {wanted!r} in {done.stderr}")
        os.unlink(f"{folder}/{name}")
    with open(f"{folder}/lvm.conf", "w") as file:
        file.write("tags {\n\ta { }\n}\n")
    with open(f"{folder}/lvm_a.conf", "w") as file:
        file.write("tags {\n\tb {\n")
    done = place.lvm("vgs", env=own, status=4)
    check(f'{folder}/lvm_a.conf:3: the text ends inside section "b"' in done.stderr, done.stderr)
