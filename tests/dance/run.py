#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The dance: this build and the reference take turns at random on the same disks, in a guest.

After each step both programs' reports of all physical volumes, volume groups, volumes and segments are equal, and
making them changed neither a disk nor the kernel's devices. Now and then the reference's checkers look at the disks.
Started by ./dev test dance; see docs/HACKING.md.
"""

import argparse
import difflib
import json
import random
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from dance.kinds import settle  # noqa: E402
from dance.steps import State, Steps  # noqa: E402
from harness import disks, kernel, metadata, programs  # noqa: E402

# Kinds need more room: their parts are many.
SHAPE, SHAPE_OF_KINDS = "4x64M,1x160M", "4x160M,1x320M"
VIEWS = {
    "pv": ["pvs", "-a", "-o", "pv_all,vg_name"],
    "vg": ["vgs", "-o", "vg_all"],
    "lv": ["lvs", "-a", "-o", "lv_all,vg_name"],
    "seg": ["lvs", "-a", "--segments", "-o", "lv_full_name,seg_all"],
    "pvseg": ["pvs", "--segments", "-o", "pv_name,pvseg_all,lv_full_name"],
}
# Starting a program five times per step is slow, and the reference's shell has no JSON: so rows of NAME='value' by one
# shell of each after each step, and JSON by processes of their own with every check.
ROWS = ["--units", "b", "--noheadings", "--nameprefixes"]
JSON = ["--units", "b", "--reportformat", "json"]


class Stopped(Exception):
    """The dance cannot go on: what failed, with the details."""


def parse_rows(text):
    return [{name.lower(): value for name, value in re.findall(r"LVM2_(\w+)='([^']*)'", line)}
            for line in text.splitlines() if "LVM2_" in line]


def parse_json(text, program, command):
    try:
        return next(iter(json.loads(text)["report"][0].values()))
    except (ValueError, KeyError, IndexError, StopIteration) as error:
        raise Stopped(f"{program.name}: {command}: no JSON report ({error}):\n{text}") from error


def view(program, options):
    """The five reports."""
    commands = [shlex.join([*command, *options]) for command in VIEWS.values()]
    if options is ROWS:
        # What `version` prints parts the reports.
        result = program.run(["lvm"], "".join(f"{command}\nversion\n" for command in commands))
        texts = re.split(r"(?m)^ *LVM version:.*\n(?:.*version:.*\n)*(?: *Configuration:.*\n)?", result.out)
        if len(texts) != len(commands) + 1:
            raise Stopped(f"{program.name}: {len(texts) - 1} reports of {len(commands)}:\n{result.out}{result.err}")
        return {what: parse_rows(text) for what, text in zip(VIEWS, texts)}
    rows = {}
    for what, command in zip(VIEWS, commands):
        result = program.run(shlex.split(command))
        if result.status != 0:
            raise Stopped(f"{program.name}: {command} exits {result.status}:\n{result.err}")
        rows[what] = parse_json(result.out, program, command)
    return rows


# (report, name, fields, reason): what the reference's reports lack.
LACKING = [
    ("seg", r"_.*_rimage_\d+", r"(new_)?data_offset|reshape_len(_le)?",
     "the reference takes what stands before the first underscore of an image's name for the name of its volume"),
]


def lacks(what, name, key):
    return any(what == report and re.search(f"/.*{names}$", name) and re.fullmatch(fields, key)
               for report, names, fields, _ in LACKING)


def compare_views(ours, reference, ignored="^$"):
    lines = []
    for what in VIEWS:
        if len(ours[what]) != len(reference[what]):
            lines.append(f"{what}: {len(ours[what])} rows by ours, {len(reference[what])} by the reference")
        for mine, other in zip(ours[what], reference[what]):
            name = next(iter(other.values()))
            for key in sorted({*mine, *other}):
                if mine.get(key) == other.get(key) or re.search(ignored, key):
                    continue
                if other.get(key) or not lacks(what, name, key):
                    lines.append(f"{what} {name} {key}: ours {mine.get(key)!r}, the reference {other.get(key)!r}")
    if lines:
        raise Stopped("the reports differ:\n  " + "\n  ".join(lines[:60]))


class Dance:
    def __init__(self, options):
        self.random = random.Random(options.seed)
        self.reference = programs.reference()
        self.ours = self.reference if options.self else programs.ours()
        self.ignored = options.ignore or "^$"
        self.steps = Steps(self.random, options.kinds)
        self.kinds = options.kinds
        self.shape = SHAPE_OF_KINDS if options.kinds else SHAPE
        self.disks = [disks.Disk(number, *shape) for number, shape in enumerate(disks.parse_disks(self.shape))]
        self.history = []
        self.state = State(view(self.reference, ROWS))

    def world(self):
        return metadata.describe(self.disks) + kernel.describe()

    def step(self):
        # Drawn before the step, so that a seed means the same turns whatever the programs do.
        program = self.random.choice([self.ours, self.reference])
        command = self.steps.next(self.state)
        # Said before it is done: a step that never ends must be known too.
        with open("/results/dance.txt", "w" if not self.history else "a") as file:
            file.write(f"{program.name:9} {shlex.join(command)}\n")
        result = program.run(command)
        self.history.append(f"{program.name:9} {shlex.join(command)}   # {result.status}")
        if result.status not in (0, 3, 5):
            raise Stopped(f"exit status {result.status}:\n{result.out}{result.err}")
        if self.kinds:
            settle()
            # Whoever ends a merge or a move in the background writes the metadata when it has ended.
            for each in (self.ours, self.reference):
                each.await_background()
        before = self.world()
        suspended = [name for name, device in kernel.devices().items() if "suspended" in device["flags"]]
        if suspended:
            raise Stopped(f"left suspended: {' '.join(suspended)}")
        ours = view(self.ours, ROWS)
        if self.world() != before:
            raise Stopped("our reports changed a disk or a device:\n  " + "\n  ".join(changed(before, self.world())))
        reference = view(self.reference, ROWS)
        if self.world() != before:
            raise Stopped("the reference repaired something when it read:\n  "
                          + "\n  ".join(changed(before, self.world())))
        compare_views(ours, reference, self.ignored)
        self.state = State(reference)

    def check(self):
        """The JSON reports agree; the reference's checkers and blkid accept the disks."""
        compare_views(view(self.ours, JSON), view(self.reference, JSON), self.ignored)
        commands = [["vgck"]] if self.state.groups else []
        commands += [["pvck", "--dump", "headers", disk] for disk, _ in self.state.members]
        for command in commands:
            result = self.reference.run(command)
            if result.status != 0 or "CHECK" in result.err:
                raise Stopped(f"{shlex.join(command)} exits {result.status}:\n{result.out}{result.err}")
        for disk, _ in self.state.members:
            found = subprocess.run(["blkid", "-p", "-o", "value", "-s", "TYPE", disk], capture_output=True, check=False)
            if found.stdout.strip() != b"LVM2_member":
                raise Stopped(f"blkid calls {disk} {found.stdout!r}")


