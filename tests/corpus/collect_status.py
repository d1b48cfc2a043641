#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""From the status lines that guests have left (build/guest/results/status) to tests/corpus/status.txt: what is there
already, and a line of every shape that is not: numbers do not make a shape, words and letters do.

  tests/corpus/collect_status.py build/guest/results/status
"""
import glob
import os
import re
import sys

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "status.txt")


def shape(line):
    return re.sub(r"\d+", "N", line)


def lines_of(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="ascii") as file:
        return file.read().splitlines()


kept = {}
for path in [CORPUS, *sorted(glob.glob(os.path.join(sys.argv[1], "*.txt")))]:
    for line in lines_of(path):
        kept.setdefault(shape(line), line)
with open(CORPUS, "w", encoding="ascii") as file:
    file.write("".join(f"{line}\n" for line in sorted(kept.values(), key=lambda line: line.split()[2:])))
