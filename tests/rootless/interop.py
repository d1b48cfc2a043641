#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Images go to a real device-mapper and back.

usage: interop.py make|check LVM FOLDER            here, with the embedded engine
       interop.py guest go-on|make|look            in a guest, with the reference LVM2 (`ref`)

The disks are FOLDER/disk0 to disk3 (loop0 to loop3 in the guest). VG ours on the first two is made here, taken over in
the guest, changed there, and read here again; VG theirs on the others takes the opposite way. In each there are a
linear and a striped volume, an origin with a snapshot that holds what the origin was, and a RAID1 volume that is handed
over in the middle of its recovery. Both sides know what the volumes are to hold. The last line is "interop: N passed, N
failed".
"""
import contextlib
import functools
import hashlib
import os
import signal
import subprocess
import sys
import time

MIB = 1 << 20
SIZE = 24 * MIB


@functools.cache
def block(seed):
    return b"".join(hashlib.sha256(f"{seed}.{i}".encode()).digest() for i in range(2048))


def content(seed, length=SIZE):
    """Reproducible bytes that no two volumes share."""
    return (block(seed) * (length // len(block(seed)) + 1))[:length]


# What is written once the snapshot is there, and what the other side writes: (volume, offset, seed, bytes).
CHANGES = (("origin", 0, "later", 8 * MIB),)
OTHERS_CHANGES = (
    ("origin", 12 * MIB, "elsewhere", 4 * MIB),
    ("old", 20 * MIB, "aside", MIB + 4096),
    ("half", 3 * MIB + 512, "other", 2 * MIB),
    ("striped", 5 * MIB, "other", 3 * MIB),
)


def expected(group, name, changed):
    """A volume's bytes, as they are handed over or as the other side leaves them. A guest has little memory."""
    out = bytearray(content(f"{group}.{'origin' if name == 'old' else name}"))
    for volume, offset, seed, length in CHANGES + (OTHERS_CHANGES if changed else ()):
        if volume == name:
            out[offset : offset + length] = content(f"{group}.{seed}", length)
    return out


def run(*words, env=None):
    done = subprocess.run(words, capture_output=True, text=True, env=env and os.environ | env)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def put(path, offset, data):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


