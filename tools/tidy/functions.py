# SPDX-License-Identifier: LGPL-2.1-or-later
"""Finds C++ functions by matching braces: enough to measure them, without a compiler."""

import re

TOKENS = re.compile(
    r"//[^\n]*|/\*.*?\*/"                                   # comments
    r"|R\"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)\""               # raw strings
    r"|\"(?:\\.|[^\"\\\n])*\"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'"  # strings, characters (not 1'000)
    r"|^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*",                   # preprocessor lines
    re.S | re.M)


def blanked(text):
    """Comments, strings and preprocessor lines as blanks, lines kept."""
    return TOKENS.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def kind_of_brace(clean, since, at):
    """Of a brace outside functions: what it opens. The text before it, from the last end of anything, tells."""
    # Our style puts a blank before a body's brace and none before an initialiser's.
    if re.match(r"[\w>\]]", clean[at - 1:at]):
        return "values"
    head = re.sub(r"\s+", " ", clean[since:at]).strip()
    head = re.sub(r"^((template ?<[^{}]*?>|public:|private:|protected:|inline|static|constexpr|\[\[.*?\]\]) ?)+", "", head)
    if re.match(r"(namespace|enum|union|extern|class|struct)\b", head) and not head.endswith(")"):
        return "scope"
    if "(" not in head or re.search(r"(?<![=!<>+*/&|^-])=\s*[\w:<>, ]*$", head):
        return "values"
    return "function"


def functions_of(text):
    """Yields (line, number of lines, head) of each function with a body that is not inside another."""
    clean = blanked(text)
    open_braces, parentheses, since = [], 0, 0
    for match in re.finditer(r"[(){};]", clean):
        at, letter = match.start(), match[0]
        inside = any(kind in ("function", "values") for kind, _, _ in open_braces)
        if letter in "()":
            parentheses += 1 if letter == "(" else -1
        elif letter == "{":
            kind = "values" if inside or parentheses else kind_of_brace(clean, since, at)
            open_braces.append((kind, at, clean[since:at]))
            if kind == "scope":
                since = at + 1
        elif letter == "}" and open_braces:
            kind, start, head = open_braces.pop()
            if kind == "function":
                first = clean.count("\n", 0, start) + 1
                yield first, clean.count("\n", 0, at) + 2 - first, re.sub(r"\s+", " ", head).strip()[:60]
            if kind != "values":
                since = at + 1
        elif letter == ";" and not inside and not parentheses:
            since = at + 1
