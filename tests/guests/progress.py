#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Long commands at a terminal say how far they are, on a line that is gone when they end; elsewhere they do not.

The disk that is copied to answers after a while (dm-delay), so that the copying cannot be over at once: its regions are
copied in more than three times the two seconds for which nothing is shown.
"""
import os
import pty
import re

from checks import check, drop_loop_disks, expect, loop_disks, main, run

MIB = 1 << 20
CHUNK = 16 << 10
ERASE = "\r\x1b[K"


def at_a_terminal(command):
    """Both streams of a shell line, as a terminal gets them."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv("/bin/sh", ["sh", "-c", command])
    out = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        out += piece
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    text = out.decode(errors="replace")
    expect(status == 0, f"{command}: exit {status}\n{text}")
    return text


class SlowGroup:
    """A VG on a disk, and on one where every write takes its time."""

    def __enter__(self):
        run("modprobe dm-delay")
        run("DM_DISABLE_UDEV=1 ref dmsetup remove slow", status=None)
        self.disks = loop_disks([96 * MIB, 96 * MIB])
        self.on = f"--config 'devices/filter=[\"r|^{self.disks[1]}$|\",\"a|.*|\"]'"
        run(f"vgcreate {self.on} vg {self.disks[0]}")
        sectors = 96 * MIB // 512
        run(f"echo '0 {sectors} delay {self.disks[1]} 0 0 {self.disks[1]} 0 150' | DM_DISABLE_UDEV=1 ref dmsetup create slow")
        run(f"vgextend {self.on} vg /dev/mapper/slow")
        return self

    def __exit__(self, *_):
        run(f"vgremove {self.on} -ff -y vg", status=None)
        run("DM_DISABLE_UDEV=1 ref dmsetup remove slow", status=None)
        for disk in self.disks:
            run(f"wipefs -q -a {disk}", status=None)
        drop_loop_disks(self.disks)


def shown(text, what):
    """The percentages that the line showed, in their order, and what is left on the terminal."""
    pattern = re.escape(f"{ERASE}  {what}: ") + r"([0-9]+\.[0-9])%"
    percentages = [float(number) for number in re.findall(pattern, text)]
    return percentages, re.sub(pattern, "", text).replace(ERASE, "").replace("\r\n", "\n")


@check
def a_conversion_that_copies():
    with SlowGroup() as group:
        run(f"lvcreate {group.on} -y -Wn -n a -L 32M vg {group.disks[0]}")
        convert = f"lvconvert {group.on} -i 3600 -y --type mirror --mirrorlog core -m 1 -R 512k vg/a /dev/mapper/slow"
        text = at_a_terminal(convert)
        percentages, rest = shown(text, "vg/a: Converted")
        expect(percentages, f"no progress was shown: {text!r}")
        expect(percentages == sorted(percentages) and percentages[-1] < 100, f"not one after the other: {percentages}")
        expect(rest.endswith("vg/a: Converted: 100.00%\n"), f"left on the terminal: {rest!r}")
        expect(text.rindex(ERASE) < text.index("100.00%"), f"the line was not taken away: {text!r}")
        # Not where nobody looks: results and errors are in files.
        run(f"lvconvert {group.on} -y -m 0 vg/a /dev/mapper/slow")
        output = run(convert)
        expect("\x1b" not in output and "\r" not in output, f"shown to a file: {output!r}")
        run(f"lvconvert {group.on} -y -m 0 vg/a /dev/mapper/slow")
        text = at_a_terminal(f"{convert} 2> /tmp/errors")
        expect(not shown(text, "vg/a: Converted")[0] and "\x1b" not in open("/tmp/errors").read(), f"in spite of 2>: {text!r}")


@check
def a_merge_of_a_snapshot():
    with SlowGroup() as group:
        run(f"lvcreate {group.on} -y -Wn -n a -L 24M vg /dev/mapper/slow")
        run(f"lvcreate {group.on} -y -s -n s -c 16k -L 24M vg/a {group.disks[0]}")
        # Chunks that do not follow one another are merged one by one.
        with open("/dev/vg/s", "r+b", buffering=0) as store:
            for number in range(80):
                os.pwrite(store.fileno(), os.urandom(CHUNK), (number * 7 % 80) * 2 * CHUNK)
        run("sync")
        text = at_a_terminal(f"lvconvert {group.on} -i 3600 -y --merge vg/s")
        percentages, rest = shown(text, "vg/a: Merged")
        expect(percentages, f"no progress was shown: {text!r}")
        expect(percentages == sorted(percentages), f"not one after the other: {percentages}")
        expect(rest.count("Merged:") == 1 and "vg/a: Merged: 100.00%\n" in rest, f"left on the terminal: {rest!r}")


if __name__ == "__main__":
    main("progress")