class Side:
    """One of the two programs, and where its volumes are."""

    def __init__(self, lvm, directory, env=None):
        self.lvm, self.directory, self.env = lvm, directory, env
        self.passed = self.failed = 0

    def command(self, *words):
        return run(*self.lvm, *words, env=self.env)

    def judge(self, same, text):
        self.passed, self.failed = self.passed + same, self.failed + (not same)
        print(f"{'ok     ' if same else 'FAILED '} {text}", flush=True)

    def synced(self, group):
        return float(self.command("lvs", "--noheadings", "-o", "sync_percent", f"{group}/half"))

    def make(self, group):
        """All but the RAID1 volume, which is linear yet."""
        self.command("lvcreate", "-y", "-n", "linear", "-L", "16M", group)
        self.command("lvcreate", "-y", "-n", "striped", "-i", "2", "-L", "24M", group)
        self.command("lvextend", "-L", "24M", f"{group}/linear")
        first = self.command("pvs", "--noheadings", "-o", "pv_name", "-S", f"vg_name={group}").split()[0]
        self.command("lvcreate", "-y", "-n", "half", "-L", "24M", group, first)
        self.command("lvcreate", "-y", "-n", "origin", "-L", "24M", group)
        for name in ("linear", "striped", "half", "origin"):
            put(f"{self.directory}/{group}/{name}", 0, content(f"{group}.{name}"))
        self.command("lvcreate", "-s", "-n", "old", "-L", "16M", f"{group}/origin")
        self.change(group, CHANGES)

    def leave_half_synced(self, group):
        """The second image is copied as slowly as the caller has seen to."""
        self.command("lvconvert", "-y", "--type", "raid1", "-m", "1", f"{group}/half")
        done = self.synced(group)
        self.command("vgchange", "-an", group)
        if done >= 100:
            raise SystemExit(f"{group}/half was in sync before it could be handed over")
        print(f"{group}/half is handed over at {done} %", flush=True)

    def change(self, group, changes):
        for name, offset, seed, length in changes:
            put(f"{self.directory}/{group}/{name}", offset, content(f"{group}.{seed}", length))

    def compare(self, group, changed):
        for name in ("linear", "striped", "half", "origin", "old"):
            with open(f"{self.directory}/{group}/{name}", "rb") as file:
                same = file.read() == expected(group, name, changed)
            self.judge(same, f"{group}/{name}{' with the other side`s changes' if changed else ''}")

    def finish_sync(self, group):
        for _ in range(6000):
            if self.synced(group) >= 100:
                break
            time.sleep(0.1)
        self.judge(self.synced(group) >= 100, f"{group}/half is in sync")
        images = [f"{self.directory}/mapper/{group}-half_rimage_{number}" for number in "01"]
        with open(images[0], "rb") as first, open(images[1], "rb") as second:
            # Each read is empty at the end of both.
            same = all(first.read(MIB) == second.read(MIB) for _ in range(SIZE // MIB + 1))
        self.judge(same, f"{group}/half has two equal images")

    def go_on(self, group):
        """What the other side made, in the middle of its recovery."""
        self.command("vgchange", "-ay", group)
        self.compare(group, False)
        self.change(group, OTHERS_CHANGES)
        self.compare(group, True)
        self.finish_sync(group)
        self.command("vgchange", "-an", group)

    def look(self, group):
        self.command("vgchange", "-ay", group)
        self.compare(group, True)
        self.finish_sync(group)
        self.command("vgchange", "-an", group)

    def end(self):
        print(f"interop: {self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def in_guest(what):
    side = Side(("ref",), "/dev")
    if what == "go-on":
        side.go_on("ours")
    elif what == "look":
        side.look("theirs")
    else:
        side.command("vgcreate", "-y", "theirs", "/dev/loop2", "/dev/loop3")
        side.make("theirs")
        # KiB per second: what the kernel does at most, as soon as it has begun.
        for limit in ("min", "max"):
            with open(f"/proc/sys/dev/raid/speed_limit_{limit}", "w") as file:
                file.write("50")
        side.leave_half_synced("theirs")
        return 0
    return side.end()


@contextlib.contextmanager
def slowly(path, folder):
    """The image behind a server that lets a megabyte through in a second."""
    socket = f"{folder}/slow.sock"
    server = subprocess.Popen(["nbdkit", "-f", "-U", socket, "--filter=rate", "file", path, "rate=8M"])
    try:
        while not os.path.exists(socket):
            if server.poll() is not None:
                raise SystemExit("nbdkit ended")
            time.sleep(0.05)
        yield f"nbd+unix:///?socket={socket}"
    finally:
        server.terminate()
        server.wait()


def main():
    # Told to end, it clears away what it started, as with Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    what = sys.argv[1]
    if what == "guest":
        return in_guest(sys.argv[2])
    program, folder = sys.argv[2], sys.argv[3]
    run_directory = os.path.join(folder, "run")
    env = {"LVM_RUN_DIR": run_directory, "HOME": folder, "XDG_STATE_HOME": folder + "/state"}
    disks = [f"{folder}/disk{number}" for number in range(4)]

    def side(*images):
        return Side((program,), f"{run_directory}/dev", env | {"LVM_IMAGES": ",".join(images)})

    if what == "make":
        here = side(*disks[:2])
        here.command("vgcreate", "ours", *disks[:2])
        here.make("ours")
        here.command("vgchange", "-an", "ours")
        with slowly(disks[1], folder) as uri:
            here = side(disks[0], uri)
            here.command("vgchange", "-ay", "ours")
            here.leave_half_synced("ours")
        return 0
    here = side(*disks)
    try:
        here.look("ours")
        here.go_on("theirs")
    finally:
        here.command("vgchange", "-an")
    return here.end()


if __name__ == "__main__":
    sys.exit(main())
