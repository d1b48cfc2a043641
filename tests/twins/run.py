#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Twins: the same command lines by this build and by the reference on twin disks, in a guest.

After every line both must agree on exit status, output, labels and metadata on the disks, backups, device-mapper
devices and nodes. The disks have the same names for both: one program runs the whole case, everything is wiped,
the other runs it. Started by ./dev test twins; see docs/HACKING.md.
"""

import argparse
import difflib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import disks, kernel, metadata, programs, vdo  # noqa: E402
from harness.panics import has_passed, passed_before  # noqa: E402
from twins import cases  # noqa: E402
from twins.memory import Memory  # noqa: E402
from twins.normalise import Normaliser  # noqa: E402

# After a difference in one of these the rest of the case would only repeat it.
STATE = ("exit status", "disks", "kernel", "nodes", "backups")


def observe_backups():
    """Backups only: LVM2 also archives before changes that it then refuses, and once for each PV of a command."""
    lines = []
    folder = "/etc/lvm/backup"
    for name in sorted(os.listdir(folder)):
        lines.append(f"{folder}/{name}")
        lines += [f"    {line}" for line in Path(folder, name).read_text().splitlines()]
    return lines


class Run:
    """One program's trip through a case."""

    def __init__(self, case, program, other):
        self.program, self.reference = program, other
        kernel.remove_all()
        programs.forget_history()
        vdo.prepare(case.vdo)
        self.disks = [disks.Disk(number, *shape) for number, shape in enumerate(case.disks)]
        self.normalise = Normaliser()
        self.trace = []

    def close(self):
        left = kernel.remove_all()
        if left:
            raise RuntimeError(f"devices that cannot be removed: {left}")
        for disk in self.disks:
            disk.discard()

    def act(self, words):
        """A line that starts with @."""
        verb, arguments = words[0][1:], words[1:]
        if verb in ("cat", "sh"):
            command = ["cat", *arguments] if verb == "cat" else ["sh", "-c", *arguments]
            done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)
            # What dd wrote is looked at in the backing files; a device that somebody else has open keeps it for a while.
            os.sync()
            return programs.Result(done.returncode, done.stdout.decode(), done.stderr.decode())
        if verb == "forget":
            programs.forget_history()
        else:
            disk = next(disk for disk in self.disks if disk.path == arguments[0])
            if verb not in ("wipe", "detach", "attach", "resize"):
                raise ValueError(f"no such act: {verb}")
            getattr(disk, verb)(*map(disks.parse_size, arguments[1:]))
        return programs.Result(0, "", "")

    def step(self, line):
        """Runs one line; returns its normalised observation."""
        if line.words[0].startswith("@"):
            result = self.act(line.words)
        else:
            program = self.reference if line.flags.get("by") == "reference" else self.program
            result = program.run(line.words, str(line.flags.get("input", "")).replace("/", "\n"))
            if "wait" in line.flags:
                program.await_background()
        texts = metadata.describe(self.disks)
        groups = [text[4:-2] for text in texts if text.startswith("    ") and text.endswith(" {") and text[4] != " "]
        out = result.out.splitlines()
        seen = self.normalise_all({
            "exit status": [str(result.status)],
            "disks": texts,
            "kernel": kernel.describe() + vdo.describe(),
            "nodes": kernel.describe_nodes(sorted(set(groups))),
            "backups": observe_backups(),
            "output": out,
            "messages": result.err.splitlines(),
        })
        # Behind the normalising: ids are random, and lines begin with them.
        if "sort" in line.flags:
            seen["output"].sort()
        return seen

    def normalise_all(self, seen):
        # The disks first: their order of ids is the one a reader would choose.
        return {aspect: self.normalise("\n".join(seen[aspect]) + "\n").splitlines()
                for aspect in ("disks", *(key for key in seen if key != "disks"))}

    def through(self, case):
        try:
            for line in case.lines:
                self.trace.append(self.step(line))
        finally:
            self.close()
        return self.trace


def compared(case, line, reference):
    aspects = [aspect for aspect in STATE if aspect != "backups" or case.backups]
    # What follows a malformed command line is a piece of the help text, and each program's own.
    if "nostdout" not in line.flags and reference["exit status"] != ["3"]:
        aspects.append("output")
    if "stderr" in line.flags:
        aspects.append("messages")
    return aspects


def show(title, lines):
    text = [f"      {title}", *(f"        {line}" for line in lines[:40])]
    if len(lines) > 40:
        text.append(f"        ... {len(lines) - 40} lines more")
    return text


def leave_out(case, aspect, lines):
    """Without what differs on purpose in this case."""
    for name in case.differs:
        aspects, (pattern, replacement) = cases.DIFFERENT[name]
        if aspect in aspects:
            lines = [line for line in (re.sub(pattern, replacement, line) for line in lines) if line]
    return lines


