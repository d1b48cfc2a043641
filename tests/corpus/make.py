#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""First inputs of the fuzzers, from what real LVM2 and kernels wrote: make.py FOLDER fills FOLDER/fuzz_X."""
import glob
import os
import re
import struct
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HEAD = 1 << 17  # what a scan reads of a device


def files(pattern):
    for path in sorted(glob.glob(os.path.join(ROOT, pattern), recursive=True)):
        with open(path, "rb") as file:
            yield file.read()


def images():
    """Heads of PVs that LVM2 made, from the dumps of tests/images."""
    for path in sorted(glob.glob(os.path.join(ROOT, "tests/images/*.txt"))):
        image = None
        for line in open(path):
            words = line.split()
            if words and words[0] == "device":
                if image:
                    yield bytes(image).rstrip(b"\0") + bytes(512)
                image = bytearray(HEAD)
            elif len(words) == 2 and words[0].isdigit() and int(words[0]) + 512 <= HEAD:
                content = bytes.fromhex(words[1])
                image[int(words[0]):int(words[0]) + len(content)] = content
        if image:
            yield bytes(image).rstrip(b"\0") + bytes(512)


def case_lines():
    """Command lines of the twins' cases, without the program's name."""
    for content in files("tests/twins/cases/*.txt"):
        for line in content.decode().splitlines():
            line = re.sub(r"^\[[^]]*\] *", "", line.strip())
            if line and not line.startswith(("#", "==", "@")):
                yield line.split(None, 1)[1].encode() if " " in line else b""


def selections():
    for content in files("tests/twins/cases/report.txt"):
        for match in re.finditer(rb"-S *'([^']*)'|--select *'([^']*)'", content):
            yield match.group(1) or match.group(2)
    yield b'lv_name=~"^a" && (lv_size>4m || vg_tags={x,y}) && lv_time since "2 weeks ago"'


# Tables of each kind of target: docs/formats/device-mapper.md.
TABLES = ["0 8192 linear 8:0 2048", "0 8192 striped 2 128 8:0 0 8:16 0",
          "0 8192 raid raid5_ls 3 128 region_size 4096 3 8:0 8:1 8:16 8:17 8:32 8:33",
          "0 8192 mirror disk 2 253:0 1024 2 8:0 0 8:16 0 1 handle_errors", "0 8192 snapshot 253:0 253:1 P 8",
          "0 8192 thin-pool 253:0 253:1 128 0 1 skip_block_zeroing", "0 8192 thin 253:2 1",
          "0 8192 cache 253:0 253:1 253:2 128 2 metadata2 writeback smq 2 migration_threshold 2048",
          "0 8192 writecache s 253:0 253:1 4096 0", "0 8192 integrity 253:0 0 4 J 1 internal_hash:crc32c"]


def engine_inputs():
    """What fuzz_engine gives to the embedded engine; the first byte says where: docs/formats/raid-metadata.md and others."""
    table = ["0 512 linear 4096:0 0", "0 256 linear 4096:0 8\n256 256 striped 2 8 4096:1 0 4096:2 0", "0 512 zero",
             "0 512 snapshot-origin 4096:0", "0 512 mirror core 1 16 2 4096:0 0 4096:1 0"]
    for line in table:
        yield b"\1" + line.encode()
    # A set in the middle of its resync, and one with an image that is behind.
    for resync, failed in ((100, 0), (2**64 - 1, 2)):
        superblock = struct.pack("<4I4Q4IQ4I4Q", 0x64526D44, 1, 2, 0, 7, failed, 2**64 - 1, resync, 1, 0, 0, 0, 0, 1, 0, 0, 0,
                                 512, 0, 0, 512)
        bitmap = struct.pack("<2I16x3Q4I", 0x6D746962, 4, 7, 5, 512, 0, 8192, 5, 0)
        yield b"\2" + superblock.ljust(4096, b"\0") + bitmap.ljust(256, b"\0") + b"\xa5\xff\0\x81"
    for first in (b"\3", b"\x83"):
        pairs = b"".join(struct.pack("<2Q", old, 2 + number) for number, old in enumerate((5, 6, 7, 20, 60)))
        yield first + struct.pack("<4I", 0x70416E53, 1, 1, 8).ljust(4096, b"\0") + pairs.ljust(4096, b"\0") + bytes(5 * 4096)
    yield b"\4" + struct.pack("<2IQ", 0x4D695272, 2, 32).ljust(1024, b"\0") + b"\xff\x0f\xf0\0"
    # load of a table into "LVM-a", resume, status, suspend
    text = lambda value: struct.pack("<I", len(value)) + value
    request = lambda operation, body: struct.pack("<BH", operation, len(body)) + body
    name = text(b"LVM-a")
    yield b"\0" + request(18, name + b"\0" + text(b"0 512 zero\n")) + request(20, name + b"\0") + request(15, name) + request(
        19, name + b"\1\1")


