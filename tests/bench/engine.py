#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The embedded engine's data path beside a plain file through the same door.

usage: engine.py --lvm PROGRAM --plugin NBDKIT-LVM-PLUGIN [--seconds N] [--rounds N] [--kinds KIND,...] [--doors DOOR,...]
                 [--folder FOLDER]

Doors: nbdkit (its file plugin, and ours), FUSE (libfuse's example passthrough_ll, and the engine's files; the example
is built to go through the page cache, as the engine does). fio at queue depth 32, 4 KiB random reads and writes and
1 MiB sequential ones, on files whose every block is written. Both sides are served at the same time and take turns, a
round each, so that what else runs on the machine hits both. Prints the medians of MB/s and of the rounds' ratios; the
aim for linear is 0.9. Then: how long it takes to activate a volume and read its first block.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

MIB = 1 << 20
SIZE = 256 * MIB
JOBS = (("randread", "4k"), ("randwrite", "4k"), ("read", "1M"), ("write", "1M"))
EXAMPLE = "/usr/share/doc/libfuse3-dev/examples/passthrough_ll.c"
# The example hands O_DIRECT on: its reads and writes would wait for the disk, the engine's do not.
THROUGH_THE_CACHE = """#define _GNU_SOURCE
#include <fcntl.h>
#define open(path, flags, ...) open(path, (flags) & ~O_DIRECT, ##__VA_ARGS__)
"""
KINDS = {
    "linear": (),
    "striped": ("-i", "2"),
    "mirror": ("--type", "raid1", "-m", "1", "--nosync"),
    "snapshot": (),  # of an origin of its own
}


