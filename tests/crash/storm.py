#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many real processes at once on the same and on different VGs on image files, killed at random.

  storm.py --lvm PROGRAM [--seconds 30] [--workers 6] [--seed 1]

Every worker has volumes of its own names and keeps book of what was acknowledged: a command that ended with 0 has
happened and stays, one that was refused has not, one that was killed has or has not. Reports must always work, agree
with the books and never show an extent twice; no command may wait for ever; no lock may stay behind.
"""
import argparse
import fcntl
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

VGS, IMAGES_PER_VG, IMAGE_SIZE = ("one", "two"), 2, 64 << 20
PATIENCE = 120
CONF = """
devices { use_devicesfile = 0 md_component_detection = 0 multipath_component_detection = 0 }
global { activation = 0 use_lvmpolld = 0 use_lvmlockd = 0 locking_dir = "%s/lock" }
activation { monitoring = 0 }
backup { retain_min = 2 retain_days = 0 }
"""


class Storm:
    def __init__(self, options):
        self.options = options
        self.folder = Path(tempfile.mkdtemp(prefix="lvm-storm-"))
        (self.folder / "etc").mkdir()
        (self.folder / "lock").mkdir()
        (self.folder / "etc/lvm.conf").write_text(CONF % self.folder)
        self.images = {vg: [self.folder / f"{vg}{i}.img" for i in range(IMAGES_PER_VG)] for vg in VGS}
        for path in sum(self.images.values(), []):
            with open(path, "wb") as image:
                image.truncate(IMAGE_SIZE)
        self.devices = ",".join(map(str, sum(self.images.values(), [])))
        self.environment = {"PATH": "/usr/sbin:/usr/bin", "LVM_SYSTEM_DIR": str(self.folder / "etc"), "LC_ALL": "C"}
        self.problems, self.counts, self.lock = [], {"commands": 0, "kills": 0, "refused": 0, "reports": 0}, threading.Lock()
        self.deadline = None

    def count(self, what):
        with self.lock:
            self.counts[what] += 1

    def complain(self, text):
        with self.lock:
            self.problems.append(text)

    def command(self, words):
        return [self.options.lvm, words[0], "--devices", self.devices, *words[1:]]

    def run(self, words, kill_after=None):
        """(status, output, errors); status None when it was killed."""
        self.count("commands")
        process = subprocess.Popen(self.command(words), env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            output, errors = process.communicate(timeout=kill_after or PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            if kill_after is None:
                self.complain(f"no end after {PATIENCE} s: {' '.join(words)}")
            self.count("kills")
            return None, output, errors
        if process.returncode < 0 or "Internal error" in errors or "CHECK" in errors:
            self.complain(f"crashed ({process.returncode}): {' '.join(words)}: {errors}")
        return process.returncode, output, errors

    def volumes(self, vg):
        """name -> (extents, [ranges]); None when the report failed."""
        self.count("reports")
        status, output, errors = self.run(["lvs", "--reportformat", "json", "-o", "lv_name,seg_pe_ranges,vg_seqno", vg])
        if status != 0:
            self.complain(f"lvs {vg}: status {status}: {errors}")
            return None
        found, used, numbers = {}, set(), set()
        for row in json.loads(output)["report"][0]["lv"]:
            numbers.add(row["vg_seqno"])
            size = 0
            for device, first, last in re.findall(r"(\S+?):(\d+)-(\d+)", row["seg_pe_ranges"]):
                for extent in range(int(first), int(last) + 1):
                    if (device, extent) in used:
                        self.complain(f"{vg}: extent {extent} of {device} belongs to two volumes")
                    used.add((device, extent))
                size += int(last) - int(first) + 1
            found[row["lv_name"]] = found.get(row["lv_name"], 0) + size
        if len(numbers) > 1:
            self.complain(f"one report, several states of {vg}: {numbers}")
        return found

    def prepare(self):
        for vg in VGS:
            status, _, errors = self.run(["vgcreate", vg, *map(str, self.images[vg])])
            if status != 0:
                self.complain(f"vgcreate: {errors}")

    def finish(self):
        for vg in VGS:
            self.volumes(vg)
            status, _, errors = self.run(["vgchange", "--addtag", "end", vg])
            if status != 0:
                self.complain(f"{vg} cannot be changed in the end: {errors}")
        for path in (self.folder / "lock").rglob("*"):
            if path.is_file():
                with open(path, "rb") as file:
                    try:
                        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except OSError:
                        self.complain(f"{path.name} is still locked")
        shutil.rmtree(self.folder)


class Worker(threading.Thread):
    def __init__(self, storm, number):
        super().__init__()
        self.storm, self.number = storm, number
        self.random = random.Random(storm.options.seed * 1000 + number)
        self.books = {vg: {} for vg in VGS}  # name -> the sizes it may have; 0: not there
        self.made = 0

    def change(self, vg):
        """The words of a command and what it makes of the books: {name: size}."""
        book = self.books[vg]
        sure = [name for name, sizes in book.items() if len(sizes) == 1 and 0 not in sizes]
        kind = self.random.choice(["create", "create", "extend", "remove", "rename", "tag"])
        if kind == "create" or not sure:
            name = f"w{self.number}_{self.made}"
            self.made += 1
            size = self.random.randint(1, 2)
            return ["lvcreate", "-an", "-Zn", "-y", "-n", name, "-l", str(size), vg], {name: size}
        name = self.random.choice(sure)
        size = next(iter(book[name]))
        if kind == "extend":
            return ["lvextend", "-l", str(size + 1), f"{vg}/{name}"], {name: size + 1}
        if kind == "remove":
            return ["lvremove", "-y", f"{vg}/{name}"], {name: 0}
        if kind == "rename":
            new = f"w{self.number}_{self.made}"
            self.made += 1
            return ["lvrename", vg, name, new], {name: 0, new: size}
        return ["lvchange", "--addtag", f"t{self.made}", f"{vg}/{name}"], {}

    def check(self, vg):
        found = self.storm.volumes(vg)
        if found is None:
            return
        for name, sizes in self.books[vg].items():
            if found.get(name, 0) not in sizes:
                self.storm.complain(f"{vg}/{name} has {found.get(name, 0)} extents, may have {sorted(sizes)}")
            self.books[vg][name] = {found.get(name, 0)}
        for name in found:
            if name.startswith(f"w{self.number}_") and name not in self.books[vg]:
                self.storm.complain(f"{vg}/{name} from nowhere")
        self.books[vg] = {name: sizes for name, sizes in self.books[vg].items() if sizes != {0}}

    def run(self):
        while time.monotonic() < self.storm.deadline:
            vg = self.random.choice(VGS)
            if self.random.random() < 0.3:
                self.check(vg)
                continue
            words, effect = self.change(vg)
            kill_after = self.random.uniform(0.001, 0.15) if self.random.random() < 0.4 else None
            status, _, _ = self.storm.run(words, kill_after)
            if status not in (0, None):
                self.storm.count("refused")
            book = self.books[vg]
            for name, size in effect.items():
                if status == 0:
                    book[name] = {size}
                elif status is None:
                    book[name] = book.get(name, {0}) | {size}
                else:
                    book.setdefault(name, {0})
        for vg in VGS:
            self.check(vg)


def main():
    # Told to end, it clears away what it started, as with Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser()
    parser.add_argument("--lvm", required=True)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--workers", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.lvm = os.path.abspath(options.lvm)
    storm = Storm(options)
    storm.prepare()
    storm.deadline = time.monotonic() + options.seconds
    workers = [Worker(storm, number) for number in range(options.workers)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    storm.finish()
    for problem in storm.problems[:20]:
        print(f"    {problem}")
    counts = storm.counts
    useful = counts["commands"] - counts["kills"] - counts["refused"] > 10
    if not useful:
        print("    hardly a command succeeded: nothing was tested")
    print(f"  {'ok  ' if not storm.problems and useful else 'FAIL'} storm: {counts['commands']} commands by "
          f"{options.workers} workers in {options.seconds:g} s, {counts['kills']} killed, {counts['refused']} refused, "
          f"{counts['reports']} reports")
    good = not storm.problems and useful
    print(f"storm: {int(good)} passed, {int(not good)} failed")
    return 0 if good else 1


sys.exit(main())
