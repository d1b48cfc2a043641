#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The embedded engine's data path beside a plain file through the same door.

usage: engine.py --lvm PROGRAM --plugin NBDKIT-LVM-PLUGIN [--seconds N] [--folder FOLDER]

Doors: nbdkit (its file plugin, and ours), FUSE (bindfs, and the engine's files). fio at queue depth 32, 4 KiB random
reads and writes and 1 MiB sequential ones. Prints throughput in MB/s and the ratio; the aim for linear is 0.9.
Then: how long it takes to activate a volume and read its first block.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

SIZE = "256M"
JOBS = (("randread", "4k"), ("randwrite", "4k"), ("read", "1M"), ("write", "1M"))


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


def through_nbd(words, seconds):
    folder = tempfile.mkdtemp()
    socket = f"{folder}/socket"
    server = subprocess.Popen(["nbdkit", "-f", "-U", socket, *words])
    try:
        while not os.path.exists(socket):
            if server.poll() is not None:
                sys.exit("nbdkit ended")
            time.sleep(0.05)
        options = ("--ioengine=nbd", f"--uri=nbd+unix:///?socket={socket}")
        return [fio(options, pattern, size, seconds) for pattern, size in JOBS]
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


def through_file(path, seconds):
    options = ("--ioengine=libaio", "--direct=1", f"--filename={path}")
    return [fio(options, pattern, size, seconds) for pattern, size in JOBS]


def show(door, kind, plain, ours):
    for (pattern, size), a, b in zip(JOBS, plain, ours):
        print(f"{door:7} {kind:9} {pattern:9} {size:>3}  plain {a:8.1f} MB/s  ours {b:8.1f} MB/s  ratio {b / a:5.2f}", flush=True)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--lvm", required=True)
    options.add_argument("--plugin", required=True)
    options.add_argument("--seconds", type=int, default=5)
    options.add_argument("--folder", default="/tmp")
    options = options.parse_args()
    folder = tempfile.mkdtemp(prefix="lvm-bench.", dir=options.folder)
    images = [f"{folder}/{name}.img" for name in "ab"]
    env = {"LVM_IMAGES": ",".join(images), "LVM_RUN_DIR": f"{folder}/run", "XDG_STATE_HOME": f"{folder}/state"}
    lvm = (options.lvm,)
    mounted = f"{folder}/mounted"
    os.mkdir(mounted)
    os.mkdir(f"{folder}/plain")
    plain = f"{folder}/plain/file"
    try:
        for image in images:
            run("truncate", "-s", "1G", image)
        run("fallocate", "-l", SIZE, plain)
        run(*lvm, "vgcreate", "vg", *images, env=env)
        kinds = {"linear": (), "striped": ("-i", "2")}
        known = run(*lvm, "segtypes")
        if "  raid1\n" in known:
            kinds["mirror"] = ("--type", "raid1", "-m", "1")
        for kind, words in kinds.items():
            run(*lvm, "lvcreate", "-y", "-an", "-Zn", "-n", kind, "-L", SIZE, *words, "vg", env=env)
        base = through_nbd(("file", plain), options.seconds)
        for kind in kinds:
            ours = through_nbd((options.plugin, f"devices={','.join(images)}", f"lv=vg/{kind}"), options.seconds)
            show("nbdkit", kind, base, ours)
        run("bindfs", f"{folder}/plain", mounted)
        base = through_file(f"{mounted}/file", options.seconds)
        run("fusermount3", "-u", mounted)
        run(*lvm, "vgchange", "-ay", "vg", env=env)
        for kind in kinds:
            show("FUSE", kind, base, through_file(f"{folder}/run/dev/vg/{kind}", options.seconds))
        run(*lvm, "vgchange", "-an", "vg", env=env)
        times = []
        for _ in range(10):
            started = time.monotonic()
            run(*lvm, "lvchange", "-ay", "vg/linear", env=env)
            with open(f"{folder}/run/dev/vg/linear", "rb") as file:
                file.read(4096)
            times.append((time.monotonic() - started) * 1000)
            run(*lvm, "vgchange", "-an", "vg", env=env)
        times.sort()
        print(f"activate and read the first block: {times[len(times) // 2]:.0f} ms (median of {len(times)}; best {times[0]:.0f})")
    finally:
        run(*lvm, "vgchange", "-an", "vg", env=env, check=False)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
