# SPDX-License-Identifier: LGPL-2.1-or-later
"""A reader of LVM2 labels and metadata areas, independent of both programs (docs/formats/)."""

import struct
import zlib

MAGIC = b" LVM2 x[5A%r0N*>"


def crc(data):
    """Reflected CRC-32 with LVM2's start value and no final complement; zlib's complements on both ends."""
    return zlib.crc32(data, 0xF597A6CF ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


def _locations(raw, at):
    found = []
    while at + 16 <= len(raw):
        offset, size = struct.unpack_from("<QQ", raw, at)
        at += 16
        if not offset:
            break
        found.append((offset, size))
    return found, at


def read_label(disk):
    """None, or what the label sector says."""
    head = disk.read(0, 2048)
    for number in range(4):
        sector = head[512 * number:512 * (number + 1)]
        if sector[:8] != b"LABELONE":
            continue
        where, checksum, offset = struct.unpack_from("<QII", sector, 8)
        if where != number or checksum != crc(sector[20:]):
            continue
        data, at = _locations(sector, offset + 40)
        areas, at = _locations(sector, at)
        version, flags = struct.unpack_from("<II", sector, at)
        boot, _ = _locations(sector, at + 8)
        return {"sector": number, "uuid": sector[offset:offset + 32].decode("ascii", "replace"),
                "size": struct.unpack_from("<Q", sector, offset + 32)[0], "data": data, "areas": areas,
                "version": version, "flags": flags, "boot": boot}
    return None


def read_area(disk, start, size):
    """(facts, text) of one metadata area; the text is None when there is none."""
    header = disk.read(start, 512)
    if len(header) < 512:
        return ["unreadable"], None
    checksum, magic, version, where, length = struct.unpack_from("<I16sIQQ", header)
    if checksum != crc(header[4:]) or magic != MAGIC or version != 1 or where != start or length != size:
        return ["damaged header"], None
    slots = [struct.unpack_from("<QQII", header, 40 + 24 * slot) for slot in range(2)]
    offset, used, checksum, flags = slots[0]
    facts = [f"text at {offset}"] if used else ["no text"]
    if flags & 1:
        facts.append("ignored")
    if slots[1][1]:
        facts.append("precommitted text")
    if not used:
        return facts, None
    first = min(used, size - offset)
    text = disk.read(start + offset, first) + disk.read(start + 512, used - first)
    if crc(text) != checksum:
        facts.append("wrong text checksum")
    if not text.endswith(b"\0"):
        facts.append("no closing NUL")
    return facts, text.rstrip(b"\0").decode("utf-8", "replace")


def describe(disks):
    """All labels, areas and (once each) texts on these disks, as lines."""
    lines, texts = [], []
    for disk in disks:
        label = read_label(disk) if disk.attached else None
        if not label:
            lines.append(f"{disk.path}: {'no label' if disk.attached else 'detached'}")
            continue
        lines.append(f"{disk.path}: label {label['sector']} pv {label['uuid']} size {label['size']} "
                     f"data {label['data']} boot {label['boot']} version {label['version']} flags {label['flags']}")
        for start, size in label["areas"]:
            facts, text = read_area(disk, start, size)
            if text is not None and text not in texts:
                texts.append(text)
            which = f", text {texts.index(text)}" if text is not None else ""
            lines.append(f"    area {start}+{size}: {', '.join(facts)}{which}")
    for number, text in enumerate(texts):
        lines.append(f"text {number}:")
        lines += [f"    {line}" for line in text.splitlines()]
    return lines
