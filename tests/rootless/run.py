#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""User* tests of the command line: image files as an ordinary user, without root, /etc, /run or a kernel driver.

usage: run.py [-k REGEX] LVM [NBDKIT-PLUGIN]

As root the commands run as nobody. The last line is "user: N passed, N failed".
"""
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import bad
import engine
import images
import reports
from place import MIB, Place, Failed, check, activates, has_kind, active_volume, wait_for_end, new_group


def UserSpine_MetadataOfImages(place):
    """pvcreate to pvremove with inactive volumes: no daemon, nothing outside the user's folders."""
    for name in "abc":
        place.image(f"{name}.img")
    devices = {"LVM_IMAGES": f"{place.root}/images"}
    place.lvm("pvcreate a.img b.img", env=devices)
    place.lvm("vgcreate vg a.img b.img", env=devices)
    place.lvm("lvcreate -an -Zn -n one -L 8M vg", env=devices)
    place.lvm("lvcreate -an -Zn -n two -i 2 -L 16M vg", env=devices)
    place.lvm("lvextend -L +8M vg/one", env=devices)
    place.lvm("lvreduce -y -L 12M vg/one", env=devices)
    place.lvm("lvrename vg one uno", env=devices)
    place.lvm("lvchange --addtag t vg/uno", env=devices)
    place.lvm("vgextend vg c.img", env=devices)
    place.lvm("vgrename vg wg", env=devices)
    volumes = place.report("lvs -o lv_name,lv_size,lv_tags --units m --nosuffix", env=devices)
    check([v["lv_name"] for v in volumes] == ["two", "uno"], volumes)
    check([v["lv_size"] for v in volumes] == ["16.00", "12.00"], volumes)
    os.truncate(f"{place.root}/images/c.img", 96 * MIB)
    place.lvm("pvresize c.img", env=devices)
    sizes = {p["pv_name"]: p["pv_size"] for p in place.report("pvs -o pv_name,pv_size --units m --nosuffix", env=devices)}
    check(sorted(sizes.values()) == ["60.00", "60.00", "92.00"], sizes)
    place.lvm("vgreduce wg c.img", env=devices)
    place.lvm("vgcfgbackup wg", env=devices)
    place.lvm("lvremove -y wg/uno wg/two", env=devices)
    place.lvm("vgremove wg", env=devices)
    place.lvm("pvremove a.img b.img c.img", env=devices)
    check(place.report("pvs", env=devices) == [], "PVs are left")
    check(os.path.isdir(f"{place.root}/home/.local/state/lvm/archive"), "archives are not in the user's own folder")
    check(place.daemon() is None, "a daemon runs though nothing was activated")


def UserSpine_ActiveVolumes(place):
    """Volumes are files while active; their data outlives deactivation, and they grow."""
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    devices = new_group(place, "a.img", "b.img")
    place.lvm("lvcreate -n data -i 2 -L 16M vg", env=devices)
    path = f"{place.dev}/vg/data"
    data = os.urandom(3 * MIB + 77)
    place.write(path, data, 1234567)
    before = place.sum(path)
    check(before == place.sum(f"{place.dev}/mapper/vg-data"), "two names, two contents")
    expected = bytearray(16 * MIB)
    expected[1234567 : 1234567 + len(data)] = data
    check(before == hashlib.sha256(expected).hexdigest(), "what was written is not what is read")
    check(place.report("lvs -o lv_attr", env=devices)[0]["lv_attr"] == "-wi-a-----", "not shown as active")
    place.lvm("vgchange -an vg", env=devices)
    place.lvm("vgchange -ay vg", env=devices)
    check(place.sum(path) == before, "the data did not outlive deactivation")
    place.lvm("lvextend -L 24M vg/data", env=devices)
    done = place.command("stat", "-c", "%s", path)
    check(done.stdout.strip() == str(24 * MIB), done.stdout)
    place.lvm("lvremove -y vg/data", env=devices)
    check("does not run" in place.lvm("engine info").stdout or wait_for_end(place), "the daemon stays without volumes")


def UserSpine_OpenFilesFollowTheirVolume(place):
    """A file that is open while its volume grows: its size is asked of the volume, and what came is read and written."""
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    devices = active_volume(place)
    script = (
        "import os, sys; f = os.open(sys.argv[1], os.O_RDWR)\n"
        "print(os.fstat(f).st_size, os.listdir(os.path.dirname(sys.argv[1])), flush=True)\n"
        "sys.stdin.readline()\n"
        "os.pwrite(f, b'x' * 4096, 12 << 20); print(os.fstat(f).st_size, os.pread(f, 8192, 12 << 20).count(b'x'))\n"
        "os.ftruncate(f, 16 << 20)\n"
        "try: os.ftruncate(f, 5)\n"
        "except PermissionError: print('refused')\n"
    )
    words = ["/usr/bin/python3", "-c", script, f"{place.dev}/vg/x"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **place.as_user()) as process:
        first = process.stdout.readline()
        place.lvm("lvextend -L 16M vg/x", env=devices)
        rest = process.communicate("go\n")[0]
    check(first == f"{8 * MIB} ['x']\n", first)
    check(rest == f"{16 * MIB} 4096\nrefused\n", rest)


