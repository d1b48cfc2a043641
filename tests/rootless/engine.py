# SPDX-License-Identifier: LGPL-2.1-or-later
"""The embedded engine as its user sees it."""
import glob
import hashlib
import os
import re
import shutil
import signal
import subprocess
import time

from place import MIB, NOBODY, check, activates, active_volume, wait_for_end, new_group


def UserEngine_IsChosenAndSaysWhy(place):
    place.image("a.img")
    check("Engine:          user: image files" in place.lvm("version --devices a.img").stdout, "version")
    check("Engine:          user: --engine says so" in place.lvm("version --engine user").stdout, "--engine")
    check("Engine:          kernel: global/engine" in place.lvm("version --config global{engine=\"kernel\"}").stdout, "row")
    check("auto, kernel or user is expected" in place.lvm("version --engine x", status=3).stderr, "wrong word")
    place.lvm("vgcreate --devices a.img vg a.img")
    refused = place.lvm("lvcreate --devices a.img --engine kernel -n x -L 4M vg", status=5)
    check(refused.stderr.strip(), "refused without a word")
    check(place.report("lvs --devices a.img") == [], "something was made")


def UserEngine_ShowsWhatItHolds(place):
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    active_volume(place)
    info = place.lvm("engine info").stdout
    check("1 devices" in info and f"{place.root}/images/a.img" in info, info)
    check(re.search(r"vg-x: 0 16384 linear \d+:\d+ 2048", place.lvm("engine table").stdout), "table")
    check("vg-x: 0 16384 linear" in place.lvm("engine status vg/x").stdout, "status")
    check("has no device y" in place.lvm("engine table y", status=5).stderr, "no such device")
    place.lvm("engine nonsense", status=3)


def UserEngine_DoesWithoutIoUring(place):
    """Long reads of a striped volume, with io_uring where it is allowed, and without."""
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    devices = new_group(place, "a.img", "b.img")
    place.lvm("lvcreate -an -Zn -n x -i 2 -I 4k -L 16M vg", env=devices)
    data = os.urandom(16 * MIB)
    sums = set()
    for wanted, said in (("1", r"io_uring|piece by piece \(.*io_uring.*\)"), ("0", r"piece by piece \(LVM_IO_URING=0\)")):
        env = devices | {"LVM_IO_URING": wanted}
        check(wait_for_end(place), "the daemon stays")
        place.lvm("lvchange -ay vg/x", env=env)
        info = place.lvm("engine info").stdout
        check(re.search(f"Long reads:      ({said})\n", info), info)
        if not sums:
            place.write(f"{place.dev}/vg/x", data)
        # Not from the kernel's cache of what was written.
        place.lvm("lvchange -an vg/x", env=env)
        place.lvm("lvchange -ay vg/x", env=env)
        sums.add(place.sum(f"{place.dev}/vg/x"))
        place.lvm("lvchange -an vg/x", env=env)
    check(sums == {hashlib.sha256(data).hexdigest()}, "what was written is not what is read")


def end_of(pid):
    """Killed, with all its threads: its files are closed."""
    os.kill(pid, signal.SIGKILL)
    while any("\nState:\tZ" not in status for status in map(status_of, glob.glob(f"/proc/{pid}/task/*/status"))):
        time.sleep(0.05)


