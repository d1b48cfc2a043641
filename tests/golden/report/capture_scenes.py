#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""In a guest: makes volumes of every kind with the reference and captures what it reports of them.

  ./dev guest --bare --with-reference -- tests/golden/report/capture_scenes.py [SCENE...]

scenes/NAME.txt holds the lines: `disks N SIZE` makes /dev/mapper/disk0..., `fail N` and `mend N` make such a disk
fail and work again, `slow N MS` makes writes to its extents slow, `lose N` takes it away, `open PATH` and `close` hold a
device, `wait` waits until nothing is synchronising, `capture NAME` writes a folder NAME. All other lines are run by a
shell, programs of the reference first. A folder gets what capture.py writes for commands-kinds.txt, and live.txt:
devices, tables, status lines.
"""
import os
import re
import shutil
import subprocess
import sys
import time

import capture

HERE = os.path.dirname(os.path.abspath(__file__))
RESULTS = "/results"
INFO = "name,uuid,major,minor,open,events,suspended,readonly,tables_loaded,device_count"


def output(*words):
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout


def read_ahead(major, minor):
    with open(f"/sys/dev/block/{major}:{minor}/queue/read_ahead_kb") as file:
        return int(file.read()) * 2


def shown_lines(kind, text):
    return [f"{kind} {line}" for line in text.splitlines() if line and line != "No devices found"]


def live_state():
    lines = []
    for line in output("dmsetup", "info", "-c", "--noheadings", "--separator", "|", "-o", INFO).splitlines():
        if "|" not in line:
            continue
        name, uuid, major, minor, opened, events, suspended, read_only, tables, _ = line.split("|")
        lines.append(f"device {name} {uuid or '-'} {major} {minor} {opened} {events} {suspended} {read_only} "
                     f"{tables} {read_ahead(major, minor)}")
    lines += shown_lines("table", output("dmsetup", "table"))
    lines += shown_lines("status", output("dmsetup", "status", "--noflush"))
    return lines


class Scene:
    def __init__(self, name):
        self.name = name
        self.disks = 0
        self.held = []

    def do_disks(self, count, size):
        self.disks = int(count)
        for number in range(self.disks):
            path = f"/tmp/scene-disk{number}"
            subprocess.run(["truncate", "-s", size, path], check=True)
            subprocess.run(["losetup", f"/dev/loop{number}", path], check=True)
            sectors = os.stat(path).st_size // 512
            subprocess.run(["dmsetup", "create", f"disk{number}", "--table",
                            f"0 {sectors} linear 7:{number} 0"], check=True)

    def _table(self, number, table):
        size = os.stat(f"/tmp/scene-disk{number}").st_size // 512
        subprocess.run(["dmsetup", "load", f"disk{number}"], input=table.format(size), text=True, check=True)
        subprocess.run(["dmsetup", "resume", "--noflush", f"disk{number}"], check=True)

    def do_fail(self, number):
        self._table(number, "0 {} error")

    def do_mend(self, number):
        self._table(number, "0 {} linear 7:%s 0" % number)

    def do_slow(self, number, milliseconds):
        """What is written behind the metadata area takes so long."""
        rest = os.stat(f"/tmp/scene-disk{number}").st_size // 512 - 2048
        self._table(number, f"0 2048 linear 7:{number} 0\n2048 {rest} delay 7:{number} 2048 0 "
                            f"7:{number} 2048 {milliseconds}")

    def do_lose(self, number):
        with open(f"/tmp/scene-disk{number}", "r+b") as disk:
            disk.write(bytes(4096))
        subprocess.run(["blockdev", "--flushbufs", f"/dev/mapper/disk{number}"], check=True)

    def do_open(self, path):
        self.held.append(open(path, "rb"))

    def do_close(self):
        for file in self.held:
            file.close()
        self.held = []

    def do_wait(self):
        for _ in range(600):
            status = output("dmsetup", "status", "--noflush")
            if not any(f" {word} " in status for word in ("resync", "recover", "check", "repair")):
                return
            time.sleep(0.2)
        raise SystemExit(f"{self.name}: still synchronising:\n{status}")

    def do_capture(self, name):
        folder = os.path.join(RESULTS, name)
        for _ in range(5):
            before = live_state()
            capture.capture("/usr/local/bin/ref-lvm", folder, "commands-kinds.txt")
            if live_state() == before:
                break
        else:
            print(f"{name}: the state changed while it was captured", flush=True)
        with open(os.path.join(folder, "live.txt"), "w") as live:
            live.write("\n".join(before) + "\n")
        print(f"captured {name}", flush=True)

    def run(self):
        with open(os.path.join(HERE, "scenes", self.name + ".txt")) as lines:
            for line in lines:
                words = line.split()
                if not words or words[0].startswith("#"):
                    continue
                action = getattr(self, "do_" + words[0], None)
                if action:
                    action(*words[1:])
                    continue
                done = subprocess.run(["sh", "-c", line], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                if done.returncode:
                    print(f"{self.name}: {line.strip()}: {done.returncode}\n{done.stdout}", flush=True)

    def clean(self):
        self.do_close()
        for _ in range(10):
            names = [line.split()[0] for line in output("dmsetup", "ls").splitlines() if "(" in line]
            if not names:
                break
            subprocess.run(["dmsetup", "remove", "--force", *names], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            time.sleep(0.1)
        # What a command that failed has left where device nodes were.
        shutil.rmtree("/dev/vg", ignore_errors=True)
        for number in range(self.disks):
            subprocess.run(["losetup", "-d", f"/dev/loop{number}"], stderr=subprocess.DEVNULL)
            os.remove(f"/tmp/scene-disk{number}")


def main():
    # The loop devices below the disks carry the same labels.
    with open("/etc/lvm/lvm.conf") as file:
        settings = file.read()
    with open("/etc/lvm/lvm.conf", "w") as file:
        file.write(re.sub(r"(?m)^ *filter = .*$", 'filter = [ "a|^/dev/mapper/disk|", "r|.*|" ]', settings))
    names = sys.argv[1:] or sorted(name[:-4] for name in os.listdir(os.path.join(HERE, "scenes")))
    os.makedirs("/usr/local/bin", exist_ok=True)
    with open("/usr/local/bin/ref-lvm", "w") as wrapper:
        wrapper.write("#!/bin/sh\nexec ref lvm \"$@\"\n")
    os.chmod("/usr/local/bin/ref-lvm", 0o755)
    for program in ("pvcreate pvs vgcreate vgchange vgreduce vgextend vgcfgrestore lvcreate lvchange lvconvert lvremove "
                    "lvextend lvrename lvs pvchange lvresize vgcfgbackup").split():
        link = f"/usr/local/bin/{program}"
        if os.path.lexists(link):
            os.remove(link)
        with open(link, "w") as wrapper:
            wrapper.write(f"#!/bin/sh\nexec ref {program} \"$@\"\n")
        os.chmod(link, 0o755)
    os.environ["PATH"] = "/usr/local/bin:" + os.environ["PATH"]
    os.environ["LVM_SUPPRESS_FD_WARNINGS"] = "1"
    # No udev runs: nodes are made by hand.
    os.environ["DM_DISABLE_UDEV"] = "1"
    for name in names:
        scene = Scene(name)
        try:
            scene.run()
        finally:
            scene.clean()


if __name__ == "__main__":
    main()
