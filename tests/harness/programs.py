# SPDX-License-Identifier: LGPL-2.1-or-later
"""The two programs under comparison and how one command line is run."""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field

from harness import status_lines

REFERENCE_LIBRARIES = "/reference/lib/x86_64-linux-gnu:/reference/usr/lib/x86_64-linux-gnu"


@dataclass
class Result:
    status: int
    out: str
    err: str


@dataclass
class Program:
    name: str
    lvm: str
    environment: dict = field(default_factory=dict)

    def run(self, arguments, text="", timeout=120):
        """Runs `arguments` as if by its link: argv[0] names the command, the file is the lvm program."""
        try:
            done = subprocess.run(arguments, executable=self.lvm, env={**os.environ, **self.environment},
                                  input=text.encode(), capture_output=True, timeout=timeout, check=False)
        except subprocess.TimeoutExpired as late:
            return Result(124, (late.stdout or b"").decode(errors="replace"), f"no end after {timeout} s\n")
        status_lines.note()
        return Result(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    def await_background(self, timeout=120):
        """Returns when no process of the program is left."""
        end = time.monotonic() + timeout
        while any(_executable(process) == self.lvm for process in os.listdir("/proc") if process.isdigit()):
            if time.monotonic() > end:
                raise RuntimeError(f"{self.name}: a process in the background does not end within {timeout} s")
            time.sleep(0.1)


def _executable(process):
    try:
        return os.readlink(f"/proc/{process}/exe")
    except OSError:
        return ""


def ours():
    """This build's program, in a guest at its installed place; LVMPP_OURS names another one."""
    return Program("ours", os.environ.get("LVMPP_OURS", "/usr/sbin/lvm"))


def reference():
    # Its fsadm script calls lvm and dmsetup by name.
    path = f"/reference/sbin:{os.environ['PATH']}"
    return Program("reference", "/reference/sbin/lvm", {"LD_LIBRARY_PATH": REFERENCE_LIBRARIES, "PATH": path})


def forget_history():
    """Empties what the programs keep outside the disks: backups, archives, hints, locks."""
    for folder in ("/etc/lvm/archive", "/etc/lvm/backup", "/run/lvm", "/run/lock/lvm", "/etc/lvm/devices"):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