def run(*words, env=None, check=True):
    done = subprocess.run(words, env=env and os.environ | env, capture_output=True, text=True)
    if check and done.returncode != 0:
        sys.exit(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def fio(options, pattern, size, seconds):
    """MB/s."""
    out = run(
        "fio", "--name=x", f"--rw={pattern}", f"--bs={size}", "--iodepth=32", "--time_based", f"--runtime={seconds}",
        f"--size={SIZE}", "--output-format=json", *options,
    )
    job = json.loads(out[out.index("{") :])["jobs"][0]
    return (job["read"]["bw_bytes"] + job["write"]["bw_bytes"]) / 1e6


def nbd(socket, export=""):
    return ("--ioengine=nbd", f"--uri=nbd+unix:///{export}?socket={socket}")


def file(path):
    return ("--ioengine=libaio", "--direct=1", f"--filename={path}")


def volume_of(kind):
    """Names that start with "snapshot" are reserved."""
    return "of-origin" if kind == "snapshot" else kind


def compare(door, kind, plain, ours, options):
    for pattern, size in JOBS:
        rounds = []
        for number in range(options.rounds):
            # Whoever comes second may find the other's dirty pages being written.
            order = (plain, ours) if number % 2 == 0 else (ours, plain)
            speeds = [fio(side, pattern, size, options.seconds) for side in order]
            rounds.append(speeds if number % 2 == 0 else speeds[::-1])
        a, b = (statistics.median(side) for side in zip(*rounds))
        ratio = statistics.median(y / x for x, y in rounds)
        print(
            f"{door:7} {kind:9} {pattern:9} {size:>3}  plain {a:8.1f} MB/s  ours {b:8.1f} MB/s  ratio {ratio:5.2f}",
            flush=True,
        )


class Server:
    """nbdkit as long as a `with` block lasts."""

    def __init__(self, socket, *words):
        self.socket = socket
        self.server = subprocess.Popen(["nbdkit", "-f", "-U", socket, *words])
        while not os.path.exists(socket):
            if self.server.poll() is not None:
                sys.exit("nbdkit ended")
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()


def fill(path):
    block = os.urandom(MIB)
    with open(path, "r+b", buffering=0) as out:
        for _ in range(SIZE // MIB):
            out.write(block)
        os.fsync(out.fileno())


def through_nbdkit(options, folder, kinds, images, plain):
    with Server(f"{folder}/plain.sock", "file", plain) as base, Server(
        f"{folder}/ours.sock", options.plugin, f"devices={','.join(images)}"
    ) as ours:
        for kind in kinds:
            compare("nbdkit", kind, nbd(base.socket), nbd(ours.socket, f"vg/{volume_of(kind)}"), options)


def through_fuse(options, folder, kinds, plain):
    mounted = f"{folder}/mounted"
    os.mkdir(mounted)
    shim = f"{folder}/shim.h"
    with open(shim, "w") as out:
        out.write(THROUGH_THE_CACHE)
    flags = run("pkg-config", "--cflags", "--libs", "fuse3").split()
    run("cc", "-O2", "-include", shim, EXAMPLE, "-o", f"{folder}/passthrough", *flags)
    run(f"{folder}/passthrough", "-o", f"source={os.path.dirname(plain)}", mounted)
    try:
        # The example shows the source at its own path below the root, or at the root.
        base = f"{mounted}{plain}" if os.path.exists(f"{mounted}{plain}") else f"{mounted}/{os.path.basename(plain)}"
        for kind in kinds:
            compare("FUSE", kind, file(base), file(f"{folder}/run/dev/vg/{volume_of(kind)}"), options)
    finally:
        run("fusermount3", "-u", mounted)


def first_block(lvm, folder, env):
    times = []
    for _ in range(10):
        started = time.monotonic()
        run(*lvm, "lvchange", "-ay", "vg/linear", env=env)
        with open(f"{folder}/run/dev/vg/linear", "rb") as volume:
            volume.read(4096)
        times.append((time.monotonic() - started) * 1000)
        run(*lvm, "vgchange", "-an", "vg", env=env)
    print(f"activate and read the first block: {statistics.median(times):.0f} ms (median of {len(times)}; best {min(times):.0f})")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--lvm", required=True)
    options.add_argument("--plugin", required=True)
    options.add_argument("--seconds", type=int, default=2)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--kinds", default=",".join(KINDS))
    options.add_argument("--doors", default="nbdkit,FUSE")
    options.add_argument("--folder", default="/tmp")
    options = options.parse_args()
    kinds = options.kinds.split(",")
    doors = options.doors.split(",")
    folder = tempfile.mkdtemp(prefix="lvm-bench.", dir=options.folder)
    images = [f"{folder}/{name}.img" for name in "ab"]
    env = {"LVM_IMAGES": ",".join(images), "LVM_RUN_DIR": f"{folder}/run", "XDG_STATE_HOME": f"{folder}/state"}
    lvm = (options.lvm,)
    os.mkdir(f"{folder}/plain")
    plain = f"{folder}/plain/file"
    try:
        for image in images:
            run("truncate", "-s", "2G", image)
        run("truncate", "-s", str(SIZE), plain)
        run(*lvm, "vgcreate", "vg", *images, env=env)
        fill(plain)
        for kind in kinds:
            words = KINDS[kind]
            if kind == "snapshot":
                run(*lvm, "lvcreate", "-y", "-n", "origin", "-L", f"{SIZE}b", "vg", env=env)
                fill(f"{folder}/run/dev/vg/origin")
                run(*lvm, "lvcreate", "-s", "-n", "of-origin", "-L", f"{SIZE * 5 // 4}b", "vg/origin", env=env)
                continue
            run(*lvm, "lvcreate", "-y", "-n", kind, "-L", f"{SIZE}b", *words, "vg", env=env)
            fill(f"{folder}/run/dev/vg/{kind}")
        if "FUSE" in doors:
            through_fuse(options, folder, kinds, plain)
        run(*lvm, "vgchange", "-an", "vg", env=env)
        if "nbdkit" in doors:
            through_nbdkit(options, folder, kinds, images, plain)
        if "linear" in kinds:
            first_block(lvm, folder, env)
    finally:
        run(*lvm, "vgchange", "-an", "vg", env=env, check=False)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
