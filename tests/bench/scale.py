#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How commands scale with the number of volumes: this build beside another LVM, on the same image behind a loop device.

Metadata only, no device-mapper: one physical volume with a large metadata area, and N linear volumes of one extent.
The reference writes each group; both programs then run the same commands on it. Needs root. Started by ./dev bench.
"""

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench import volumes  # noqa: E402

PV_ID = "benchp-vvvv-vvvv-vvvv-vvvv-vvvv-000000"
# (name, command); JSON stands for the program's typed report format. The last three undo one another.
COMMANDS = [
    ("vgs", ["vgs"]),
    ("lvs", ["lvs"]),
    ("lvs json", ["lvs", "--reportformat", "JSON"]),
    ("lvs one", ["lvs", "vg/lv7"]),
    ("lvcreate", ["lvcreate", "-an", "-Zn", "-Wn", "-y", "-l", "1", "-n", "made", "vg"]),
    ("lvrename", ["lvrename", "vg", "made", "renamed"]),
    ("lvremove", ["lvremove", "-y", "vg/renamed"]),
]
CONFIGURATION = """
devices {{
    dir = "/dev"
    scan = [ "/dev" ]
    filter = [ "a|^{device}$|", "r|.*|" ]
    use_devicesfile = 0
    obtain_device_list_from_udev = 0
    external_device_info_source = "none"
    hints = "none"
}}
activation {{
    udev_sync = 0
    udev_rules = 0
    monitoring = 0
}}
backup {{
    backup = 0
    archive = 0
}}
global {{
    use_lvmpolld = 0
    locking_dir = "{folder}/lock"
}}
log {{
    syslog = 0
}}
"""


class Program:
    def __init__(self, name, path, libraries, folder):
        self.name, self.path = name, path
        self.environment = {**os.environ, "LVM_SYSTEM_DIR": str(folder), "LVM_SUPPRESS_FD_WARNINGS": "1", "LC_ALL": "C"}
        if libraries:
            self.environment["LD_LIBRARY_PATH"] = libraries
        # What later releases call json_std is json here.
        self.json = "json_std" if name == "ours" else "json"

    def words(self, command):
        return [self.json if word == "JSON" else word for word in command] + ["--driverloaded", "n"]

    def run(self, command, prefix=()):
        words = self.words(command)
        if prefix:  # valgrind knows of no process that shares another's memory to read devices
            words = [*prefix, self.path, *words, "--config", "global/use_aio=0"]
            return subprocess.run(words, env=self.environment, capture_output=True, check=False)
        return subprocess.run(words, executable=self.path, env=self.environment, capture_output=True, check=False)

    def measure(self, command):
        """(CPU seconds, peak KiB) of one run, by a child of its own."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            done = self.run(command)
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            message = done.stderr.decode(errors="replace")[-300:].replace("\n", " ")
            os.write(writer, f"{used.ru_utime + used.ru_stime} {used.ru_maxrss} {done.returncode} {message}".encode())
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            seconds, peak, status, message = pipe.read().split(" ", 3)
        os.waitpid(child, 0)
        if int(status) != 0:
            raise RuntimeError(f"{self.name}: {' '.join(self.words(command))} exits {status}: {message}")
        return float(seconds), int(peak)

    def instructions(self, command):
        done = self.run(command, ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"])
        # A process that only reads devices ends first, with what was counted until it was forked.
        found = re.findall(rb"Collected : (\d+)", done.stderr)
        if done.returncode != 0 or not found:
            raise RuntimeError(f"{self.name}: {' '.join(command)} under valgrind exits {done.returncode}: "
                               f"{done.stderr.decode(errors='replace')[-300:]}")
        return max(map(int, found)), 0


def best(program, command, options):
    """The least of several runs for those that change nothing; one run for the others."""
    if options.instructions:
        return program.instructions(command)
    repeat = options.repeat if command[0] in ("vgs", "lvs") else 1
    runs = [program.measure(command) for _ in range(repeat)]
    return min(seconds for seconds, _ in runs), min(peak for _, peak in runs)


def measure_all(program, options):
    found = []
    for _, command in COMMANDS:
        try:
            found.append(best(program, command, options) if program else None)
        except RuntimeError as error:
            print(f"  {error}", flush=True)
            found.append(None)
    return found


def prepare(writer, device, sectors, count, folder):
    """A fresh physical volume with room for the text, and a group of `count` volumes on it."""
    # A text is at most half of the area; one volume takes some 300 bytes; the double for the changes of the run.
    area = max(4, count * 1500 // (1 << 20) + 4)
    done = writer.run(["pvcreate", "-ff", "-y", "--norestorefile", "-u", PV_ID, "--metadatasize", f"{area}m", device])
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    shown = writer.run(["pvs", "--noheadings", "--nosuffix", "--units", "s", "-o", "pe_start", device]).stdout
    text = volumes.group("vg", count, PV_ID, device, sectors, int(shown), 128)
    saved = folder / "group"
    saved.write_text(text)
    done = writer.run(["vgcfgrestore", "-f", str(saved), "vg"])
    if done.returncode:
        raise RuntimeError(done.stderr.decode())


def show(count, rows, unit):
    print(f"\n{count} volumes{'':12}{'ours':>26}{'against':>26}{'ratio':>10}")
    for name, mine, other in rows:
        def cell(pair):
            return "-" if pair is None else f"{pair[0]:,} instr" if unit == "instructions" else \
                f"{pair[0]:.3f} s {pair[1] / 1024:7.1f} MiB"
        ratio = f"{other[0] / mine[0]:.1f}x" if mine and other and mine[0] else "-"
        print(f"  {name:22}{cell(mine):>26}{cell(other):>26}{ratio:>10}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ours", default="")
    parser.add_argument("--reference", required=True, help="the lvm program that writes the groups")
    parser.add_argument("--against", default="", help="another lvm program to measure; default: the reference")
    parser.add_argument("--libraries", default="")
    parser.add_argument("--counts", default="100,1000,10000,50000")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--instructions", action="store_true", help="count instructions with callgrind instead of time")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="lvmpp-bench."))
    image = folder / "image"
    sectors = 2 * 1024 * 1024 * 16
    with open(image, "wb") as file:
        file.truncate(sectors * 512)
    device = subprocess.run(["losetup", "-f", "--show", image], capture_output=True, text=True, check=True).stdout.strip()
    try:
        (folder / "lvm.conf").write_text(CONFIGURATION.format(device=device, folder=folder))
        writer = Program("reference", options.reference, options.libraries, folder)
        other = Program("against", options.against or options.reference,
                        options.libraries if not options.against else "", folder)
        ours = Program("ours", options.ours, "", folder) if options.ours else None
        for count in map(int, options.counts.split(",")):
            prepare(writer, device, sectors, count, folder)
            # All commands by one, which leaves the group as it was, then all by the other.
            columns = [measure_all(program, options) for program in (ours, other)]
            rows = list(zip([name for name, _ in COMMANDS], *columns))
            show(count, rows, "instructions" if options.instructions else "seconds")
    finally:
        subprocess.run(["losetup", "-d", device], check=False)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