def UserSpine_OptionsBeforeTheCommand(place):
    place.image("a.img")
    place.lvm("--devices a.img pvcreate a.img")
    check("a.img" in place.lvm("--devices a.img pvs").stdout, "no PV")
    place.lvm("--wrong a.img pvs", status=3)
    check("a.img" in place.lvm(f'pvs --config devices{{images=["{place.root}/images"]}}').stdout, "devices/images")


def UserNbdkit_ExportsVolumes(place):
    if not place.plugin or not shutil.which("nbdkit"):
        return "nbdkit is not here"
    devices = new_group(place, "a.img")
    for name in ("x", "y"):
        place.lvm(f"lvcreate -an -Zn -n {name} -L 8M vg", env=devices)
    source = f"{place.root}/images/source"
    with open(source, "wb") as file:
        file.write(os.urandom(8 * MIB))
    place.own(source)
    nbdkit = ("nbdkit", "-U", "-", place.plugin, "devices=a.img")
    place.command(*nbdkit, "lv=vg/x", "--run", f'nbdcopy {source} "$uri"')
    place.command(*nbdkit, "--run", f'nbdcopy "nbd+unix:///vg/x?socket=$unixsocket" {source}.back')
    check(place.sum(source) == place.sum(source + ".back"), "what was written is not what is read")
    listed = place.command(*nbdkit, "--run", 'nbdinfo --list "$uri"').stdout
    check('export="vg/x"' in listed and 'export="vg/y"' in listed, listed)
    if activates(place):
        place.lvm("lvchange -ay vg/x", env=devices)
        check(place.sum(f"{place.dev}/vg/x") == place.sum(source), "FUSE and nbdkit differ")


def UserKinds_Snapshot(place):
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    if not has_kind(place, "snapshot"):
        return "snapshots are not there yet"
    devices = new_group(place, "a.img")
    place.lvm("lvcreate -n x -L 16M vg", env=devices)
    place.write(f"{place.dev}/vg/x", os.urandom(16 * MIB))
    before = place.sum(f"{place.dev}/vg/x")
    place.lvm("lvcreate -s -n old -L 8M vg/x", env=devices)
    place.write(f"{place.dev}/vg/x", os.urandom(MIB), 3 * MIB)
    check(place.sum(f"{place.dev}/vg/old") == before, "the snapshot changed")
    check(place.sum(f"{place.dev}/vg/x") != before, "the origin did not change")
    place.lvm("vgchange -an vg", env=devices)
    place.lvm("vgchange -ay vg", env=devices)
    check(place.sum(f"{place.dev}/vg/old") == before, "the snapshot did not outlive deactivation")


def UserKinds_Raid1(place):
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    if not has_kind(place, "raid1"):
        return "raid1 is not there yet"
    place.image("a.img"), place.image("b.img")
    devices = {"LVM_IMAGES": f"{place.root}/images"}
    place.lvm("vgcreate vg a.img b.img", env=devices)
    place.lvm("lvcreate --type raid1 -m 1 -n x -L 16M vg", env=devices)
    place.write(f"{place.dev}/vg/x", os.urandom(16 * MIB))
    before = place.sum(f"{place.dev}/vg/x")
    place.lvm("vgchange -an vg", env=devices)
    os.unlink(f"{place.root}/images/b.img")
    place.lvm("lvchange -ay --activationmode degraded vg/x", env=devices)
    check(place.sum(f"{place.dev}/vg/x") == before, "the mirror is not whole")


def run(function, program, plugin):
    root = tempfile.mkdtemp(prefix="lvm-user.")
    os.chmod(root, 0o755)
    place = Place(root, program, plugin)
    try:
        return function(place)
    finally:
        place.end()
        subprocess.run(["fusermount3", "-u", "-q", "-z", place.dev], stderr=subprocess.DEVNULL)
        shutil.rmtree(root, ignore_errors=True)


def main():
    # Told to end, it clears away what it started, as with Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    words = sys.argv[1:]
    pattern = ""
    if words[:1] == ["-k"]:
        pattern, words = words[1], words[2:]
    shared = tempfile.mkdtemp(prefix="lvm-user-program.")
    os.chmod(shared, 0o755)
    copies = [shutil.copy(word, shared) for word in words]
    program, plugin = copies[0], copies[1] if len(copies) > 1 else None
    everything = {**globals(), **vars(engine), **vars(images), **vars(bad), **vars(reports)}
    tests = [(n.replace("_", "."), f) for n, f in everything.items() if n.startswith("User") and callable(f)]
    passed = failed = 0
    for name, function in tests:
        if not re.search(pattern, name):
            continue
        started = time.monotonic()
        try:
            skipped = run(function, program, plugin)
            if skipped:
                print(f"skipped {name}: {skipped}", flush=True)
                continue
            passed += 1
            print(f"ok      {name} ({time.monotonic() - started:.1f} s)", flush=True)
        except Exception as error:  # whatever it is, the next test is to run
            failed += 1
            print(f"FAILED  {name}: {error}", flush=True)
            if not isinstance(error, Failed):
                traceback.print_exc()
    shutil.rmtree(shared, ignore_errors=True)
    print(f"user: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
