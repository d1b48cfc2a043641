#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""In a guest: an uncontended lock and its unlock through the IDM lock manager, sanlock and the kernel's dlm.

  locks.py BUILD LIBRARY [--rounds N]     LIBRARY: tests/bench/slow_disk.cc, compiled

Drives with mutexes, and sanlock's disk, take the given latency for each command; a lock of sanlock's is on one disk. dlm
uses no disk: its cost on a network is that of the messages, here it is one host's. All by the interface that lvmlockd
uses (lockd-bench).
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lockd"))
import hosts  # noqa: E402

LATENCIES = (0, 200, 2000)  # microseconds


def until(what, test, seconds=60):
    for _ in range(seconds * 10):
        if test():
            return
        time.sleep(0.1)
    raise RuntimeError(what)


def measure(build, kind, rounds, environment, drives=()):
    done = subprocess.run([f"{build}/src/lockd/lockd-bench", kind, str(rounds), *drives], env=os.environ | environment,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=1200)
    if done.returncode != 0:
        raise RuntimeError(f"{kind}: {done.stderr}")
    return [float(word) for word in done.stdout.split()]


def with_daemon(words, environment, ready, action):
    daemon = subprocess.Popen(words, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        until(f"{words[0]} does not start", ready)
        return action()
    finally:
        hosts.Host.kill(daemon)


def idm(build, folder, rounds, drives, latency):
    run = f"{folder}/idm-{drives}-{latency}"
    return with_daemon([f"{build}/src/idm/idm-bench", "--serve", run, "--drives", str(drives), "--latency", str(latency)], {},
                       lambda: os.path.exists(f"{run}/idmlockd.sock"),
                       lambda: measure(build, "idm", rounds, {"ILM_RUN_DIR": run}, [f"/dev/d{i}" for i in range(drives)]))


def sanlock(build, library, folder, rounds, disk, latency):
    run = f"{folder}/sanlock-{latency}"
    os.makedirs(f"{run}/dev")
    os.symlink(disk, f"{run}/dev/bench-lvmlock")
    environment = {"SANLOCK_PRIVILEGED": "0", "SANLOCK_RUN_DIR": run, "LVMLOCKD_DEVICE_FOLDER": f"{run}/dev"}
    slow = {"LD_PRELOAD": library, "SLOW_DISK_NANOSECONDS": str(latency * 1000)}
    return with_daemon(["sanlock", "daemon", "-w", "0", "-D", "-U", "root", "-G", "root", "-e", "bench"], environment | slow,
                       lambda: os.path.exists(f"{run}/sanlock.sock"),
                       lambda: measure(build, "sanlock", rounds, environment))


def dlm(build, folder, rounds):
    daemons = hosts.start_cluster(folder)
    try:
        return measure(build, "dlm", rounds, {})
    finally:
        for daemon in daemons:
            hosts.Host.kill(daemon)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("library")
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--disk", default="/dev/loop0")
    options = parser.parse_args()
    folder = tempfile.mkdtemp()
    print(f"times in microseconds\n{'':8} {'drives':>6} {'latency':>8} {'lock p50':>10} {'p99':>10} {'both p50':>10} {'p99':>10}",
          flush=True)

    def row(name, drives, latency, times):
        print(f"{name:8} {drives:>6} {latency:>8} " + " ".join(f"{time:>10.1f}" for time in times), flush=True)

    for drives in (1, 3, 5):
        for latency in LATENCIES:
            row("idm", drives, latency, idm(options.build, folder, options.rounds, drives, latency))
    for latency in LATENCIES:
        row("sanlock", 1, latency, sanlock(options.build, options.library, folder, options.rounds, options.disk, latency))
    row("dlm", "-", "-", dlm(options.build, folder, options.rounds))


if __name__ == "__main__":
    main()
