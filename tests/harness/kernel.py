# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel's device-mapper state, read by ioctl: independent of either program and of any dmsetup."""

import fcntl
import os
import shutil
import stat
import struct
import time

HEADER = struct.Struct("=3IIIIiIII Q128s129s7s".replace(" ", ""))
REMOVE, LIST_DEVICES, DEVICE_STATUS, TABLE_STATUS, SUSPEND = 4, 2, 7, 12, 6
READONLY, SUSPENDED, STATUS_TABLE, ACTIVE, INACTIVE, BUFFER_FULL, NO_FLUSH = 1, 2, 16, 32, 64, 1 << 8, 1 << 11
ROOM = 1 << 14  # each page of it is a page fault, which is dear in a guest


def _call(command, name="", flags=0, room=ROOM):
    """Returns (header fields, data) of one DM ioctl; raises OSError."""
    buffer = bytearray(room)
    HEADER.pack_into(buffer, 0, 4, 0, 0, room, HEADER.size, 0, 0, flags, 0, 0, 0, name.encode(), b"", b"")
    control = os.open("/dev/mapper/control", os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.ioctl(control, 0xC138FD00 | command, buffer, True)
    finally:
        os.close(control)
    fields = HEADER.unpack_from(buffer)
    if fields[7] & BUFFER_FULL:
        return _call(command, name, flags, 8 * room)
    return fields, bytes(buffer[fields[4]:fields[3]])


def _text(raw):
    return raw.split(b"\0", 1)[0].decode()


def names():
    fields, data = _call(LIST_DEVICES)
    found, at = [], 0
    while at + 12 < len(data):
        device, following = struct.unpack_from("=QI", data, at)
        if not device:
            break
        found.append(_text(data[at + 12:]))
        if not following:
            break
        at += following
    return sorted(found)


def table(name):
    return _targets(name, STATUS_TABLE)


def status(name):
    """Its status lines; what is written meanwhile is not waited for."""
    return _targets(name, NO_FLUSH)


def _targets(name, flags):
    fields, data = _call(TABLE_STATUS, name, flags)
    lines, at = [], 0
    for _ in range(fields[5]):
        start, length, _status, following = struct.unpack_from("=QQiI", data, at)
        kind, parameters = _text(data[at + 24:at + 40]), _text(data[at + 40:])
        lines.append(f"{start} {length} {kind} {parameters}".rstrip())
        at = following
    return lines


def _read_ahead(device):
    try:
        with open(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/queue/read_ahead_kb") as file:
            return file.read().strip()
    except OSError:
        return "?"


def devices():
    """{name: {uuid, number, flags, open, table, read_ahead}} of every device."""
    result = {}
    for name in names():
        fields, _ = _call(DEVICE_STATUS, name)
        flags, device = fields[7], fields[10]
        words = [word for bit, word in
                 ((READONLY, "readonly"), (SUSPENDED, "suspended"), (INACTIVE, "inactive-table")) if flags & bit]
        if not flags & ACTIVE:
            words.append("no-table")
        result[name] = {"uuid": _text(fields[12]), "number": f"{os.major(device)}:{os.minor(device)}",
                        "flags": words, "open": fields[6], "table": table(name),
                        "read_ahead": _read_ahead(device)}
    return result


def describe():
    """The state as text, a line per fact."""
    lines = []
    for name, device in devices().items():
        lines.append(f"{name} {device['number']} open={device['open']} read_ahead={device['read_ahead']} "
                     f"{device['uuid']} {' '.join(device['flags'])}".rstrip())
        lines += [f"    {line}" for line in device["table"]]
    return lines


def describe_nodes(groups=()):
    """Nodes in /dev/mapper and links in the folders of these volume groups, as text."""
    lines = []
    for folder in ["mapper", *groups]:
        path = f"/dev/{folder}"
        if not os.path.isdir(path):
            continue
        lines.append(f"{path}/")
        for name in sorted(os.listdir(path)):
            if name == "control":
                continue
            status = os.lstat(f"{path}/{name}")
            if stat.S_ISLNK(status.st_mode):
                lines.append(f"    {name} -> {os.readlink(f'{path}/{name}')}")
            else:
                number = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
                lines.append(f"    {name} {stat.filemode(status.st_mode)} {status.st_uid}:{status.st_gid} {number}")
    return lines


def _each(some, work):
    for name in some:
        try:
            work(name)
        except OSError:
            pass


def _resume(name):
    if _call(DEVICE_STATUS, name)[0][7] & SUSPENDED:
        _call(SUSPEND, name)


def remove_all():
    """Removes every device, whatever state a failed program left it in, and the nodes in /dev."""
    for _ in range(20):
        left = names()
        if not left:
            break
        _each(left, _resume)
        # A raid that goes before the thread of its first resync has run takes the kernel with it (6.1: "Segfault with no mm").
        if any(" raid " in line for name in left for line in table(name)):
            time.sleep(0.02)
        _each(left, lambda name: _call(REMOVE, name))
    for entry in os.listdir("/dev/mapper"):
        if entry != "control":
            os.unlink(f"/dev/mapper/{entry}")
    for entry in os.listdir("/dev"):
        path = f"/dev/{entry}"
        if os.path.isdir(path) and not os.path.islink(path) and any(
                os.path.islink(f"{path}/{name}") and "mapper/" in os.readlink(f"{path}/{name}")
                for name in os.listdir(path)):
            shutil.rmtree(path)
    return names()
