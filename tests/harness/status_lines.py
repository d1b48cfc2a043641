# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the guest's kernel says of its targets while suites run: noted behind every command, and given to the parsers of
status lines when the guest is done (./dev test: feed_status_lines).
"""

import atexit
import os
import sys

from harness import kernel

SEEN = set()
FOLDER = "/results/status"


def note():
    """The status lines of all devices, as of now."""
    if not SEEN:
        atexit.register(_save)
    try:
        names = kernel.names()
    except OSError:
        return  # no device-mapper, or not ours to ask
    for name in names:
        try:
            SEEN.update(kernel.status(name))
        except OSError:
            pass  # gone, or without a table


def _save():
    if not os.path.isdir("/results"):
        return
    os.makedirs(FOLDER, exist_ok=True)
    # Guests that run side by side, and suites one after the other, have a file each; the next run replaces it.
    name = "-".join([os.path.basename(os.path.dirname(os.path.abspath(sys.argv[0]))),
                     os.path.basename(sys.argv[0]).removesuffix(".py"),
                     *(word for word in sys.argv[1:] if word.replace("/", "").isdigit())]).replace("/", "of")
    with open(os.path.join(FOLDER, name + ".txt"), "w", encoding="ascii") as file:
        file.write("".join(f"{line}\n" for line in sorted(SEEN)))
