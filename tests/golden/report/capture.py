#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Captures what the reference LVM2 prints, for report_golden_test.cc.

  capture.py LVM DIRECTORY

LVM is the program (or a wrapper that sets its environment and a filter that accepts the wanted devices only).
DIRECTORY gets a numbered file for each line of commands.txt, the text of every VG as VG.vg, and world.txt: a
line for each device with its path, number, size in bytes, PV identifier and the size of its metadata text.
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def run(program, arguments):
    done = subprocess.run([program] + arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, env=dict(os.environ, LC_ALL="C", TZ="UTC"))
    return done.stdout


def capture(program, directory, commands="commands.txt"):
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(HERE, commands)) as lines:
        for number, line in enumerate(lines, 1):
            # Single blanks part the arguments: a trailing one makes an empty argument.
            arguments = line.rstrip("\n").split(" ")
            if arguments[-1] == "-O":
                arguments.append("")
            with open(os.path.join(directory, "%03d.out" % number), "w") as out:
                out.write(run(program, arguments))
    rows = run(program, ["pvs", "-a", "--noheadings", "--nosuffix", "--units", "b", "--separator", ";", "-o",
                         "pv_name,pv_major,pv_minor,dev_size,pv_uuid", "-O", "pv_name"])
    with open(os.path.join(directory, "world.txt"), "w") as world:
        for row in rows.splitlines():
            fields = row.strip().split(";")
            size = re.search(r"raw_locn\[0\]\.size (\d+)", run(program, ["pvck", "--dump", "headers", fields[0]]))
            world.write(" ".join(fields + [size.group(1) if size else "0"]) + "\n")
    for name in run(program, ["vgs", "--noheadings", "-o", "vg_name"]).split():
        text = os.path.join(directory, name + ".vg")
        run(program, ["vgcfgbackup", "-f", text, name])
        with open(text) as backup:
            lines = backup.read().splitlines(keepends=True)
        os.remove(text)
        # What the machine and the moment of the capture put into the head is of no use here.
        head = ("# Generated", "description", "creation_host", "creation_time")
        with open(text, "w") as plain:
            plain.writelines(line for line in lines if not line.startswith(head))


if __name__ == "__main__":
    capture(*sys.argv[1:])
