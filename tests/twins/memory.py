# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the reference did in a case, remembered: it does the same again on the same input, the slower half of a run.

The key is all that shapes a trace: the case, what observes it, the guest's settings, and the reference itself. Only what
agreed is kept, and where ours differs from what is remembered the reference runs anew (run.py), so nothing is judged by
memory alone.
"""

import gzip
import hashlib
import json
from pathlib import Path

FOLDER = Path("/results/twins")
TESTS = Path(__file__).resolve().parent.parent
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
        self.fresh, self.common = fresh, None

    def _place(self, case):
        if self.common is None:
            self.common = _common()
        what = repr((case.name, case.disks, case.backups, case.vdo,
                     [(line.text, sorted(line.flags.items())) for line in case.lines]))
        return FOLDER / (hashlib.sha256(self.common + what.encode()).hexdigest() + ".json.gz")

    def recall(self, case):
        """The trace of the reference's run, or None."""
        if self.fresh or not FOLDER.is_dir():
            return None
        try:
            return json.loads(gzip.decompress(self._place(case).read_bytes()))
        except (OSError, EOFError, ValueError):
            return None

    def keep(self, case, trace):
        if FOLDER.is_dir():
            self._place(case).write_bytes(gzip.compress(json.dumps(trace).encode()))
