#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""User* tests of the command line: image files as an ordinary user, without root, /etc, /run or a kernel driver.

usage: run.py [-k REGEX] LVM [NBDKIT-PLUGIN]

As root the commands run as nobody. The last line is "user: N passed, N failed".
"""
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import zlib

NOBODY, OTHER = 65534, 65533
MIB = 1 << 20


class Failed(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Failed(text)


class Place:
    """A user's folder with images in it, and commands run there."""

    def __init__(self, root, program, plugin, uid=NOBODY):
        self.uid = uid
        self.root = root
        self.plugin = plugin
        self.program = program
        for name in ("home", "run", "images"):
            os.mkdir(f"{root}/{name}", 0o700)
            self.own(f"{root}/{name}")
        self.environment = {
            "HOME": f"{root}/home",
            "XDG_RUNTIME_DIR": f"{root}/run",
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C",
        }
        self.dev = f"{root}/run/lvm/dev"

    def own(self, path):
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.uid)

    def as_user(self):
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.uid, "extra_groups": []}

    def image(self, name, size=64 * MIB):
        path = f"{self.root}/images/{name}"
        with open(path, "wb") as file:
            file.truncate(size)
        self.own(path)
        return path

    def command(self, *words, status=0, env=None):
        done = subprocess.run(
            words,
            cwd=f"{self.root}/images",
            env=self.environment | (env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            **self.as_user(),
        )
        check(
            status is None or done.returncode == status,
            f"`{' '.join(words)}' ended with {done.returncode}, not {status}:\n{done.stdout}{done.stderr}",
        )
        return done

    def lvm(self, line, status=0, env=None):
        return self.command(self.program, *line.split(), status=status, env=env)

    def report(self, line, env=None):
        done = self.lvm(line + " --reportformat json", env=env)
        return list(json.loads(done.stdout)["report"][0].values())[0]

    def write(self, path, data, offset=0):
        script = (
            "import os, sys; f = os.open(sys.argv[1], os.O_WRONLY);"
            "os.pwrite(f, sys.stdin.buffer.read(), int(sys.argv[2])); os.fsync(f)"
        )
        words = ["/usr/bin/python3", "-c", script, path, str(offset)]
        done = subprocess.run(words, input=data, **self.as_user())
        check(done.returncode == 0, f"writing {path} failed")

    def sum(self, path):
        return self.command("sha256sum", path).stdout.split()[0]

    def daemon(self):
        found = re.search(r"process (\d+)", self.lvm("engine info", status=None).stdout)
        return int(found[1]) if found else None

    def end(self):
        """No daemon and no mount stays behind."""
        try:
            pid = self.daemon()
        except Failed:
            pid = None
        if pid:
            os.kill(pid, signal.SIGTERM)
            for _ in range(300):
                if not os.path.exists(f"/proc/{pid}"):
                    break
                time.sleep(0.1)


def activates(place):
    """Whether the embedded engine can hold active volumes."""
    return place.lvm("engine info", status=None).returncode == 0


def has_kind(place, kind):
    return f"  {kind}\n" in place.lvm("segtypes").stdout


# --- tests: a function each; its name is "UserSuite.Case" with an underscore ---------------------------


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
    place.image("a.img"), place.image("b.img")
    devices = {"LVM_IMAGES": "a.img,b.img"}
    place.lvm("vgcreate vg a.img b.img", env=devices)
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


def active_volume(place):
    """Volume x of 8 MiB in group vg on a.img; returns what names the image to a command."""
    place.image("a.img")
    devices = {"LVM_IMAGES": "a.img"}
    place.lvm("vgcreate vg a.img", env=devices)
    place.lvm("lvcreate -n x -L 8M vg", env=devices)
    return devices


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


def wait_for_end(place):
    """Asking the daemon would keep it: each question is a client."""
    pid = place.daemon()
    for _ in range(300):
        if pid is None or not os.path.exists(f"/proc/{pid}"):
            return True
        time.sleep(0.2)
    return False


def UserSpine_OptionsBeforeTheCommand(place):
    place.image("a.img")
    place.lvm("--devices a.img pvcreate a.img")
    check("a.img" in place.lvm("--devices a.img pvs").stdout, "no PV")
    place.lvm("--wrong a.img pvs", status=3)
    check("a.img" in place.lvm(f'pvs --config devices{{images=["{place.root}/images"]}}').stdout, "devices/images")


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


def UserEngine_SurvivesItsOwnEnd(place):
    """A daemon that is killed: what was flushed is there, and the next command starts another."""
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    devices = active_volume(place)
    place.write(f"{place.dev}/vg/x", b"flushed" * 1000, 4096)
    before = place.sum(f"{place.dev}/vg/x")
    pid = place.daemon()
    os.kill(pid, signal.SIGKILL)
    while os.path.exists(f"/proc/{pid}") and open(f"/proc/{pid}/stat").read().split()[2] != "Z":
        time.sleep(0.05)
    check(place.report("lvs -o lv_active", env=devices)[0]["lv_active"] == "", "still shown as active")
    place.lvm("vgchange -ay vg", env=devices)
    check(place.sum(f"{place.dev}/vg/x") == before, "flushed data is gone")


def put_mbr(path, partitions):
    with open(path, "r+b") as file:
        for slot, (start, count, kind) in enumerate(partitions):
            file.seek(446 + 16 * slot)
            file.write(struct.pack("<BBBBBBBBII", 0, 0, 0, 0, kind, 0, 0, 0, start, count))
        file.seek(510)
        file.write(b"\x55\xaa")


def UserImages_PartitionedDisks(place):
    """ESP, boot and PV behind a GUID table, and a PV behind a PC table."""
    gpt = place.image("gpt.img", 128 * MIB)
    place.command("sgdisk", "-n", "1:0:+16M", "-t", "1:ef00", "-n", "2:0:+16M", "-n", "3:0:0", "-t", "3:8e00", gpt)
    pc = place.image("pc.img")
    put_mbr(pc, [(2048, 8192, 0x83), (10240, (64 * MIB) // 512 - 10240, 0x8E)])
    devices = {"LVM_IMAGES": "gpt.img,pc.img"}
    refused = place.lvm("pvcreate gpt.img", env=devices, status=5)
    check("device is partitioned" in refused.stderr, refused.stderr)
    place.lvm("pvcreate gpt.img@3 pc.img@2", env=devices)
    place.lvm("vgcreate vg gpt.img@3 pc.img@2", env=devices)
    names = sorted(p["pv_name"] for p in place.report("pvs", env=devices))
    check(names == ["gpt.img@3", "pc.img@2"], names)
    first = [hashlib.sha256(open(gpt, "rb").read(33 * MIB)).hexdigest()]
    if activates(place):
        place.lvm("lvcreate -n x -i 2 -L 32M vg", env=devices)
        place.write(f"{place.dev}/vg/x", os.urandom(32 * MIB))
        place.lvm("vgchange -an vg", env=devices)
    check(first == [hashlib.sha256(open(gpt, "rb").read(33 * MIB)).hexdigest()], "the other partitions changed")
    check("gpt.img@3" in place.lvm("pvs --devices gpt.img@3,pc.img").stdout, "one partition by name")
    wrong = place.lvm("pvs --devices gpt.img@7", status=5)
    check("no such partition; there are: 1, 2, 3" in wrong.stderr, wrong.stderr)
    os.truncate(pc, 20 * MIB)
    check("cut short" in place.lvm("pvs --devices pc.img", status=5).stderr, "a cut image is not said to be one")


class Server:
    """A server of a socket as the place's user, as long as a `with` block lasts."""

    def __init__(self, place, socket, *words):
        self.process = subprocess.Popen(words, cwd=f"{place.root}/images", env=place.environment, **place.as_user())
        while not os.path.exists(f"{place.root}/images/{socket}"):
            check(self.process.poll() is None, f"{words[0]} ended")
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def UserImages_BehindAnNbdUri(place):
    """A qcow2 image with partitions, by qemu-nbd, and a server that takes whole blocks of 4 KiB only."""
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    raw, plain = place.image("raw.img"), place.image("plain.img")
    place.command("sgdisk", "-n", "1:0:+16M", "-n", "2:0:0", "-t", "2:8e00", raw)
    place.command("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, "a.qcow2")
    qcow2, blocks = "nbd+unix:///?socket=q.sock", "nbd+unix:///?socket=b.sock"
    devices = {"LVM_IMAGES": f"{qcow2},{blocks}"}
    serve = ("qemu-nbd", "-f", "qcow2", "-k", f"{place.root}/images/q.sock", "--persistent", "--shared=0", "a.qcow2")
    policy = ("blocksize-minimum=4096", "blocksize-preferred=4096", "blocksize-maximum=1M", "blocksize-error-policy=error")
    with Server(place, "b.sock", "nbdkit", "-f", "-U", "b.sock", "--filter=blocksize-policy", "file", plain, *policy):
        with Server(place, "q.sock", *serve) as server:
            refused = place.lvm(f"pvcreate {qcow2}", env=devices, status=5)
            check("device is partitioned" in refused.stderr, refused.stderr)
            wrong = place.lvm(f"pvs --devices {qcow2}@7", status=5)
            check("no such partition; there are: 1, 2" in wrong.stderr, wrong.stderr)
            place.lvm(f"vgcreate vg {qcow2}@2 {blocks}", env=devices)
            place.lvm("lvcreate --type raid1 -m 1 -n x -L 16M vg", env=devices)
            place.write(f"{place.dev}/vg/x", os.urandom(16 * MIB - 777), 777)
            place.lvm("lvcreate -s -n old -L 8M vg/x", env=devices)
            before = place.sum(f"{place.dev}/vg/old")
            place.write(f"{place.dev}/vg/x", os.urandom(70000), 12345)
            check(place.sum(f"{place.dev}/vg/old") == before, "the snapshot changed")
            after = place.sum(f"{place.dev}/vg/x")
            place.lvm("vgchange -an vg", env=devices)
            if place.plugin:
                source = ("nbdkit", "-r", "-U", "-", place.plugin, f"devices={qcow2},{blocks}", "lv=vg/x")
                place.command(*source, "--run", 'nbdcopy "$uri" copy')
                check(place.sum(f"{place.root}/images/copy") == after, "nbdkit reads something else")
            place.lvm("vgchange -ay vg", env=devices)
            check(place.sum(f"{place.dev}/vg/x") == after, "the data did not outlive deactivation")
            # A server that dies is a leg that fails.
            server.process.kill()
            server.process.wait()
            place.write(f"{place.dev}/vg/x", b"still whole", 8 * MIB)
            gone = place.lvm("pvs", env=devices, status=5)
            check("q.sock" in gone.stderr and "connecting failed" in gone.stderr, gone.stderr)
            survivor = {"LVM_IMAGES": blocks}
            place.lvm("vgchange -an vg", env=survivor)
        os.unlink(f"{place.root}/images/q.sock")
        place.command("qemu-img", "check", "-q", "a.qcow2")


def UserImages_SparseFilesStaySparse(place):
    path = place.image("a.img", 4096 * MIB)
    devices = {"LVM_IMAGES": "a.img"}
    place.lvm("vgcreate vg a.img", env=devices)
    place.lvm(f"lvcreate {'' if activates(place) else '-an -Zn'} -n x -L 2G vg", env=devices)
    used = os.stat(path).st_blocks * 512
    check(used < 8 * MIB, f"{used} bytes are taken")


def UserBad_ShortImage(place):
    path = place.image("a.img")
    devices = {"LVM_IMAGES": "a.img"}
    place.lvm("vgcreate vg a.img", env=devices)
    place.lvm("lvcreate -an -Zn -n x -L 48M vg", env=devices)
    os.truncate(path, 32 * MIB)
    shown = place.lvm("lvs", env=devices)
    check("smaller than corresponding PV size" in shown.stderr, shown.stderr)
    refused = place.lvm("lvchange -ay vg/x", env=devices, status=5)
    check(refused.stderr.count("\n") > 1, refused.stderr)


def UserBad_UsedByAnotherProgram(place):
    """Locks as QEMU takes them."""
    path = place.image("a.img")
    devices = {"LVM_IMAGES": "a.img"}
    place.lvm("vgcreate vg a.img", env=devices)
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
    wrong = place.lvm("vgextend vg gpt.img@2 --devices gpt.img", status=5)
    check("already in volume group" in wrong.stderr, wrong.stderr)
    check(place.sum(disk) == before, "the image changed")


def UserBad_CutWhileInUse(place):
    """Another program cuts the image of an active volume: errors, no longer file, and a warning from the next command."""
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    path = place.image("a.img")
    devices = {"LVM_IMAGES": "a.img"}
    place.lvm("vgcreate vg a.img", env=devices)
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
    path = place.image("a.img")
    devices = {"LVM_IMAGES": "a.img"}
    place.lvm("vgcreate vg a.img", env=devices)
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


def UserNbdkit_ExportsVolumes(place):
    if not place.plugin or not shutil.which("nbdkit"):
        return "nbdkit is not here"
    place.image("a.img")
    devices = {"LVM_IMAGES": "a.img"}
    place.lvm("vgcreate vg a.img", env=devices)
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
    place.image("a.img")
    devices = {"LVM_IMAGES": "a.img"}
    place.lvm("vgcreate vg a.img", env=devices)
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
    words = sys.argv[1:]
    pattern = ""
    if words[:1] == ["-k"]:
        pattern, words = words[1], words[2:]
    shared = tempfile.mkdtemp(prefix="lvm-user-program.")
    os.chmod(shared, 0o755)
    copies = [shutil.copy(word, shared) for word in words]
    program, plugin = copies[0], copies[1] if len(copies) > 1 else None
    tests = [(n.replace("_", "."), f) for n, f in globals().items() if n.startswith("User") and callable(f)]
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
