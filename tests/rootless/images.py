# SPDX-License-Identifier: LGPL-2.1-or-later
"""Image files as disks: partitioned, sparse, behind NBD servers."""
import contextlib
import hashlib
import os
import struct
import subprocess
import sys
import time

from place import MIB, check, activates


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


def UserImages_NbdServerComesBack(place):
    """A server that is started anew below an active volume: what was flushed is there, and it goes on. What was not may
    be lost, so nothing is read or written until the volume was deactivated."""
    if not activates(place):
        return "the embedded engine cannot hold volumes yet"
    place.image("a.img")
    devices = {"LVM_IMAGES": "nbd+unix:///?socket=s.sock"}
    socket = f"{place.root}/images/s.sock"

    def killed(server):
        server.process.kill()
        server.process.wait()
        os.unlink(socket)

    def serve():
        return Server(place, "s.sock", "nbdkit", "-f", "-U", "s.sock", "file", "a.img")

    # In one process: the kernel flushes a file when it is closed.
    script = (
        "import os, sys; f = os.open(sys.argv[1], os.O_RDWR | os.O_DSYNC * (sys.argv[2] == 'durable'))\n"
        "for line in sys.stdin:\n"
        "  try:\n"
        "    if line == 'read\\n': os.posix_fadvise(f, 0, 0, os.POSIX_FADV_DONTNEED); print(os.pread(f, 5, 0), flush=True)\n"
        "    if line == 'write\\n': os.pwrite(f, b'again', 0); print('written', flush=True)\n"
        "  except OSError as error: print(error.strerror, flush=True)\n"
    )
    with contextlib.ExitStack() as started:
        server = started.enter_context(serve())
        place.lvm("vgcreate vg nbd+unix:///?socket=s.sock", env=devices)
        place.lvm("lvcreate -n x -L 8M vg", env=devices)
        place.write(f"{place.dev}/vg/x", b"first", 0)
        for kind in ("durable", "cached"):
            words = ["/usr/bin/python3", "-c", script, f"{place.dev}/vg/x", kind]
            with subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **place.as_user()
            ) as process:

                def ask(word):
                    process.stdin.write(word + "\n")
                    process.stdin.flush()
                    return process.stdout.readline().strip()

                check(ask("write") == "written", "the first write failed")
                killed(server)
                gone = ask("read")
                check(gone == "Input/output error", f"without a server: {gone}")
                server = started.enter_context(serve())
                answers = [ask("read"), ask("write"), ask("read")]
                process.stdin.close()
            if kind == "durable":
                check(answers == ["b'again'", "written", "b'again'"], answers)
        check(answers == 3 * ["Input/output error"], answers)
        log = open(f"{place.root}/run/lvm/engine.log").read()
        check("broke before all that was written had been flushed" in log, log)
        place.lvm("vgchange -an vg", env=devices)
        place.lvm("vgchange -ay vg", env=devices)
        check(place.command("head", "-c5", f"{place.dev}/vg/x").stdout == "again", "not usable again")
        place.lvm("vgchange -an vg", env=devices)


def UserImages_SparseFilesStaySparse(place):
    path = place.image("a.img", 4096 * MIB)
    devices = {"LVM_IMAGES": "a.img"}
    place.lvm("vgcreate vg a.img", env=devices)
    place.lvm(f"lvcreate {'' if activates(place) else '-an -Zn'} -n x -L 2G vg", env=devices)
    used = os.stat(path).st_blocks * 512
    check(used < 8 * MIB, f"{used} bytes are taken")