def lockd_sessions():
    """Requests to lvmlockd, in pieces: the byte before each says which client sends it and how long it is."""
    def piece(client, text):
        body = (text + "\n##\n").encode()
        for count in range(len(body) // 8, 256):
            head = count & ~1 | client
            if 1 + head * 8 >= len(body) and head & 0x0E != 0x0E and head & 0x30 != 0x30:
                return bytes([head]) + b"\n" * (1 + head * 8 - len(body)) + body
        raise ValueError(text)

    vg = '\nvg_name="vg"\nvg_uuid="u"\nvg_lock_type="dlm"'
    lv = vg + '\nlv_name="l"\nlv_uuid="held"\nlv_lock_args="dlm"'
    texts = ['request="hello"', 'request="start_vg"\nopts="wait"' + vg, 'request="lock_gl"\nmode="ex"\nvg_lock_type="dlm"',
             'request="lock_vg"\nmode="ex"' + vg, 'request="update_vg"\nversion=7' + vg,
             'request="lock_lv"\nopts="persistent"\nmode="ex"' + lv, 'request="lock_lv"\nopts="persistent"\nmode="un"' + lv,
             'request="lock_vg"\nmode="un"' + vg, 'request="kill_vg"' + vg, 'request="drop_vg"' + vg,
             'request="stop_all"\nopts="wait,force"', 'request="stop_vg"' + vg]
    yield b"".join(piece(number % 2, text) for number, text in enumerate(texts))
    for text in texts:
        yield piece(0, text) + piece(1, text)


def idm_sessions():
    """Requests to idmlockd; the first byte says in which protocol."""
    name = b"b".ljust(64, b"\0")
    for words in (b"mode=exclusive drives=/dev/d0,/dev/d1", b"mode=shared drives=naa.0101010101010101,-,/dev/d1 wait=5"):
        identity = b" id=" + name.hex().encode()
        yield (b"\1open name=n path=/bin/true args=x\nlock" + identity + b" " + words + b"\nconvert" + identity + b" mode=shared\nwrite"
               + identity + b" value=0100000000004c00\nread" + identity + b"\nholders" + identity + b" drives=/dev/d0\nplace"
               + identity + b" drives=/dev/d0 next=/dev/d1 generation=2\nstate\ndrives\nunlock" + identity + b"\nclose\n")

    def request(command, lock=True, paths=(), extra=b"", mode=1):
        body = struct.pack("<3I", 0x4C4F434B, mode, len(paths)) + name + struct.pack("<i", 60000) if lock else b""
        body += b"".join(path.ljust(4096, b"\0") for path in paths) + extra
        return struct.pack("<4I", 0x494C4D00, command, 16 + len(body), 0) + body

    yield (b"\0" + request(1, False) + request(3, paths=(b"/dev/d0", b"/dev/d1")) + request(6, extra=bytes(range(8))) + request(7)
           + request(5, mode=2) + request(4) + request(8, paths=(b"/dev/d0",)) + request(9, paths=(b"/dev/d0",)) + request(2, False))
    for command in (10, 15):
        yield b"\0" + request(command, False, extra=bytes(4))
    yield b"\0" + request(11, False, extra=b"/bin/true".ljust(128, b"\0") + bytes(128)) + request(12, False, extra=bytes(range(32)))


def nvme_queues():
    """Commands of a host to an NVMe queue; the first byte says how far that had got: 0 nothing, 1 an admin, 2 an I/O queue."""
    def command(opcode, namespace=0, data=b"", room=0, words=(), in_capsule=True):
        size = len(data) or room
        words = tuple(words) + (0,) * (6 - len(words))
        entry = struct.pack("<BBHI24xI3xB6I", opcode, 0, 7, namespace, size, 1 if data and in_capsule else 0x5A, *words)
        body = data if in_capsule else b""
        return struct.pack("<BBBBI", 4, 0, 72, 72 if body else 0, 72 + len(body)) + entry + body

    greeting = struct.pack("<BBBBIHBBI112x", 0, 0, 128, 0, 128, 0, 0, 0, 0)
    connect = bytes(16) + b"\xff\xff" + bytes(238) + b"nqn.2014-08.org.nvmexpress:uuid:00000000-0000-0000-0011-223344556677".ljust(
        256, b"\0") + bytes(512)
    yield b"\0" + greeting + command(0x7F, 1, connect, words=(0, 31)) + command(0x7F, 0, words=(0, 0x14, 1)) + command(
        0x7F, 4, words=(0, 0x1C))
    record = bytes(512)
    yield b"\1" + b"".join(command(0x06, 1, room=4096, words=(what,)) for what in (0, 1, 2, 3)) + command(
        0x02, room=512, words=(0x7F0002,)) + command(0x09, words=(7, 0x10001)) + command(0x0C) + command(0x18)
    yield b"\1" + b"".join(command(0xC1, 0, record, words=(128, 0, operation << 4 | 0x100)) for operation in (2, 5, 6, 4, 7)) + command(
        0xC2, room=512, words=(128, 0, 0xFF10)) + command(0xC2, room=1536, words=(384, 0, 0x110))
    write = command(1, 1, bytes(1024), words=(3, 0, 1))
    yield b"\2" + write + command(2, 1, room=1024, words=(3, 0, 1)) + command(8, 1, words=(3, 0, 1)) + command(0, 1) + command(
        9, 1, struct.pack("<IIQ", 0, 2, 3), words=(0, 4))
    yield b"\2" + command(1, 1, bytes(1024), words=(3, 0, 1), in_capsule=False) + b"".join(
        struct.pack("<BBBBIHHIII", 6, flags, 24, 24, 24 + 512, 7, 7, offset, 512, 0) + bytes(512) for flags, offset in ((0, 0), (4, 512)))


def seeds():
    texts = list(files("tests/golden/metadata/*"))
    settings = list(files("tests/guests/lvm.conf")) + list(files("src/config/golden/*.txt")) + list(files("etc/**/*.conf"))
    heads = list(images())
    yield "text", texts
    yield "document", texts + settings
    yield "config", settings
    yield "pv_image", [bytes([variant]) + head for head in heads for variant in (0, 3)]
    yield "pv_scan", [bytes([variant]) + head for head in heads for variant in (7, 31)]
    yield "canary", heads
    # The first byte of `args` chooses the command.
    lines = sorted(set(case_lines()))
    yield "args", [bytes([number % 256]) + line for number, line in enumerate(lines)]
    yield "size", [b"\x20\x00" + size for size in (b"4m", b"+10%FREE", b"-1.5g", b"100%PVS", b"7s")]
    yield "select", list(selections())
    yield "status", [line for content in files("tests/corpus/status.txt") for line in content.splitlines()]
    yield "table", [line.encode() for line in TABLES]
    yield "devices_file", [b"# HASH=1\nVERSION=1.1.4\nIDTYPE=sys_wwid IDNAME=naa.5000c5 DEVNAME=/dev/sda PVID=" + b"a" * 32 +
                           b" PART=1\nIDTYPE=devname IDNAME=/dev/sdb DEVNAME=/dev/sdb PVID=.\n"]
    yield "engine", list(engine_inputs())
    yield "message", [b'request="hello"\nprotocol="lvmlockd"\n\n##\n', b'response="OK"\nop_result=0\n\n##\n']
    yield "session", list(lockd_sessions())
    yield "service", list(idm_sessions())
    yield "nvme_tcp", list(nvme_queues())
    yield "protocol", [b'request="lock_vg"\ncmd="vgs"\npid=1\nopts="none"\nmode="sh"\nvg_name="vg"\n']


for name, contents in seeds():
    folder = os.path.join(sys.argv[1], "fuzz_" + name)
    os.makedirs(folder, exist_ok=True)
    for number, content in enumerate(contents):
        with open(os.path.join(folder, f"seed{number:04}"), "wb") as file:
            file.write(content)
