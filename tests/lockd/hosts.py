#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two hosts on one machine: two lvmlockd with a socket and a host id each, over one lock manager that is real.

  hosts.py BUILD sanlock    two sanlock daemons (without a watchdog) over leases in one file; any user that can run sanlock
  hosts.py BUILD idm DRIVE...  two idmlockd over drives with mutexes, in a guest
  hosts.py BUILD dlm        one host, a cluster of its own (corosync, dlm_controld, the kernel's dlm), in a guest with udev

A holds an LV exclusively: B is refused, and told by whom. A's lvmlockd dies: B is still refused, and the next lvmlockd of
A takes the lock over. A dies altogether: B gets the lock, but not before A's lease has ended.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from checks import Checks

VG, VG_UUID = "vg", "aaaaaa-bbbb-cccc-dddd-eeee-ffff-gggggg"
LV_UUID = "111111-2222-3333-4444-5555-6666-777777"
EAGAIN, ORPHAN = 11, 222


class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(240)
        self.socket.connect(path)

    def ask(self, request, **fields):
        text = f'request="{request}"\n' + "".join(
            f"{key}={value}\n" if isinstance(value, int) else f'{key}="{value}"\n' for key, value in fields.items())
        self.socket.sendall((text + "\n##\n").encode())
        reply = b""
        while not reply.endswith(b"\n##\n"):
            piece = self.socket.recv(4096)
            if not piece:
                raise EOFError("lvmlockd closed the connection")
            reply += piece
        return dict(re.findall(r'^(\S+) = "?([^"\n]*)', reply.decode(), re.M))


class Host:
    """One host: its lock manager's daemon and its lvmlockd."""

    def __init__(self, number, build, folder, kind, drives):
        self.number, self.build, self.kind, self.drives = number, build, kind, drives
        self.run = f"{folder}/host{number}"
        os.makedirs(self.run)
        self.environment = dict(os.environ, SANLOCK_PRIVILEGED="0", SANLOCK_RUN_DIR=self.run,
                                LVMLOCKD_DEVICE_FOLDER=f"{folder}/dev", ILM_RUN_DIR=self.run,
                                LVMLOCKD_IDM_GLOBAL_DRIVES=",".join(drives))
        self.daemon = self.manager = None

    def start_manager(self):
        if self.kind == "sanlock":
            words = ["sanlock", "daemon", "-w", "0", "-D", "-e", f"host{self.number}"]
        else:
            words = [self.build + "/src/idm/idmlockd", "-D", "1", "--run-dir", self.run, "--host-name", f"host{self.number}"]
        self.manager = subprocess.Popen(words, env=self.environment, stdin=subprocess.DEVNULL,
                                        stdout=open(self.run + "/manager.log", "w"), stderr=subprocess.STDOUT,
                                        start_new_session=True)
        time.sleep(1)

    def start_daemon(self, adopt=False):
        self.daemon = subprocess.Popen(
            [self.build + "/src/lockd/lvmlockd", "-D", "-g", self.kind, "-i", str(self.number), "-o", "2", "-A",
             "1" if adopt else "0", "-s", self.run + "/socket", "-p", self.run + "/pid", "--adopt-file",
             self.run + "/adopt"],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(self.run + "/lvmlockd.log", "a"), start_new_session=True)
        for _ in range(100):
            time.sleep(0.1)
            try:
                return Client(self.run + "/socket")
            except OSError:
                continue
        raise RuntimeError(f"host {self.number}: lvmlockd does not answer")

    @staticmethod
    def kill(process):
        if process and process.poll() is None:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()

    def die(self):
        self.kill(self.daemon)
        self.kill(self.manager)


def scenario(kind, build, folder, drives, checks):
    os.makedirs(folder + "/dev")
    with open(f"{folder}/dev/{VG}-lvmlock", "wb") as file:
        file.truncate(80 << 20)
    a, b = (Host(number, build, folder, kind, drives) for number in (1, 2))
    try:
        play(kind, a, b, drives, checks)
    finally:
        for host in (a, b):
            host.die()


def play(kind, a, b, drives, checks):
    paths = {"path_num": len(drives), **{f"path[{i}]": drive for i, drive in enumerate(drives)}} if kind == "idm" else {}
    for host in (a, b):
        host.start_manager()
    one, two = a.start_daemon(), b.start_daemon()
    vg = {"vg_name": VG, "vg_uuid": VG_UUID, "vg_lock_type": kind}
    args = {}
    reply = one.ask("init_vg", **vg, vg_lock_args="lvmlock" if kind == "sanlock" else "none", opts="enable")
    checks.that("the VG gets its locks", reply["op_result"] == "0", reply)
    vg["vg_lock_args"] = reply["vg_lock_args"]
    for name, client in (("A", one), ("B", two)):
        reply = client.ask("start_vg", **vg, opts="wait", **paths)
        checks.that(f"{name} starts the VG", reply["op_result"] == "0", reply)
    reply = one.ask("init_lv", **vg, lv_name="lv", lv_uuid=LV_UUID)
    checks.that("an LV gets its lock", reply["op_result"] == "0", reply)
    lv = {**vg, "lv_name": "lv", "lv_uuid": LV_UUID, "lv_lock_args": reply["lv_lock_args"], **paths}
    take = lambda client, mode, **more: client.ask("lock_lv", **lv, mode=mode, **{"opts": "persistent", **more})

    for lock in ("lock_gl", "lock_vg"):
        fields = {"mode": "ex", "vg_lock_type": kind} | ({"vg_name": VG} if lock == "lock_vg" else {})
        reply = one.ask(lock, **fields)
        checks.that(f"A gets {lock} ex", reply["op_result"] == "0", reply)
        reply = two.ask(lock, **fields, max_retries=0)
        checks.that(f"B does not get {lock} meanwhile", reply["op_result"] == f"-{EAGAIN}", reply)
        checks.that("and hears who has it", reply.get("owner_host_id") == "1" or reply.get("owner_name") == "host1", reply)
        one.ask(lock, **(fields | {"mode": "un"}))
        reply = two.ask(lock, **fields)
        checks.that(f"B gets {lock} afterwards", reply["op_result"] == "0", reply)
        two.ask(lock, **(fields | {"mode": "un"}))

    checks.that("A and B share an LV", take(one, "sh")["op_result"] == take(two, "sh")["op_result"] == "0")
    checks.that("a sharer cannot become exclusive beside another", take(one, "ex")["op_result"] == f"-{EAGAIN}")
    take(two, "un")
    reply = take(one, "ex")
    checks.that("but when it is alone", reply["op_result"] == "0", reply)
    reply = take(two, "ex")
    checks.that("A's exclusive LV is refused to B", reply["op_result"] == f"-{EAGAIN}", reply)
    checks.that("with its holder", reply.get("owner_host_id") == "1" or reply.get("owner_name") == "host1", reply)
    reply = two.ask("busy_vg", **vg)
    checks.that("B cannot remove the VG", reply["op_result"] != "0", reply)

    if kind == "idm":
        play_drives(one, two, vg, drives, checks)

    Host.kill(a.daemon)
    checks.that("A's lvmlockd dies: its LV stays refused", take(two, "ex")["op_result"] == f"-{EAGAIN}")
    one = a.start_daemon(adopt=False)
    reply = one.ask("start_vg", **vg, opts="wait,adopt", **paths)
    checks.that("the next one joins again", reply["op_result"] == "0", reply)
    if kind == "sanlock":
        reply = take(one, "ex")
        checks.that("an orphan is said", reply["op_result"] == f"-{ORPHAN}", reply)
    reply = take(one, "ex", opts="persistent,adopt_only")
    checks.that("and adopted", reply["op_result"] == "0", reply)
    checks.that("B is still refused", take(two, "ex")["op_result"] == f"-{EAGAIN}")

    a.die()
    died = time.time()
    while (reply := take(two, "ex"))["op_result"] == f"-{EAGAIN}" and time.time() - died < 240:
        time.sleep(1)
    waited = time.time() - died
    checks.that(f"A dies: B gets the LV, after {waited:.0f} s", reply["op_result"] == "0", reply)
    # io_timeout 2: eight times that is how long A itself may still be writing.
    least = 16 if kind == "sanlock" else 50
    checks.that(f"and not before {least} s, when A's lease had ended", waited >= least, f"{waited:.0f} s")
    take(two, "un")
    reply = two.ask("stop_vg", **vg)
    checks.that("B stops the VG", reply["op_result"] == "0", reply)


def play_drives(one, two, vg, drives, checks):
    """A makes the VG one of the first drive alone, then of all: B, that knows the former ones, is never beside it."""
    flags = lambda reply: (reply["op_result"], reply["result_flags"])

    def place(client, paths, opts="none"):
        named = {"path_num": len(paths), **{f"path[{i}]": path for i, path in enumerate(paths)}}
        return client.ask("place_vg", **vg, version=7, opts=opts, **named)

    lock = lambda client, mode, **more: client.ask("lock_vg", vg_name=VG, vg_lock_type="idm", mode=mode, **more)
    first, others = drives[:1], drives[1:]
    for client in (one, two):
        lock(client, "ex")
        checks.that("the VG's lock goes to one drive", flags(place(client, first)) == ("0", "MOVED"))
        lock(client, "un")
    lock(one, "ex")
    checks.that("A moves it to the others, jointly first", flags(place(one, others, "joint"))[0] == "0")
    checks.that("B, by the former drive, is refused", lock(two, "ex", max_retries=0)["op_result"] == f"-{EAGAIN}")
    one.ask("vg_update", **vg, version=8)
    checks.that("then for good", flags(place(one, others))[0] == "0")
    reply = lock(two, "sh")
    checks.that("now B gets it by the former drive", reply["op_result"] == "0", reply)
    reply = place(two, others)
    checks.that("but not where the metadata say", reply["op_result"] == f"-{EAGAIN}", reply)
    lock(two, "un")
    lock(one, "un")
    lock(two, "sh")
    checks.that("when A has unlocked, it moves and B reads again", flags(place(two, others)) == ("0", "MOVED"))
    checks.that("once", flags(place(two, others)) == ("0", "none"))
    lock(two, "un")
    for client in (one, two):
        lock(client, "ex")
        checks.that("back to all drives", flags(place(client, drives)) == ("0", "MOVED"))
        lock(client, "un")


COROSYNC = """
totem {
 version: 2
 secauth: off
 cluster_name: test
 transport: udpu
}
nodelist {
 node {
  ring0_addr: 127.0.0.1
  nodeid: 1
  name: node1
 }
}
quorum {
 provider: corosync_votequorum
 expected_votes: 1
}
logging {
 to_stderr: yes
 to_syslog: no
}
"""


def start_cluster(folder):
    """In a guest: this host is the cluster."""
    modules = sorted(os.listdir("/usr/lib/uml/modules"))[-1]
    os.makedirs("/lib/modules", exist_ok=True)
    subprocess.run(["ln", "-sfn", f"/usr/lib/uml/modules/{modules}", f"/lib/modules/{modules}"], check=True)
    for words in (["depmod", modules], ["modprobe", "configfs"], ["modprobe", "dlm"],
                  ["mount", "-t", "configfs", "none", "/sys/kernel/config"], ["ip", "link", "set", "lo", "up"]):
        subprocess.run(words, capture_output=True)
    for path, text in (("/etc/corosync/corosync.conf", COROSYNC), ("/etc/dlm/dlm.conf", "enable_fencing=0\n")):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    for name in ("/var/lib/corosync", "/var/log/cluster"):
        os.makedirs(name, exist_ok=True)
    daemons = []
    # dlm_controld ends where it finds no corosync.
    for words, is_up in ((["corosync", "-f"], is_quorate), (["dlm_controld", "-D"], knows_cluster)):
        with open(f"{folder}/{words[0]}.log", "w") as log:
            daemons.append(subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True))
        end = time.monotonic() + 240
        while not is_up():
            if time.monotonic() > end:
                with open(f"{folder}/{words[0]}.log") as log:
                    raise RuntimeError(f"{words[0]} is not ready: {log.read()[-2000:]}")
            time.sleep(1)
    time.sleep(2)
    return daemons