def differences(case, line, one, two):
    found = {}
    expected = [str(line.flags.get("exit", 0))]
    if two["exit status"] != expected:
        found["exit status the case expects of the reference"] = [*expected, *two["exit status"], *two["messages"]]
    for aspect in compared(case, line, two):
        ours, theirs = (leave_out(case, aspect, lines) for lines in (one[aspect], two[aspect]))
        if ours != theirs:
            found[aspect] = [text for text in difflib.unified_diff(theirs, ours, "reference", "ours", lineterm="", n=2)][2:]
    return found


def compare(case, first, second):
    """Returns the numbers of lines that agree and that do not, and a text about the latter."""
    passed = failed = 0
    text = []
    for number, line in enumerate(case.lines):
        found = differences(case, line, first[number], second[number])
        if not found:
            passed += 1
            continue
        failed += 1
        text.append(f"    {case.file}:{line.number}: {line.text}")
        for aspect, lines in found.items():
            text += show(f"{aspect} (- reference, + ours)", lines)
        if "messages" not in found and first[number]["messages"] != second[number]["messages"]:
            text += show("our messages", first[number]["messages"])
            text += show("the reference's messages", second[number]["messages"])
        if any(aspect in STATE for aspect in found):
            left = len(case.lines) - number - 1
            if left:
                text.append(f"      state differs: {left} lines after it count as failed")
            return passed, failed + left, text
    return passed, failed, text


def judge(case, mine, other, memory):
    """compare() of both trips through the case; the reference's may be remembered."""
    first = Run(case, mine, other).through(case)
    remembered = memory.recall(case) if memory else None
    if remembered:
        good, bad, text = compare(case, first, remembered)
        if not bad:
            return good, bad, text
    second = Run(case, other, other).through(case)
    good, bad, text = compare(case, first, second)
    if memory and not bad:
        memory.keep(case, second)
    return good, bad, text


def read_open_cases():
    """Cases that are known to differ, with the reason: not built yet, or different on purpose."""
    text = (Path(__file__).resolve().parent / "open.txt").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(re.fullmatch(r"(.*?) \| (.*)", line).groups() for line in lines)


def show_reference(case):
    """For authors of cases: what the reference does."""
    trace = Run(case, programs.reference(), programs.reference()).through(case)
    for line, seen in zip(case.lines, trace):
        print(f"  $ {line.text}   -> {seen['exit status'][0]}")
        print("\n".join(show("output", seen["output"]) + show("messages", seen["messages"])))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-k", default="", help="only cases whose name matches this regular expression")
    parser.add_argument("--self", action="store_true", help="the reference against itself: is the harness right?")
    parser.add_argument("--show", action="store_true", help="only show what the reference does")
    parser.add_argument("--fresh", action="store_true", help="the reference runs even where its run is remembered")
    parser.add_argument("--open", action="store_true", help="show what differs in cases that are open, too")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--part", default="0/1", help="N/M: only every Mth case, from the Nth on")
    options = parser.parse_args()
    chosen = cases.read(Path(__file__).resolve().parent / "cases", options.k)
    part, parts = map(int, options.part.split("/"))
    chosen = chosen[part::parts]
    if options.list:
        print("\n".join(f"{case.name} ({len(case.lines)} lines)" for case in chosen))
        return 0
    passed = failed = not_yet = 0
    open_cases = {} if options.self else read_open_cases()
    memory = None if options.self else Memory(options.fresh)
    before = passed_before()
    for case in chosen:
        if case.name in before:
            passed += len(case.lines)
            continue
        started = time.monotonic()
        if options.show:
            print(case.name)
            show_reference(case)
            continue
        other = programs.reference()
        mine = other if options.self else programs.ours()
        good, bad, text = judge(case, mine, other, memory)
        verdict = "ok  " if not bad else "FAIL"
        if case.name in open_cases:
            # Run all the same: what agrees counts, and a case that agrees throughout should leave the list.
            if not bad:
                text = ["    agrees now: take it out of open.txt"]
            else:
                verdict, not_yet = "open", not_yet + bad
                text = [f"    {open_cases[case.name]}", *(text if options.open else [])]
        print("\n".join([f"  {verdict} {case.name}: {good} of {good + bad} lines agree "
                         f"({time.monotonic() - started:.1f} s)", *text]), flush=True)
        passed, failed = passed + good, failed + (bad if verdict == "FAIL" else 0)
        if verdict == "ok  ":
            has_passed(case.name)
    if not_yet:
        print(f"twins: {not_yet} lines differ in cases that are open (tests/twins/open.txt)")
    print(f"twins: {passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
