# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hosts that share disks: a guest each, on a bridge in a network namespace of their own."""

import atexit
import concurrent.futures
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from agent import ADDRESS, PORT

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECONDS_TO_BOOT = 180
MAP_ROOT = [] if os.geteuid() == 0 else ["--map-root-user"]


def why_no_network():
    """Some machines let nobody make networks; empty where they do."""
    words = ["unshare", "--net", *MAP_ROOT, "--", "sh", "-c",
             "ip link add bridge0 type bridge && ip tuntap add dev tap0 mode tap"]
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.stderr.strip() if done.returncode else ""


def enter_own_network():
    """This program again, in a network namespace that nobody else sees and that ends with it."""
    if os.environ.get("CLUSTER_NETWORK") == "own":
        subprocess.run(["sh", "-c", f"ip link set lo up && ip link add bridge0 type bridge && "
                        f"ip address add {ADDRESS}254/24 dev bridge0 && ip link set bridge0 up"], check=True)
        return
    os.environ["CLUSTER_NETWORK"] = "own"
    os.execvp("unshare", ["unshare", "--net", *MAP_ROOT, "--", sys.executable, *sys.argv])


class Host:
    """A guest: boots, does what it is told, loses its power."""

    def __init__(self, number, shared, results, with_reference):
        self.number, self.name, self.address = number, f"host{number}", f"{ADDRESS}{number}"
        self.tap, self.shared, self.results, self.with_reference = f"tap{number}", shared, results, with_reference
        self.process = None
        self.reference = False  # its commands and lvmlockd are LVM2's
        subprocess.run(["sh", "-c", f"ip tuntap add dev {self.tap} mode tap && ip link set {self.tap} master bridge0 && "
                        f"ip link set {self.tap} up"], check=True)

    def start(self):
        words = [f"{ROOT}/dev", "guest", "--udev", "--memory", "768M", "--timeout", "1700", "--network", self.tap,
                 "--results", self.results]
        for file in self.shared:
            words += ["--shared", file]
        if self.with_reference:
            words.append("--with-reference")
        words += ["--", "/usr/bin/python3", f"{ROOT}/tests/cluster/agent.py", str(self.number)]
        self.process = subprocess.Popen(words, env=dict(os.environ, stage_ready="1"), stdin=subprocess.DEVNULL,
                                        start_new_session=True)

    def wait(self):
        end = time.time() + SECONDS_TO_BOOT
        while True:
            try:
                socket.create_connection((self.address, PORT), timeout=2).close()
                return
            except OSError as error:
                if time.time() > end or self.process.poll() is not None:
                    raise RuntimeError(f"{self.name} does not come up: {error}") from error
                time.sleep(0.2)

    def ask(self, seconds, **request):
        with socket.create_connection((self.address, PORT), timeout=20) as connection:
            connection.settimeout(seconds + 20)
            connection.sendall(json.dumps({"timeout": seconds, **request}).encode() + b"\n")
            answer = connection.makefile().readline()
        if not answer:
            raise EOFError(f"{self.name} went away during: {request['command']}")
        answer = json.loads(answer)
        return answer["status"], answer["output"]

    def answers(self):
        try:
            return self.ask(5, command="true")[0] == 0
        except (OSError, EOFError):
            return False

    def call(self, command, seconds=180):
        """(exit status, output and errors) of a line for the shell."""
        return self.ask(seconds, command=command)

    def must(self, command, seconds=180):
        status, output = self.call(command, seconds)
        if status != 0:
            raise RuntimeError(f"{self.name}: {command}\nends with {status}:\n{output}")
        return output

    def lvm(self, command, seconds=180):
        return self.call(("ref lvm " if self.reference else "lvm ") + command, seconds)

    def background(self, command, log):
        """Its process id; what it says goes to the file log."""
        return int(self.ask(20, command=command, log=log)[1])

    def until(self, command, seconds, text=""):
        """Waits until the command succeeds."""
        end = time.time() + seconds
        while True:
            status, output = self.call(command)
            if status == 0:
                return output
            if time.time() > end:
                raise RuntimeError(f"{self.name}: not within {seconds} s: {text or command}\n{output}")
            time.sleep(0.5)

    def power_off(self):
        """At once, as by a plug that is pulled."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)  # ./dev guest kills its kernel
            self.process.wait()


class Cluster:
    def __init__(self, hosts, disks, size="512M", with_reference=False):
        os.makedirs(f"{ROOT}/build/guest", exist_ok=True)
        self.folder = tempfile.mkdtemp(prefix="cluster.", dir=f"{ROOT}/build/guest")
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        atexit.register(self.power_off)
        self.shared = [f"{self.folder}/shared{number}" for number in range(disks)]
        for file in self.shared:
            subprocess.run(["truncate", "-s", size, file], check=True)
        self.hosts = [Host(number, self.shared, f"{self.folder}/results{number}", with_reference)
                      for number in range(1, hosts + 1)]
        self.storage = None

    def add_storage(self):
        """A host beside the others, that none of them is."""
        self.storage = Host(100, [], f"{self.folder}/results", False)

    def all(self):
        return self.hosts + ([self.storage] if self.storage else [])

    def boot(self):
        for host in self.all():
            host.start()
        for host in self.all():
            host.wait()

    def power_off(self):
        for host in self.all():
            host.power_off()


def at_once(calls):
    """The results of functions that run side by side."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]