def changed(before, after):
    return [line for line in difflib.unified_diff(before, after, lineterm="", n=0) if not line.startswith(("---", "+++"))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0, help="0: by the clock")
    parser.add_argument("--check-every", type=int, default=25)
    parser.add_argument("--kinds", default="", help="also volumes of these kinds (dance/kinds.py), or all: raid,mirror")
    parser.add_argument("--self", action="store_true", help="the reference with itself: is the harness right?")
    parser.add_argument("--ignore", default="", help="fields not to compare, a regular expression: to look past a known "
                                                     "difference; never in CI")
    options = parser.parse_args()
    options.seed = options.seed or int(time.time())
    print(f"dance: {options.steps} steps, seed {options.seed}", flush=True)
    dance, done = Dance(options), 0
    try:
        while done < options.steps:
            dance.step()
            if (done + 1) % options.check_every == 0 or done + 1 == options.steps:
                dance.check()
                print(f"  step {done + 1}: {dance.history[-1]}", flush=True)
            done += 1
    except Stopped as stop:
        print(f"dance: step {done + 1}: {stop}\nThe steps, with exit statuses (disks: {dance.shape}):")
        print("\n".join(f"  {line}" for line in dance.history))
        print("What is there:\n" + "\n".join(f"  {line}" for line in dance.world()))
        kinds = f" --kinds {options.kinds}" if options.kinds else ""
        print(f"Again: ./dev test dance --steps {done + 1} --seed {options.seed}{kinds}")
    print(f"dance: {done} passed, {int(done < options.steps)} failed")
    return int(done < options.steps)


if __name__ == "__main__":
    sys.exit(main())
