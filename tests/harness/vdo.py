# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stand-in for the kernel's vdo target and for vdoformat (tests/guests/vdo): neither is in Debian 12."""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LIBRARY = ROOT / "build/guest/vdo.so"
FOLDER = Path("/run/vdo")
FORMATS = Path("/run/vdo.formats")


def prepare(wanted):
    """Before a run: programs started from now on find the target, or do not."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.rmtree(f"{FOLDER}.state", ignore_errors=True)
    FORMATS.unlink(missing_ok=True)
    if not wanted:
        os.environ.pop("LD_PRELOAD", None)
        return
    os.environ["LD_PRELOAD"] = str(LIBRARY)
    shutil.copy(ROOT / "tests/guests/vdo/vdoformat.sh", "/usr/bin/vdoformat")
    os.chmod("/usr/bin/vdoformat", 0o755)


def describe():
    """What programs asked of the target and of vdoformat: parameters, messages, words."""
    lines = []
    if FORMATS.exists():
        lines += [f"vdoformat {line}" for line in FORMATS.read_text().splitlines()]
    if FOLDER.exists():
        lines += sorted(f"vdo: {path.read_text().strip()}" for path in FOLDER.iterdir() if path.name != "messages")
        if (FOLDER / "messages").exists():
            lines += [f"vdo message: {line}" for line in (FOLDER / "messages").read_text().splitlines()]
    return lines
