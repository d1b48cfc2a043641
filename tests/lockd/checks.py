# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts what holds and what does not."""


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def that(self, text, good, seen=""):
        print(f"  {'ok  ' if good else 'FAIL'} {text}{'' if good else f': {seen}'}", flush=True)
        self.passed += good
        self.failed += not good
