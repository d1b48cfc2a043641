#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the reference did in a case, remembered: it does the same again on the same input, and is the slower half of a run.

The key is all that shapes a trace: the case, what observes it, the guest's settings, and the reference itself. Only what
agreed is kept, and where ours differs from what is remembered the reference runs anew (run.py), so nothing is judged by
memory alone. A machine remembers its own runs; what recorded.zip has, every clone knows.

  memory.py record FOLDER     packs what the last run in FOLDER used into recorded.zip
"""

import gzip
import hashlib
import json
import sys
import zipfile
from pathlib import Path

FOLDER = Path("/results/twins")
TESTS = Path(__file__).resolve().parent.parent
RECORDED = TESTS / "twins" / "recorded.zip"
# What a trace depends on besides the case.
SOURCES = ("harness/disks.py", "harness/kernel.py", "harness/metadata.py", "harness/programs.py", "harness/vdo.py",
           "twins/cases.py", "twins/normalise.py", "twins/run.py", "guests/init.cc", "guests/*.conf", "guests/vdo/*")


def _common():
    sum_of_all = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(TESTS.glob(pattern)):
            sum_of_all.update(path.read_bytes())
    for path in ("/etc/lvm/lvm.conf", "/reference/sbin/lvm"):
        sum_of_all.update(Path(path).read_bytes())
    return sum_of_all.digest()


class Memory:
    def __init__(self, fresh):
        """`fresh`: nothing is recalled, all the same it is kept."""
        self.fresh, self.common, self.recorded, self.used = fresh, None, None, []
        if RECORDED.exists():
            self.recorded = zipfile.ZipFile(RECORDED)

    def name(self, case):
        if self.common is None:
            self.common = _common()
        what = repr((case.name, case.disks, case.backups, case.vdo,
                     [(line.text, sorted(line.flags.items())) for line in case.lines]))
        return hashlib.sha256(self.common + what.encode()).hexdigest() + ".json.gz"

    def recall(self, case):
        """The trace of the reference's run, or None."""
        if self.fresh:
            return None
        name = self.name(case)
        try:
            if (FOLDER / name).exists():
                packed = (FOLDER / name).read_bytes()
            elif self.recorded and name in self.recorded.namelist():
                packed = self.recorded.read(name)
                if FOLDER.is_dir():
                    (FOLDER / name).write_bytes(packed)
            else:
                return None
            trace = json.loads(gzip.decompress(packed))
        except (OSError, EOFError, ValueError, zipfile.BadZipFile):
            return None
        self.used.append(name)
        return trace

    def keep(self, case, trace):
        if FOLDER.is_dir():
            name = self.name(case)
            (FOLDER / name).write_bytes(gzip.compress(json.dumps(trace).encode(), mtime=0))
            self.used.append(name)

    def note_used(self):
        """For `record`."""
        if FOLDER.is_dir():
            (FOLDER / "used").write_text("".join(f"{name}\n" for name in self.used))


def record(folder):
    names = sorted((folder / "used").read_text().split())
    with zipfile.ZipFile(RECORDED, "w", zipfile.ZIP_STORED) as out:
        for name in names:
            # Of no day: what is the same packs the same.
            out.writestr(zipfile.ZipInfo(name), (folder / name).read_bytes())
    print(f"{RECORDED.name}: {len(names)} cases, {RECORDED.stat().st_size} bytes")


if __name__ == "__main__":
    record(Path(sys.argv[2]))
