#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shared VGs with either side of the lock protocol from LVM2.

Four runs of the same command lines, in a guest: our commands or the reference's, with our lvmlockd or the reference's,
all with --test (locks in memory). Every line must end as it does with both from the reference: same exit status, same
output. What differs on purpose is in DIFFERENT, with its reason.
"""

import argparse
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import time

print = functools.partial(print, flush=True)
CONF = "/etc/lvm/lvm.conf"
DISKS = ("/dev/loop0", "/dev/loop1")

# A line and, where it matters that both agree on it, nothing else. LV1 is the uuid of vg/l1.
LINES = """
vgcreate --shared vg /dev/loop0 /dev/loop1
vgs -o+locktype,lockargs
lvcreate -n l1 -l 2 vg
lvcreate -an -n l2 -l 2 vg
lvs -a -o+lockargs,lv_active vg
lvchange -an vg/l1
lvchange -asy vg/l1
lvextend -l+1 vg/l1
lvchange -aey vg/l1
lvextend -l+1 vg/l1
lvcreate -n l3 -l 1 -Wn -Zn vg
lvrename vg/l2 l4
lvremove -y vg/l3
vgchange --addtag foo vg
lvchange --addtag bar vg/l1
vgchange --lock-stop vg
vgchange -an vg
remote ex
lvchange -ay vg/l1
lvchange -asy vg/l1
lvextend -l+1 vg/l1
lvremove -y vg/l1
lvrename vg/l1 l9
vgremove -y vg
vgchange -ay vg
remote un
vgchange -ay vg
lvs -o+lockargs,lv_active vg
vgchange -an vg
vgchange --lock-stop vg
lvcreate -l1 vg
lvs vg
lvchange -ay vg
lvchange -an vg
vgchange -an vg
vgchange --lock-start vg
lvcreate -n l5 -l 1 vg
lvchange -an vg/l5
vgchange --lock-type none vg
vgs -o+locktype,lockargs
lvs -a -o+lockargs vg
""".strip().splitlines()
DLM_ONLY = """
vgchange --lock-type TYPE vg
lvs -a -o+lockargs vg
vgchange --lock-start vg
lvchange -ay vg/l5
lvchange -an vg/l5
vgremove -y vg
vgs
""".strip().splitlines()
SANLOCK_ONLY = """
vgremove -y vg
vgs
""".strip().splitlines()
WITHOUT = """
vgs
vgs vg
lvs vg
lvcreate -l1 vg
lvchange -ay vg
vgchange --lock-start vg
vgremove -y vg
""".strip().splitlines()
NOT_USED = """
vgs
vgs --shared
vgs vg
lvs
lvs vg
lvs --shared vg
pvs
lvcreate -l1 vg
vgcreate --shared q /dev/loop0
vgcreate --lock-type dlm q /dev/loop0
vgchange --addtag a vg
vgchange --lock-start vg
vgremove -y vg
lvchange -an vg
vgchange -an vg
vgchange -y --lock-type none --lock-opt force vg
vgs -o+locktype
vgremove -y vg
""".strip().splitlines()

# (pattern, replacement, reason), on the lines of both sides.
NORMALISE = [
    (r" \(host[^)]*\)", "", "who holds a lock is said by ours alone"),
    (r"^  Skipping global lock: lockspace not found or started\n", "", "ours asks for no global lock where one VG is named"),
    (r"^  Start a lock manager, lvmlockd did not find one running\.\n", "",
     "the reference's test mode forgets that its lock manager runs when the last VG stops"),
    (r"^  Run `.*' for more information\.\n", "", "how to get help"),
    (r"^  Starting locking\..*\n", "", "how long it may take is a guess"),
    (r"^.*lvmlockd\.socket.*\n", "", "ours says which connection failed and why"),
    (r"^  (Reading without shared global lock\.|WARNING: lvmlockd (connect failed|process is not running)\.)\n", "",
     "how the daemon is missed"),
    (r" +$", "", "columns are as wide as the widest value"),
    (r"1\.0\.0:[0-9]+", "1.0.0:N", "the reference's test mode counts leases up, ours too, from where it likes"),
]
# (line, type) -> reason: not compared.
DIFFERENT = {
    "lvchange --addtag bar vg/l1": "2.03.16 takes no lock for this; both change it when nobody holds it",
}


class Run:
    def __init__(self, client, daemon, lock_type, build):
        self.client, self.daemon, self.type, self.build = client, daemon, lock_type, build
        self.process = None

    def program(self, name, *words):
        return (["ref"] if self.client == "ref" else []) + [name, *words]

    def start(self):
        daemon = ["ref", "lvmlockd"] if self.daemon == "ref" else [self.build + "/src/lockd/lvmlockd"]
        self.process = subprocess.Popen(daemon + ["--test", "-f", "-g", self.type], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, start_new_session=True)
        for _ in range(100):
            if os.path.exists("/run/lvm/lvmlockd.socket"):
                break
            time.sleep(0.1)
        time.sleep(0.2)

    def stop(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def remote(self, mode):
        """As if another host held LV l1. The reference's daemon has no such aid: then nothing is compared."""
        if self.daemon == "ref":
            return False
        uuid = self.call(self.program("lvs", "--noheadings", "-o", "lv_uuid", "vg/l1"))[1].strip()
        ctl = self.build + "/src/lockd/lvmlockctl"
        return subprocess.run([ctl, "--set-remote-lv-lock", "vg", "--lv-uuid", uuid, "--lock-mode", mode],
                              capture_output=True, timeout=60).returncode == 0

    @staticmethod
    def call(words):
        done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
        return done.returncode, done.stdout + done.stderr