def status_of(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return "\nState:\tZ"


def UserEngine_SurvivesItsOwnEnd(place):
    """A daemon that is killed: the next command brings its volumes up again, and what was flushed is there."""
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    devices = active_volume(place)
    place.write(f"{place.dev}/vg/x", b"flushed" * 1000, 4096)
    before = place.sum(f"{place.dev}/vg/x")
    end_of(place.daemon())
    check("was killed with 1 devices" in place.lvm("engine info").stdout, "nothing is known of the killed daemon")
    shown = place.lvm("lvs --noheadings -o lv_name,lv_active", env=devices)
    check(shown.stdout.split() == ["x", "active"], shown.stdout)
    check("1 volume(s) that it held are active again" in shown.stderr, shown.stderr)
    check(place.sum(f"{place.dev}/vg/x") == before, "flushed data is gone")
    check(not place.lvm("vgchange -an vg", env=devices).stderr, "said again")
    check(wait_for_end(place), "the daemon stays")
    check(place.report("lvs -o lv_active", env=devices)[0]["lv_active"] == "", "up though it was taken down")


def UserEngine_BringsUpWhatItHeld(place):
    """Layers, two groups on images that the next command does not name, one image that is gone, and a volume whose
    metadata went while the daemon was no more."""
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    for name in ("a.img", "b.img", "c.img", "d.img"):
        place.image(name)
    both, third, fourth = ({"LVM_IMAGES": names} for names in ("a.img,b.img", "c.img", "d.img"))
    place.lvm("vgcreate vg a.img b.img", env=both)
    place.lvm("lvcreate -y --type raid1 -m 1 -L 8M -n r vg", env=both)
    place.lvm("lvcreate -s -L 4M -n s vg/r", env=both)
    place.lvm("lvcreate -an -Zn -L 4M -n down vg", env=both)
    place.lvm("vgcreate other c.img", env=third)
    place.lvm("lvcreate -L 4M -n x other", env=third)
    place.lvm("lvcreate -L 4M -n goes other", env=third)
    place.lvm("vgcreate lost d.img", env=fourth)
    place.lvm("lvcreate -L 4M -n l lost", env=fourth)
    old = os.urandom(MIB)
    place.write(f"{place.dev}/vg/r", os.urandom(MIB))
    place.write(f"{place.dev}/vg/s", old)
    end_of(place.daemon())
    os.unlink(f"{place.root}/images/d.img")
    # Somebody else's engine removes a volume meanwhile.
    elsewhere = f"{place.root}/elsewhere"
    os.mkdir(elsewhere, 0o700)
    os.chown(elsewhere, *([NOBODY, NOBODY] if os.geteuid() == 0 else [-1, -1]))
    place.lvm("lvremove -y other/goes", env=third | {"LVM_RUN_DIR": elsewhere})
    shown = place.lvm("lvs --noheadings -o lv_name,lv_active", env=both)
    check(shown.stdout.split() == ["down", "r", "active", "s", "active"], shown.stdout)
    check("3 volume(s) that it held are active again" in shown.stderr, shown.stderr)
    shown = place.lvm("lvs --noheadings -o lv_name,lv_active", env=third)
    check(shown.stdout.split() == ["x", "active"] and not shown.stderr, shown.stdout + shown.stderr)
    check(place.sum(f"{place.dev}/vg/s", MIB) == hashlib.sha256(old).hexdigest(), "the snapshot's data")
    place.lvm("vgchange -an vg", env=both), place.lvm("vgchange -an other", env=third)


def UserEngine_WithoutFuse(place):
    """A bare container: volumes are active and written by commands, which say how to reach them; nbdkit does."""
    if not activates(place) or os.geteuid() != 0:
        return "hiding fusermount3 needs root"
    image = place.image("a.img")
    own = "setpriv --reuid={0} --regid={0} --clear-groups".format(NOBODY)
    script = (
        f'mount --bind /bin/false "$(command -v fusermount3)" && cd "$(dirname {image})" && exec {own} sh -c \'\n'
        "lvm=$0; run() { $lvm \"$@\" || echo EXIT $*; }\n"
        "run vgcreate vg a.img; run lvcreate -y -n x -L 8M vg; run lvcreate -n y -L 8M vg; run lvcreate -s -n s -L 4M vg/x\n"
        "run lvs --noheadings -o lv_name,lv_active vg; run engine info; run vgchange -an vg\n"
        f"' {place.program}"
    )
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script],
        env=place.environment | {"LVM_IMAGES": "a.img"}, capture_output=True, text=True, timeout=300,
    )
    if "mount" in done.stderr and not done.stdout:
        return "no mount namespace here"
    check("EXIT" not in done.stdout and done.stdout.count("    active\n") == 3, done.stdout + done.stderr)
    check("nbdkit lvm devices=IMAGES lv=VG/LV" in done.stderr, done.stderr)
    check("Problem:" in done.stdout and "fusermount3" in done.stdout, done.stdout)
    if place.plugin and shutil.which("nbdkit"):
        words = ("nbdkit", "-U", "-", place.plugin, "devices=a.img", "lv=vg/x", "--run", 'nbdinfo --size "$uri"')
        check(place.command(*words).stdout.strip() == str(8 * MIB), "nbdkit does not export it")


def UserEngine_ResizesFileSystems(place):
    """-r: ext4 and swap follow their volume; what would have to be mounted, or is open, is refused and left alone."""
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    devices = new_group(place, "a.img", size=512 * MIB)
    for name, size in (("x", 32), ("sw", 16), ("xfs", 320)):
        place.lvm(f"lvcreate -n {name} -L {size}M vg", env=devices)
    tree = f"{place.root}/images/tree.d"
    place.command("sh", "-c", f"mkdir {tree} && cp /usr/bin/env /etc/services {tree}")
    x, swap, xfs = (f"{place.dev}/vg/{name}" for name in ("x", "sw", "xfs"))
    place.command("mkfs.ext4", "-q", "-d", tree, x)
    place.command("mkswap", "-L", "rest", swap), place.command("mkfs.xfs", "-q", xfs)

    def blocks():
        text = place.command("dumpe2fs", "-h", x).stdout
        return int(re.search(r"Block count: +(\d+)", text)[1]) * int(re.search(r"Block size: +(\d+)", text)[1])

    def whole():
        place.command("e2fsck", "-f", "-n", x)
        copy = place.command("sh", "-c", f"debugfs -R 'cat /services' {x} 2> /dev/null | cmp - {tree}/services")
        check(copy.returncode == 0, "a file is not what it was")

    place.lvm("lvextend -r -L 48M vg/x", env=devices)
    check(blocks() == 48 * MIB, "not grown"), whole()
    place.lvm("lvreduce -r -y -L 24M vg/x", env=devices)
    check(blocks() == 24 * MIB, "not cut"), whole()
    place.lvm("lvresize --fs resize -L +8M vg/x", env=devices)
    check(blocks() == 32 * MIB, "not resized"), whole()
    refused = place.lvm("lvreduce -y --fs checksize -L 8M vg/x", env=devices, status=5)
    check("ext4" in refused.stderr, refused.stderr)
    place.lvm("lvextend -r -y -L 20M vg/sw", env=devices)
    check("LABEL=rest" in place.command("sh", "-c", f'blkid -p -o export {swap}').stdout, "not the same swap space")
    refused = place.lvm("lvextend -r -y -L 340M vg/xfs", env=devices, status=5)
    check("only while it is mounted" in refused.stderr, refused.stderr)
    refused = place.lvm("lvextend --fs resize_fsadm -L 40M vg/x", env=devices, status=5)
    check("use --fs resize" in refused.stderr, refused.stderr)
    words = ["sh", "-c", 'exec 3< "$0"; echo open; read line', x]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **place.as_user()) as process:
        process.stdout.readline()
        refused = place.lvm("lvextend -r -L 40M vg/x", env=devices, status=5)
        process.communicate("")
    check("is in use" in refused.stderr, refused.stderr)
    sizes = {row["lv_name"]: row["lv_size"] for row in place.report("lvs -o lv_name,lv_size --units m --nosuffix", env=devices)}
    check(sizes == {"x": "32.00", "sw": "20.00", "xfs": "320.00"}, str(sizes))
    whole()