def is_quorate():
    seen = subprocess.run(["corosync-quorumtool", "-s"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return any(line.split() == ["Quorate:", "Yes"] for line in seen.stdout.splitlines())


def knows_cluster():
    try:
        with open("/sys/kernel/config/dlm/cluster/cluster_name") as file:
            return bool(file.read().strip())
    except OSError:
        return False


def dlm_scenario(build, folder, checks):
    daemons = start_cluster(folder)
    host = Host(1, build, folder, "dlm", [])
    try:
        one = host.start_daemon()
        vg = {"vg_name": VG, "vg_uuid": VG_UUID, "vg_lock_type": "dlm"}
        reply = one.ask("init_vg", **vg, vg_lock_args="none")
        checks.that("the VG is this cluster's", reply["vg_lock_args"] == "1.0.0:test", reply)
        other = one.ask("start_vg", **vg, vg_lock_args="1.0.0:other", opts="wait")
        checks.that("a VG of another cluster is refused", other["op_result"] == "-212", other)
        vg["vg_lock_args"] = reply["vg_lock_args"]
        lv = {**vg, "lv_name": "lv", "lv_uuid": LV_UUID, "lv_lock_args": "dlm"}
        for text, request, fields in (
                ("the VG starts", "start_vg", {**vg, "opts": "wait"}),
                ("global lock ex", "lock_gl", {"mode": "ex", "vg_lock_type": "dlm"}),
                ("VG lock ex", "lock_vg", {**vg, "mode": "ex"}),
                ("its version is told", "vg_update", {**vg, "version": 7}),
                ("VG unlocked", "lock_vg", {**vg, "mode": "un"}),
                ("VG lock sh", "lock_vg", {**vg, "mode": "sh"}),
                ("LV lock sh", "lock_lv", {**lv, "mode": "sh", "opts": "persistent"}),
                ("LV lock converted to ex", "lock_lv", {**lv, "mode": "ex", "opts": "persistent"})):
            reply = one.ask(request, **fields)
            checks.that(text, reply["op_result"] == "0", reply)
        Host.kill(host.daemon)
        one = host.start_daemon()
        reply = one.ask("start_vg", **vg, opts="wait,adopt")
        checks.that("lvmlockd dies: the next one joins again", reply["op_result"] == "0", reply)
        reply = one.ask("lock_lv", **lv, mode="sh", opts="persistent,adopt_only")
        checks.that("the LV's lock is there, in its mode", reply["op_result"] == "-224", reply)
        reply = one.ask("lock_lv", **lv, mode="ex", opts="persistent,adopt_only")
        checks.that("and is adopted", reply["op_result"] == "0", reply)
        reply = one.ask("lock_lv", **lv, mode="un", opts="persistent")
        checks.that("and given back", reply["op_result"] == "0", reply)
        reply = one.ask("stop_vg", **vg)
        checks.that("the VG stops", reply["op_result"] == "0", reply)
    finally:
        for process in [host.daemon, *reversed(daemons)]:
            Host.kill(process)


def main():
    # Told to end, it clears away what it started, as with Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    build, kind, *drives = sys.argv[1:]
    checks = Checks()
    folder = tempfile.mkdtemp(prefix="lockd")
    try:
        if kind == "dlm":
            dlm_scenario(build, folder, checks)
        else:
            scenario(kind, build, folder, drives, checks)
    except Exception as error:  # the log tells more than a traceback alone
        checks.that(f"the scenario ran to its end ({error!r})", False)
        for root, _, files in os.walk(folder):
            for name in files:
                if name.endswith(".log"):
                    with open(os.path.join(root, name), errors="replace") as file:
                        print(f"--- {root}/{name}\n{''.join(file.readlines()[-15:])}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"lockd: {checks.passed} passed, {checks.failed} failed")
    return 0 if checks.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
