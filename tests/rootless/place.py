# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the User* tests of the command line are run in: an ordinary user's folders, and commands as that user."""
import json
import os
import re
import signal
import subprocess
import time

NOBODY, OTHER = 65534, 65533
MIB = 1 << 20


class Failed(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Failed(text)


class Place:
    """A user's folder with images in it, and commands run there."""

    def __init__(self, root, program, plugin, uid=NOBODY):
        self.uid = uid
        self.root = root
        self.plugin = plugin
        self.program = program
        for name in ("home", "run", "images"):
            os.mkdir(f"{root}/{name}", 0o700)
            self.own(f"{root}/{name}")
        self.environment = {
            "HOME": f"{root}/home",
            "XDG_RUNTIME_DIR": f"{root}/run",
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C",
        }
        self.dev = f"{root}/run/lvm/dev"

    def own(self, path):
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.uid)

    def as_user(self):
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.uid, "extra_groups": []}

    def image(self, name, size=64 * MIB):
        path = f"{self.root}/images/{name}"
        with open(path, "wb") as file:
            file.truncate(size)
        self.own(path)
        return path

    def command(self, *words, status=0, env=None):
        done = subprocess.run(
            words,
            cwd=f"{self.root}/images",
            env=self.environment | (env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            **self.as_user(),
        )
        check(
            status is None or done.returncode == status,
            f"`{' '.join(words)}' ended with {done.returncode}, not {status}:\n{done.stdout}{done.stderr}",
        )
        return done

    def lvm(self, line, status=0, env=None):
        return self.command(self.program, *line.split(), status=status, env=env)

    def report(self, line, env=None):
        done = self.lvm(line + " --reportformat json", env=env)
        return list(json.loads(done.stdout)["report"][0].values())[0]

    def write(self, path, data, offset=0):
        script = (
            "import os, sys; f = os.open(sys.argv[1], os.O_WRONLY);"
            "os.pwrite(f, sys.stdin.buffer.read(), int(sys.argv[2])); os.fsync(f)"
        )
        words = ["/usr/bin/python3", "-c", script, path, str(offset)]
        done = subprocess.run(words, input=data, **self.as_user())
        check(done.returncode == 0, f"writing {path} failed")

    def sum(self, path, start=""):
        """Of the whole, or of a start in bytes."""
        return self.command("sh", "-c", f'head -c {start or "-0"} "$0" | sha256sum', path).stdout.split()[0]

    def daemon(self):
        found = re.search(r"process (\d+)", self.lvm("engine info", status=None).stdout)
        return int(found[1]) if found else None

    def end(self):
        """No daemon and no mount stays behind."""
        try:
            pid = self.daemon()
        except Failed:
            pid = None
        if pid:
            os.kill(pid, signal.SIGTERM)
            for _ in range(300):
                if not os.path.exists(f"/proc/{pid}"):
                    break
                time.sleep(0.1)


def activates(place):
    """Whether the embedded engine can hold active volumes."""
    return place.lvm("engine info", status=None).returncode == 0


def has_kind(place, kind):
    return f"  {kind}\n" in place.lvm("segtypes").stdout


# --- tests: a function each; its name is "UserSuite.Case" with an underscore ---------------------------


def new_group(place, *images, size=64 * MIB):
    """Group vg on new images; returns what names these to a command."""
    for name in images:
        place.image(name, size)
    devices = {"LVM_IMAGES": ",".join(images)}
    place.lvm(f"vgcreate vg {' '.join(images)}", env=devices)
    return devices


def active_volume(place):
    """Volume x of 8 MiB in group vg on a.img; returns what names the image to a command."""
    devices = new_group(place, "a.img")
    place.lvm("lvcreate -n x -L 8M vg", env=devices)
    return devices


def wait_for_end(place):
    """Asking the daemon would keep it: each question is a client."""
    pid = place.daemon()
    for _ in range(300):
        if pid is None or not os.path.exists(f"/proc/{pid}"):
            return True
        time.sleep(0.2)
    return False
