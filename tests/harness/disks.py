# SPDX-License-Identifier: LGPL-2.1-or-later
"""Test disks: sparse files in memory behind loop devices, set up by ioctl (a process start is slow in a guest)."""

import fcntl
import os
import re
import struct

LOOP_CONFIGURE, LOOP_CLR_FD, LOOP_SET_CAPACITY = 0x4C0A, 0x4C01, 0x4C07
LOOP_CTL_ADD, LOOP_CTL_REMOVE = 0x4C80, 0x4C81
BLKFLSBUF = 0x1261
FOLDER = "/tmp/disks"
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def parse_size(text):
    number, unit = re.fullmatch(r"(\d+)([KMGT]?)", text).groups()
    return int(number) * UNITS[unit]


def parse_disks(text):
    """"3x64M,1x1G/4096" -> [(bytes, sector size)...]."""
    disks = []
    for part in text.split(","):
        count, size, sector = re.fullmatch(r"(?:(\d+)x)?(\w+)(?:/(\d+))?", part).groups()
        disks += [(parse_size(size), int(sector or 512))] * int(count or 1)
    return disks


class Disk:
    def __init__(self, number, size, sector=512):
        os.makedirs(FOLDER, exist_ok=True)
        self.number = number
        self.sector = sector
        self.path = f"/dev/loop{number}"
        self.file = f"{FOLDER}/disk{number}"
        self.attached = False
        with open(self.file, "wb") as backing:
            backing.truncate(size)
        self.attach()

    def _ioctl(self, request, argument=0):
        device = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        try:
            return fcntl.ioctl(device, request, argument)
        finally:
            os.close(device)

    def _control(self, request):
        control = os.open("/dev/loop-control", os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.ioctl(control, request, self.number)
        finally:
            os.close(control)

    def attach(self):
        """The device appears with what the file holds."""
        if not os.path.exists(self.path):
            self._control(LOOP_CTL_ADD)
        backing = os.open(self.file, os.O_RDWR | os.O_CLOEXEC)
        # struct loop_config: fd, block size, struct loop_info64 (232 bytes, file name at 56), 64 reserved bytes.
        info = bytearray(232)
        info[56:56 + len(self.file)] = self.file.encode()
        try:
            self._ioctl(LOOP_CONFIGURE, struct.pack("=II", backing, self.sector) + bytes(info) + bytes(64))
        finally:
            os.close(backing)
        self.attached = True

    def detach(self):
        """The device disappears; the file keeps its content."""
        if self.attached:
            self._ioctl(BLKFLSBUF)
            self._ioctl(LOOP_CLR_FD)
            self._control(LOOP_CTL_REMOVE)
            self.attached = False

    def resize(self, size):
        with open(self.file, "r+b") as backing:
            backing.truncate(size)
        self._ioctl(LOOP_SET_CAPACITY)

    def wipe(self):
        """Every byte back to zero."""
        size = os.path.getsize(self.file)
        with open(self.file, "r+b") as backing:
            backing.truncate(0)
            backing.truncate(size)
        self._ioctl(BLKFLSBUF)

    def read(self, offset, length):
        """From the backing file, which holds all that was written to the device with O_DIRECT or flushed."""
        with open(self.file, "rb") as backing:
            backing.seek(offset)
            return backing.read(length)

    def write(self, offset, data):
        with open(self.path, "r+b") as device:
            device.seek(offset)
            device.write(data)
            device.flush()
            os.fsync(device.fileno())

    def discard(self):
        self.detach()
        os.unlink(self.file)
