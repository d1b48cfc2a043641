#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the GoogleTest programs (*_tests) of a build tree: one suite of them, side by side.

A test's suite name says its privilege: User*, Guest*, Qemu* (a guest with Debian's kernel), Cluster*; everything else is
a unit test.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
from pathlib import Path

PRIVILEGED = ("User", "Guest", "Qemu", "Cluster")


def suite_of(test):
    """"UserThing.case", "UserPrefix/Thing.case/0" and "Prefix/UserThing.case/0" -> "user"."""
    parts = test.split(".")[0].split("/")
    return next((kind.lower() for kind in PRIVILEGED if any(part.startswith(kind) for part in parts)), "unit")


def tests_of(program):
    listed = subprocess.run([program, "--gtest_list_tests"], capture_output=True, text=True, check=True).stdout
    found, group = [], ""
    for line in listed.splitlines():
        name = line.split("#")[0].rstrip()
        if line.startswith(" "):
            found.append(group + name.strip())
        elif name.endswith("."):
            group = name
    return found


def run(program, names, timeout):
    """(passed, failed, output to show)."""
    try:
        done = subprocess.run([program, "--gtest_brief=1", "--gtest_filter=" + ":".join(names)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=timeout, text=True, errors="replace", check=False)
        output, status = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        output, status = (late.stdout or b"").decode(errors="replace") + f"\nno end after {timeout} s", 1
    passed = sum(map(int, re.findall(r"\[  PASSED  \] (\d+) test", output)))
    skipped = sum(map(int, re.findall(r"\[  SKIPPED \] (\d+) test", output)))
    failed = len(names) - passed - skipped
    if status != 0:
        failed = max(failed, 1)
    if skipped:
        output += f"\n{skipped} tests say they cannot run here"
    return passed, failed, output if failed or skipped else ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tree")
    parser.add_argument("suite", choices=["unit", *map(str.lower, PRIVILEGED)])
    parser.add_argument("-k", default="", help="only tests whose name matches this regular expression")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--timeout", type=int, default=600)
    options = parser.parse_args()
    programs = sorted(path for path in Path(options.tree).rglob("*_tests") if os.access(path, os.X_OK) and path.is_file())
    chosen = {}
    for program in programs:
        names = [name for name in tests_of(program)
                 if suite_of(name) == options.suite and re.search(options.k, name)]
        if names:
            chosen[program] = names
    if options.list:
        print("\n".join(name for names in chosen.values() for name in names))
        return 0
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        pending = {pool.submit(run, program, names, options.timeout): program for program, names in chosen.items()}
        for future in concurrent.futures.as_completed(pending):
            good, bad, output = future.result()
            passed, failed = passed + good, failed + bad
            print(f"  {'ok  ' if not bad else 'FAIL'} {pending[future].name}: {good} passed, {bad} failed", flush=True)
            if output:
                print("\n".join(f"    {line}" for line in output.splitlines()[-200:]))
    print(f"{options.suite}: {passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
