# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long a command takes, from its start to its end, and nothing else: the harness's own run() also looks at the kernel."""
import os
import tempfile
import time


class Refused(Exception):
    pass


def seconds(program, command):
    """`command` is a list of words, or a string of them."""
    words = command.split() if isinstance(command, str) else command
    with tempfile.TemporaryFile() as errors:
        actions = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
                   (os.POSIX_SPAWN_DUP2, errors.fileno(), 2)]
        started = time.monotonic()
        child = os.posix_spawn(program.lvm, words, {**os.environ, **program.environment}, file_actions=actions)
        _, status = os.waitpid(child, 0)
        took = time.monotonic() - started
        if status != 0:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip().splitlines()
            raise Refused(f"{program.name}: {' '.join(words)} exits {os.waitstatus_to_exitcode(status)}: {said[-1:]}")
        return took
