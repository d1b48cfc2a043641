# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guests' settings, as a bench wants them."""
import re
from pathlib import Path

CONF = Path("/etc/lvm/lvm.conf")


def reserve_memory():
    """As a user has it: the guests' settings turn it off, which makes the reference quicker than it is."""
    CONF.write_text(re.sub(r"(?m)^ *reserved_.*\n", "", CONF.read_text()))
