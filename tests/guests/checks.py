# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the checks of whole commands in a guest share: they run as root on the guest's own disks."""
import os
import re
import subprocess
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness.panics import has_passed, passed_before  # noqa: E402

CHECKS = []


class Failed(Exception):
    pass


def check(function):
    """Marks a check; its name is what -k matches, its first line of documentation what is shown."""
    CHECKS.append(function)
    return function


def expect(condition, text):
    if not condition:
        raise Failed(text)


def run(command, status=0, text=None):
    """Runs a shell line. `status` None: any. Returns its output, errors included."""
    done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                          timeout=2000)  # mkinitramfs, on a slow machine that does much else
    output = done.stdout.decode(errors="replace")
    if status is not None and done.returncode != status:
        raise Failed(f"{command}: exit {done.returncode}, not {status}\n{output}")
    if text is not None and text not in output:
        raise Failed(f"{command}: no {text!r} in\n{output}")
    return output


def loop_disks(sizes):
    """Disks made of files, as /dev/loopN."""
    out = []
    for number, size in enumerate(sizes):
        path = f"/tmp/check-disk{number}"
        with open(path, "wb") as file:
            file.truncate(size)
        out.append(run(f"losetup --find --show {path}").strip())
    return out


def drop_loop_disks(disks):
    for disk in disks:
        run(f"losetup -d {disk}", status=None)


def main(name):
    pattern = sys.argv[sys.argv.index("-k") + 1] if "-k" in sys.argv else ""
    chosen = [function for function in CHECKS if re.search(pattern, f"{name}.{function.__name__}")]
    if "--list" in sys.argv:
        print("\n".join(function.__name__ for function in chosen), end="")
        return
    passed, failed = 0, 0
    before = passed_before()
    for function in chosen:
        if function.__name__ in before:
            passed += 1
            continue
        start = time.time()
        try:
            function()
            passed += 1
            verdict = "ok"
            has_passed(function.__name__)
        except Exception as error:  # whatever it is, the other checks still run
            failed += 1
            verdict = "FAILED"
            print(error if isinstance(error, Failed) else traceback.format_exc())
        print(f"    {name}.{function.__name__}: {verdict} ({time.time() - start:.1f} s)", flush=True)
    print(f"guest: {passed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)
