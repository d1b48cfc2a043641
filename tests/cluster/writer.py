#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes numbered records to a volume and notes each that is on disk; or counts those that are right.

  writer.py write FILE WHO NOTES     until the volume is full, again from the start
  writer.py check FILE WHO NUMBER    are the records right, up to the one that was noted last?
"""

import hashlib
import os
import sys

SIZE = 4096
RECORDS = 1024


def record(who, number):
    return (hashlib.sha256(f"{who} {number}".encode()).digest() * (SIZE // 32))


def write(path, who, notes):
    volume = os.open(path, os.O_RDWR | os.O_DSYNC)
    log = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    number = 0
    while True:
        os.pwrite(volume, record(who, number), number % RECORDS * SIZE)
        number += 1
        os.pwrite(log, f"{number}\n".encode(), 0)


def check(path, who, count):
    """The record behind the last one noted may be there already."""
    volume = os.open(path, os.O_RDONLY)
    wrong = 0
    for slot in range(min(count, RECORDS)):
        newest = (count - 1) - (count - 1 - slot) % RECORDS
        wrong += os.pread(volume, SIZE, slot * SIZE) not in (record(who, newest), record(who, newest + RECORDS))
    print(f"{min(count, RECORDS)} records, {wrong} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(*sys.argv[2:])
    else:
        check(sys.argv[2], sys.argv[3], int(sys.argv[4]))
