#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""In a guest: the time to activate and deactivate many volumes, by this build and by the reference."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench import settings, volumes  # noqa: E402
from bench.stopwatch import seconds  # noqa: E402
from harness import disks, kernel, programs  # noqa: E402

PV_ID = "benchp-vvvv-vvvv-vvvv-vvvv-vvvv-000000"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--self", action="store_true")
    options = parser.parse_args()
    settings.reserve_memory()
    reference = programs.reference()
    disk = disks.Disk(0, 1 << 30)
    seconds(reference, ["pvcreate", "--norestorefile", "-u", PV_ID, "--metadatasize", "16m", disk.path])
    start = int(reference.run(["pvs", "--noheadings", "--nosuffix", "--units", "s", "-o", "pe_start"]).out)
    Path("/tmp/group").write_text(volumes.group("vg", options.count, PV_ID, disk.path, 1 << 21, start, 128))
    seconds(reference, ["vgcfgrestore", "-f", "/tmp/group", "vg"])
    print(f"\n{options.count} volumes in a guest{'':8}{'ours':>12}{'reference':>12}{'ratio':>8}")
    # In turns, and the least of each: the machine has other things to do.
    found = {}
    for program in [*([] if options.self else [programs.ours()]), reference] * options.repeat:
        for command in (["vgchange", "-ay", "vg"], ["lvs"], ["vgchange", "-an", "vg"]):
            key = program.name, command[0] + "".join(command[1:2])
            found[key] = min(seconds(program, command), found.get(key, 1e9))
            if command[1:2] == ["-ay"] and len(kernel.names()) != options.count:
                raise RuntimeError(f"{program.name} activated {len(kernel.names())} volumes")
    for what in ("vgchange-ay", "lvs", "vgchange-an"):
        mine, other = found.get(("ours", what)), found["reference", what]
        print(f"  {what:24}" + (f"{mine:10.2f} s" if mine else f"{'-':>12}") + f"{other:10.2f} s"
              + (f"{other / mine:7.1f}x" if mine else f"{'-':>8}"))


if __name__ == "__main__":
    main()