def configure(use):
    with open(CONF) as file:
        text = re.sub(r"use_lvmlockd = [01]", f"use_lvmlockd = {use}", file.read())
    with open(CONF, "w") as file:
        file.write(text)
    with open("/etc/lvm/lvmlocal.conf", "w") as file:
        file.write("local { host_id = 1 }\n")


def normalise(text):
    for pattern, replacement, _ in NORMALISE:
        text = re.sub(pattern, replacement, text, flags=re.M)
    return text


def wipe():
    subprocess.run(["dmsetup", "remove_all", "-f"], capture_output=True)
    for disk in DISKS:
        with open(disk, "r+b") as file:
            file.write(bytes(1 << 20))


def play(run):
    """[(line, status, output)] of one run."""
    wipe()
    shutil.rmtree("/run/lvm", ignore_errors=True)
    os.makedirs("/run/lvm")
    configure(1)
    run.start()
    out = []
    skipping = False

    def one(line):
        words = line.replace("TYPE", run.type).split()
        status, text = run.call(run.program(*words))
        if status == 5 and run.client == "ref" and run.type == "sanlock" and words[:2] == ["vgchange", "--lock-start"]:
            # Without udev the reference makes the leases' node only when the command ends: the first attempt lacks it.
            status, text = run.call(run.program(*words))
        out.append((line, status, normalise(text)))

    for line in LINES + (DLM_ONLY if run.type == "dlm" else SANLOCK_ONLY):
        if line.startswith("remote "):
            skipping = not run.remote(line.split()[1]) and line == "remote ex"
            continue
        if skipping:
            out.append((line, None, None))
            continue
        one(line)
    if run.type == "dlm":
        one("vgcreate --shared vg /dev/loop0")
        one("lvcreate -an -n l1 -l1 vg")
        run.stop()
        for line in WITHOUT:
            one(line)
        configure(0)
        for line in NOT_USED:
            one(line)
    else:
        run.stop()
    return out


def compare(reference, other, name, verbose):
    passed = failed = 0
    for (line, status, text), (_, got_status, got_text) in zip(reference, other):
        if line in DIFFERENT or status is None or got_status is None:
            continue
        if (status, text) == (got_status, got_text):
            passed += 1
            continue
        failed += 1
        print(f"{name}: {line}\n  reference [exit {status}]:\n{text}  here [exit {got_status}]:\n{got_text}")
    if verbose:
        print(f"    {name}: {passed} lines")
    return passed, failed


def remote_holders(run):
    """With our daemon: what another host holds exclusively is not to be had here, whoever asks."""
    wanted = {"lvchange -ay vg/l1", "lvchange -asy vg/l1", "lvextend -l+1 vg/l1", "lvremove -y vg/l1",
              "lvrename vg/l1 l9", "vgremove -y vg"}
    played = play(run)
    first = next(i for i, (line, _, _) in enumerate(played) if line == "vgchange -an vg")
    refused = [(line, status, text) for line, status, text in played[first + 1:first + 8] if line in wanted]
    bad = [entry for entry in refused if entry[1] != 5 or "LV locked by other host: vg/l1" not in entry[2]]
    for line, status, text in bad:
        print(f"{run.client} with our lvmlockd: {line} [exit {status}] was to be refused:\n{text}")
    return played, len(refused) - len(bad), len(bad)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("-k", default="")
    parser.add_argument("--show", action="store_true", help="print what the reference says")
    options = parser.parse_args()
    passed = failed = 0
    for lock_type in ("dlm", "sanlock"):
        if not re.search(options.k or ".", lock_type):
            continue
        started = time.time()
        reference = play(Run("ref", "ref", lock_type, options.build))
        print(f"    {lock_type}: the reference took {time.time() - started:.0f} s")
        if options.show:
            for line, status, text in reference:
                print(f"$ {line}\n{text}[{status}]")
        for client, daemon in (("ref", "ours"), ("ours", "ref"), ("ours", "ours")):
            run = Run(client, daemon, lock_type, options.build)
            if daemon == "ours":
                played, good, bad = remote_holders(run)
                passed, failed = passed + good, failed + bad
            else:
                played = play(run)
            good, bad = compare(reference, played, f"{lock_type}: {client} commands, {daemon} lvmlockd", True)
            passed, failed = passed + good, failed + bad
    print(f"lockd: {passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
