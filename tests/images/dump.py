#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes what matters of PV images as text: label sectors, area headers and committed texts.

  dump.py NAME=IMAGE... > pvs.txt

Lines: "device NAME SIZE", then "OFFSET HEX" per sector, trailing zeros left out.
"""
import struct
import sys

SECTOR = 512


def sectors(data):
    """Offsets of the sectors that hold label, area headers, and committed texts."""
    wanted = set(range(0, 4 * SECTOR, SECTOR))
    for start in range(0, 4 * SECTOR, SECTOR):
        if data[start:start + 8] != b"LABELONE":
            continue
        at = start + 32 + 40
        lists = []
        for _ in range(2):
            found = []
            while True:
                offset, size = struct.unpack_from("<QQ", data, at)
                at += 16
                if offset == 0 and size == 0:
                    break
                found.append((offset, size))
            lists.append(found)
        for area, size in lists[1]:
            wanted.add(area)
            for slot in range(2):
                offset, length, _, _ = struct.unpack_from("<QQII", data, area + 40 + 24 * slot)
                for done in range(0, length, SECTOR):
                    place = offset + done
                    if place >= size:
                        place = place - size + SECTOR
                    wanted.add(area + place)
    return sorted(wanted)


for argument in sys.argv[1:]:
    name, path = argument.split("=", 1)
    with open(path, "rb") as image:
        content = image.read()
    print(f"device {name} {len(content)}")
    for offset in sectors(content):
        text = content[offset:offset + SECTOR].rstrip(b"\0").hex()
        if text:
            print(f"{offset} {text}")
