#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""In a guest: the time to create, report and remove volumes of each kind, by this build and by the reference; and
the same in a thin pool that has many volumes already. Kinds that a program refuses are shown with a dash."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench import settings  # noqa: E402
from bench.stopwatch import Refused, seconds  # noqa: E402
from harness import disks, programs  # noqa: E402

# What is measured, and what is done first without being measured.
KINDS = {
    "linear": ([], "lvcreate -y -L 8m -n x vg"),
    "striped": ([], "lvcreate -y -L 8m -i 2 -n x vg"),
    "error": ([], "lvcreate -y --type error -L 8m -n x vg"),
    "zero": ([], "lvcreate -y --type zero -L 8m -n x vg"),
    "raid0": ([], "lvcreate -y --type raid0 -i 2 -L 8m -n x vg"),
    "raid1": ([], "lvcreate -y --type raid1 -m 1 -L 8m -n x vg"),
    "raid5": ([], "lvcreate -y --type raid5 -i 2 -L 8m -n x vg"),
    "raid6": ([], "lvcreate -y --type raid6 -i 3 -L 9m -n x vg"),
    "raid10": ([], "lvcreate -y --type raid10 -i 2 -m 1 -L 8m -n x vg"),
    "mirror": ([], "lvcreate -y --type mirror -m 1 --mirrorlog core -L 8m -n x vg"),
    "mirror with a log": ([], "lvcreate -y --type mirror -m 1 --mirrorlog disk -L 8m -n x vg"),
    "integrity": ([], "lvcreate -y --type raid1 -m 1 --raidintegrity y -L 8m -n x vg"),
    "snapshot": (["lvcreate -y -L 8m -n o vg"], "lvcreate -y -s -L 4m -n x vg/o"),
    "thin-pool": ([], "lvcreate -y --type thin-pool -L 8m -n x vg"),
    "thin": (["lvcreate -y --type thin-pool -L 8m -n p vg"], "lvcreate -y -V 8m --thinpool p -n x vg"),
    "cache-pool": ([], "lvcreate -y --type cache-pool -L 8m -n x vg"),
    "cache": (["lvcreate -y -L 8m -n x vg", "lvcreate -y --type cache-pool -L 8m -n c vg"],
              "lvconvert -y --type cache --cachepool vg/c vg/x"),
    "cache volume": (["lvcreate -y -L 8m -n x vg", "lvcreate -y -L 8m -n c vg"],
                     "lvconvert -y --type cache --cachevol vg/c vg/x"),
    "writecache": (["lvcreate -y -L 8m -n x vg", "lvcreate -y -L 8m -n c -an vg"],
                   "lvconvert -y --type writecache --cachevol vg/c vg/x"),
}


def keep_best(program, commands, times):
    """`commands` is pairs of what is measured and the command line; `times` has the least of each so far."""
    for what, line in commands:
        took = seconds(program, line)
        times[what] = min(took, times.get(what, took))


def measure(measured, reference, kind, repeat):
    """The programs take turns, so that none of them always finds what another one has read; the best of each counts."""
    before, command = KINDS[kind]
    found = {program.name: {} for program in measured}
    for program in measured * repeat:
        for line in before:
            seconds(reference, line)
        try:
            keep_best(program, (("create", command), ("lvs -a", "lvs -a"), ("remove", "lvremove -y vg")),
                      found[program.name])
        except Refused as refusal:
            print(f"  {refusal}", file=sys.stderr)
            reference.run(["lvremove", "-y", "vg"], timeout=600)
    return found


def add_thin(program, first, last):
    """Thin volumes and a snapshot of each, by one shell: making them is not what is measured."""
    commands = "".join(f"lvcreate -y -An -V 8m --thinpool p -n t{number} vg\nlvcreate -y -An -s -n s{number} vg/t{number}\n"
                       for number in range(first, last))
    # Writing one copy of the text each time, and no backups of it, is most of the work spared.
    commands = f"vgchange --metadatacopies 1 vg\n{commands}vgchange --metadatacopies all vg\n"
    done = program.run(["lvm"], commands, timeout=6000)
    if done.status != 0:
        raise RuntimeError(f"{program.name}: thin volumes cannot be made: {done.err.strip().splitlines()[-1:]}")


def measure_thin(measured, counts, repeat):
    """A pool with many volumes, at several sizes; the programs take turns."""
    seconds(measured[0], "lvcreate -y --type thin-pool -L 64m --poolmetadatasize 16m -n p vg")
    names = [program.name for program in measured]
    made = 0
    for count in counts:
        add_thin(measured[0], made, count)
        made = count
        found = {name: {} for name in names}
        for program in measured * repeat:
            keep_best(program, (("lvs -a", "lvs -a"), ("lvcreate -s", "lvcreate -y -s -n another vg/t0"),
                                ("lvremove", "lvremove -y vg/another")), found[program.name])
        show(f"{count} thin and snapshots", found, names)
    measured[0].run(["lvremove", "-ff", "-y", "vg"], timeout=3000)


def show(title, found, names):
    for what in found[names[-1]]:
        times = [found[name].get(what) for name in names]
        text = "".join(f"{took:10.2f} s" if took is not None else f"{'-':>12}" for took in times)
        ratio = f"{times[-1] / times[0]:7.1f}x" if len(times) == 2 and times[0] else f"{'-':>8}"
        print(f"  {title + ', ' + what:28}{text}{ratio}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--thin", default="250,500,1000", help="thin volumes in the pool; 0: leave that out")
    parser.add_argument("--self", action="store_true", help="the reference alone")
    options = parser.parse_args()
    settings.reserve_memory()
    reference = programs.reference()
    measured = [reference] if options.self else [programs.ours(), reference]
    paths = [disks.Disk(number, 256 << 20).path for number in range(5)]
    seconds(reference, "vgcreate -s 1m --metadatasize 16m vg " + " ".join(paths))
    print(f"\n{'in a guest':30}" + "".join(f"{program.name:>12}" for program in measured) + f"{'ratio':>8}")
    names = [program.name for program in measured]
    for kind in options.kinds.split(","):
        show(kind, measure(measured, reference, kind, options.repeat), names)
    if options.thin != "0":
        measure_thin(measured, [int(count) for count in options.thin.split(",")], options.repeat)


if __name__ == "__main__":
    main()
