# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads case files (cases/*.txt).

    == name of the case  disks=2x64M,1x1G/4096    and backups=no where backups differ on purpose; a comment says why;
                                                  kernel=vdo: with a stand-in for the target (tests/guests/vdo);
                                                  differs=THINGS: on purpose, so they are not compared (DIFFERENT)
    command line              D1, D2... are the disks, DISKS all of them
    [stderr] command line     flags: stderr = compare the messages too; nostdout = do not compare the output;
                              sort = compare the output's lines in any order; input=TEXT = answers, / for a line end;
                              by=reference = the reference runs this line in both runs (sets a scene);
                              wait = the state is compared once what it does in the background has ended;
                              exit=N = the reference's exit status, 0 where not said: guards against mistyped lines;
                              repeats = given twice it does something else (for the crash suite, which cannot see it)
    @wipe D2                  acts of the harness: wipe, detach, attach DISK; resize DISK SIZE; forget (backups and
                              hints); cat FILE; sh COMMAND (with a shell, for what no program under test does)
    # comment
"""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from harness import disks


# What may differ in a whole case, on purpose, though more is to be compared behind it (docs/DECISIONS.md, Twins): what
# is replaced in which aspects before they are compared.
DIFFERENT = {
    # of devices below others, through which nobody reads ahead
    "read-ahead": (("kernel",), (r"read_ahead=\d+", "read_ahead=*")),
    # one change where the reference makes two, or a text between two changes is a sector longer
    "commits": (("disks", "backups"), (r"text at \d+|seqno = \d+|Write(\[\d+\])?(?= from)", "*")),
    # links in the folder of the VG
    "paths": (("nodes",), (r"^ +\S+ -> /dev/mapper/.*$", "")),
}


@dataclass
class Line:
    text: str
    flags: dict
    words: list
    number: int


@dataclass
class Case:
    name: str
    disks: list
    file: str
    backups: bool = True
    vdo: bool = False
    differs: tuple = ()
    lines: list = field(default_factory=list)


def _expand(word, paths):
    word = re.sub(r"\bD(\d)\b", lambda match: paths[int(match[1]) - 1], word)
    return paths if word == "DISKS" else [word]


def _parse_line(text, case, number):
    flags, rest = {}, text
    match = re.match(r"\[([^\]]*)\]\s*(.*)", text)
    if match:
        rest = match[2]
        for word in match[1].split():
            name, _, value = word.partition("=")
            if name not in ("stderr", "nostdout", "sort", "input", "by", "exit", "wait", "repeats"):
                raise ValueError(f"{case.file}:{number}: no such flag: {name}")
            flags[name] = value or True
    paths = [f"/dev/loop{index}" for index in range(len(case.disks))]
    # A shell splits its own words.
    words = ["@sh", rest[4:]] if rest.startswith("@sh ") else shlex.split(rest)
    words = [part for word in words for part in _expand(word, paths)]
    return Line(rest, flags, words, number)


def read(folder, pattern=""):
    found = []
    for path in sorted(Path(folder).glob("*.txt")):
        case = None
        for number, text in enumerate(path.read_text().splitlines(), 1):
            text = text.strip()
            if not text or text.startswith("#"):
                continue
            if text.startswith("=="):
                name, size, backups, vdo, differs = re.fullmatch(
                    r"==\s*(.*?)\s+disks=(\S+)(\s+backups=no)?(\s+kernel=vdo)?(?:\s+differs=(\S+))?", text).groups()
                case = Case(f"{path.stem}: {name}", disks.parse_disks(size), path.name, backups is None, bool(vdo),
                            tuple(differs.split(",")) if differs else ())
                unknown = set(case.differs) - set(DIFFERENT)
                if unknown:
                    raise ValueError(f"{case.file}:{number}: nothing to differ in: {sorted(unknown)}")
                found.append(case)
            else:
                case.lines.append(_parse_line(text, case, number))
    names = [case.name for case in found]
    double = {name for name in names if names.count(name) > 1}
    if double:
        raise ValueError(f"cases of one name: {sorted(double)}")
    return [case for case in found if re.search(pattern, case.name)]
