#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whole commands on a shared VG over drives with mutexes, in a guest: which drives vote follows the commands.

  idm_commands.py BUILD [nvme]   makes four drives of the guest's kernel, SCSI or NVMe, idmlockd and lvmlockd, and lets
                                 drives fail
"""

import os
import re
import subprocess
import sys
import time

from checks import Checks

NVME = sys.argv[2:] == ["nvme"]
DRIVES = [f"/dev/nvme{number}n1" for number in range(4)] if NVME else [f"/dev/sd{letter}" for letter in "abcd"]


def call(*words):
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    return done.returncode, done.stdout + done.stderr


def start(build):
    for number in range(1, 5):
        call(build + "/src/idm/idm-drive", "start", f"d{number}", "--backing", f"/tmp/d{number}", "--size", "96M",
             *(["--nvme"] if NVME else []))
    for _ in range(100):
        if all(os.path.exists(drive) for drive in DRIVES):
            break
        time.sleep(0.1)
    with open("/etc/lvm/lvm.conf") as file:
        text = re.sub(r"use_lvmlockd = [01]", "use_lvmlockd = 1", file.read())
    text = text.replace("filter = [", 'filter = [ "a|^/dev/nvme|",')
    with open("/etc/lvm/lvm.conf", "w") as file:
        file.write(text)
    environment = dict(os.environ, LVMLOCKD_IDM_GLOBAL_DRIVES=DRIVES[0])
    daemons = []
    for words in ([build + "/src/idm/idmlockd", "-D", "1", "--host-name", "one"],
                  [build + "/src/lockd/lvmlockd", "-D", "-g", "idm"]):
        daemons.append(subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL))
        time.sleep(1)
    return daemons


def play(build, checks):
    def lvm(text, good=True):
        status, output = call("lvm", *text.split())
        checks.that(text, (status == 0) == good, output)
        return output

    def lv_drives():
        _, output = call(build + "/src/idm/idmlockctl", "state")
        found = re.search(r"^lock .* mode=exclusive state=held .* drives=([0-9]+) ", output, re.M)
        return int(found.group(1)) if found else 0

    def fail(*numbers):
        for number in range(1, 5):
            call(build + "/src/idm/idm-drive", "set", f"d{number}", "gone", "1" if number in numbers else "0")

    # Whether the VG's lock is to be had while these drives answer nothing.
    def locked_without(*numbers):
        fail(*numbers)
        _, output = call("lvm", "vgs", "vg")
        fail()
        return "Reading VG vg without a lock" not in output

    lvm(f"vgcreate --shared vg {DRIVES[0]}")
    lvm("lvcreate -n l1 -l 2 vg")
    checks.that("an LV's lock is on its drive", lv_drives() == 1, lv_drives())
    checks.that("one drive decides: the others do not matter", locked_without(2, 3))
    lvm(f"vgextend vg {DRIVES[1]} {DRIVES[2]}")
    checks.that("of three, one may be away", locked_without(2))
    checks.that("but not two", not locked_without(2, 3))
    lvm("lvextend -l+30 vg/l1")
    checks.that("the LV's lock has followed it to a second drive", lv_drives() == 2, lv_drives())
    # Data goes, mutexes do not: two of three are enough for the VG as it is, two of four not for what it is to be.
    for number in (2, 4):
        call(build + "/src/idm/idm-drive", "set", f"d{number}", "lose-requests", "always")
    output = lvm(f"vgextend vg {DRIVES[3]}", good=False)
    checks.that("with its reason", "The lock of vg cannot go to the drives" in output, output)
    for number in (2, 4):
        call(build + "/src/idm/idm-drive", "set", f"d{number}", "lose-requests", "0")
    # An NVMe controller that got no answer is connected anew, which takes a second.
    for _ in range(20):
        _, output = call("lvm", "vgs", "--noheadings", "-o", "pv_count", "vg")
        if "Input/output error" not in output:
            break
        time.sleep(0.5)
    checks.that("and nothing was changed", output.split() == ["3"], output)
    lvm(f"vgextend vg {DRIVES[3]}")
    lvm(f"vgreduce vg {DRIVES[2]}")
    lvm("vgchange -an vg")
    lvm("vgremove -y vg")


def main():
    build = sys.argv[1]
    checks = Checks()
    daemons = start(build)
    try:
        play(build, checks)
    finally:
        for daemon in reversed(daemons):
            daemon.kill()
            daemon.wait()
    print(f"lockd: {checks.passed} passed, {checks.failed} failed")
    return 0 if checks.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
