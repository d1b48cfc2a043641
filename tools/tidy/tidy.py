#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rules of the house, as tests. Each function below named check_... is one; it yields complaints.

Started by ./dev tidy, from the repository's root.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from functions import blanked, functions_of  # noqa: E402

MOST_LINES, MOST_FUNCTION_LINES = 800, 70
# What compiled alone, whichever clone it was in.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lvmpp/headers.json"


@lru_cache
def tracked(*endings):
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=True).stdout.decode()
    return [Path(name) for name in sorted(listed.split("\0")) if name.endswith(endings) and Path(name).is_file()]


@lru_cache
def text_of(path):
    return path.read_text(errors="replace")


def cpp():
    return [path for path in tracked(".cc", ".h") if path.parts[0] in ("src", "include", "tests", "tools")]


def includes(path):
    return re.findall(r'^#include "([^"]+)"', text_of(path), re.M)


def is_test(path):
    return path.name.endswith("_test.cc") or "testing" in path.parts


def layers():
    rows = {}
    for line in text_of(Path("tools/tidy/layers.txt")).splitlines():
        if line and not line.startswith("#"):
            name, _, allowed = line.partition(":")
            rows[name] = allowed.split()
    return rows


def check_layers():
    """Includes point down: tools/tidy/layers.txt."""
    rows = layers()
    for number, (name, allowed) in enumerate(rows.items()):
        for other in allowed:
            if other not in list(rows)[:number]:
                yield f"tools/tidy/layers.txt: {name} may not come before {other}, which it uses"
    for path in cpp():
        if path.parts[0] != "src":
            continue
        layer = path.parts[1]
        if layer not in rows:
            yield f"{path}: src/{layer} has no row in tools/tidy/layers.txt"
            continue
        for name in includes(path):
            other = name.split("/")[0]
            if "/" not in name:
                yield f'{path}: include "{layer}/{name}", with its folder'
            elif other != layer and other not in rows[layer] and not is_test(path):
                yield f"{path}: {layer} may not use {name}"


def check_file_size():
    """No source file is longer than 800 lines."""
    for path in cpp() + tracked(".py", ".sh", ".cmake"):
        lines = text_of(path).count("\n")
        if lines > MOST_LINES:
            yield f"{path}: {lines} lines; {MOST_LINES} are allowed: split it by what changes together"


def check_function_size():
    """No function is longer than 70 lines."""
    for path in cpp():
        for line, length, head in functions_of(text_of(path)):
            if length > MOST_FUNCTION_LINES:
                yield f"{path}:{line}: {length} lines in one function ({head}); {MOST_FUNCTION_LINES} are allowed"


def check_licence_line():
    """Every source file names its licence in its first lines."""
    for path in cpp() + tracked(".py", ".sh", ".cmake", "CMakeLists.txt", ".fmf", ".supp"):
        if path.stat().st_size and "SPDX-License-Identifier: LGPL-2.1-or-later" not in text_of(path)[:200]:
            yield f"{path}: no SPDX-License-Identifier line at the top"


# (pattern, where it does apply, why)
BANNED = [
    (r"\bstd::(cout|cerr|clog|regex)\b", r"^(src|tests)/", "fmt and src/device's matcher do that"),
    (r"(?<![\w:.])(std::)?(v?sprintf|strcpy|strcat|gets|alloca|strtok)\s*\(", 
     r"^src/(?!.*_test\.cc)", "overruns"),
    (r"\bstd::system\s*\(|\bpopen\s*\(", r"^src/", "no shell between us and a program"),
    (r"(?<![\w.>])(std::printf|printf|fprintf|puts|fputs|fmt::print|perror)\s*\(",
     # CHECK's last words are the exception: base/result.cc.
     r"^src/(?!cli/|daemon/|lockd/|idm/|dbus/|capi/|base/result\.cc|.*_bench\.cc)", "below cli/ and the daemons nothing prints"),
    (r"(?<![\w:.>])(std::)?(exit|_exit|quick_exit)\s*\(", r"^src/(?!cli/|daemon/|lockd/|dm/user/)",
     "below cli/ and the daemons nothing exits"),
    (r"\bthrow\b(?! *\()", r"^src/(?!capi/)", "errors are values (base/result.h)"),
    (r"\busing namespace std\b(?!::)", r"^(src|tests)/", "names"),
]


def check_banned_calls():
    """iostream, std::regex, unbounded string calls, printing and exiting below the edge."""
    for path in cpp():
        if path.name == "init.cc" or path.name.endswith("main.cc"):
            continue
        for name in re.findall(r"^#include <(iostream|regex)>", text_of(path), re.M):
            yield f"{path}: includes <{name}>; fmt and src/device's matcher do that"
        for number, line in enumerate(blanked(text_of(path)).splitlines(), 1):
            for pattern, where, why in BANNED:
                if re.search(where, str(path)) and re.search(pattern, line):
                    yield f"{path}:{number}: {line.strip()}   ({why})"


sys.path.append("tests/harness")
from gtests import PRIVILEGED  # noqa: E402

PRIVILEGES = ("Unit", *PRIVILEGED)


def check_suite_names():
    """Test suites begin with their privilege (tests/harness/gtests.py); parameterised ones or their prefixes."""
    kinds = "TEST|TEST_F|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP|INSTANTIATE_TEST_SUITE_P|INSTANTIATE_TYPED_TEST_SUITE_P"
    for path in cpp():
        for kind, name, second in re.findall(rf"^({kinds})\(\s*(\w+),\s*(\w+)", text_of(path), re.M):
            names = (name, second) if kind.startswith("INSTANTIATE") else (name,)
            if not any(word.startswith(PRIVILEGES) for word in names):
                yield f"{path}: {kind}({name}, ...): begin the name with one of {', '.join(PRIVILEGES)}"


def closure(path, seen):
    """The header and all of ours that it includes."""
    if path in seen or not path.exists():
        return seen
    seen.add(path)
    for name in includes(path):
        closure(Path("src") / name, seen)
    return seen


def is_compiled_first(path):
    """Does the ordinary build show that the header compiles alone? Yes when its .cc or test includes it first."""
    for ending in (".cc", "_test.cc"):
        source = path.with_name(path.stem + ending)
        if source.exists():
            first = re.search(r'^#include [<"]([^>"]+)[>"]', text_of(source), re.M)
            if first and Path("src") / first[1] == path:
                return True
    return False


def compile_alone(path):
    flags = ["-std=gnu++23", "-fsyntax-only", "-Wall", "-Wextra", "-Wno-missing-field-initializers",
             "-Isrc", "-Iinclude", "-x", "c++", "-include", str(path), "/dev/null"]
    return subprocess.run(["g++", *flags], capture_output=True, text=True, check=False)


def check_headers_alone():
    """Every header compiles by itself. Not tried: what the build shows, what has not changed since the last time."""
    known = json.loads(CACHE.read_text()) if CACHE.exists() else {}
    wanted = {}
    for path in cpp():
        if path.suffix == ".h" and path.parts[0] in ("src", "include") and not is_compiled_first(path):
            parts = "".join(f"{part}\0{text_of(part)}\0" for part in sorted(closure(path, set())))
            wanted[str(path)] = hashlib.sha256(parts.encode()).hexdigest()
    stale = [path for path, digest in wanted.items() if known.get(path) != digest]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, (path, done) in enumerate(zip(stale, pool.map(compile_alone, stale)), 1):
            if number % 20 == 0:
                print(f"    headers: {number} of {len(stale)}", flush=True)
            if done.returncode:
                del wanted[path]
                yield f"{path} does not compile alone:\n" + "\n".join(done.stderr.splitlines()[:6])
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    CACHE.write_text(json.dumps({path: digest for path, digest in wanted.items()}))


def check_format():
    """clang-format has nothing to change: ./dev format."""
    files = [str(path) for path in cpp()]
    done = subprocess.run(["clang-format-19", "--dry-run", "-Werror", *files], capture_output=True, text=True, check=False)
    if done.returncode:
        names = sorted(set(re.findall(r"^([^:\n]+):\d+:\d+: error", done.stderr, re.M)))
        yield f"{len(names)} files are not formatted; run ./dev format: " + " ".join(names[:20])


def check_spelling():
    """codespell finds nothing; words it should leave are in tools/tidy/words.txt."""
    if not shutil.which("codespell"):
        return
    files = [str(path) for path in cpp() + tracked(".py", ".sh", ".md", "dev")]
    done = subprocess.run(["codespell", "--ignore-words", "tools/tidy/words.txt", *files], capture_output=True, text=True,
                          check=False)
    yield from done.stdout.splitlines()


def check_settings():
    """A setting is read somewhere, or its row says that nothing reads it (kUnread)."""
    rows = "\n".join(text_of(path) for path in tracked(".h") if path.parent == Path("src/config/rows"))
    code = "\n".join(text_of(path) for path in cpp() if path.parts[1] != "config" and not is_test(path))
    # What holds for all of a document is read where documents are, what many layers ask for beside them.
    code += "".join(text_of(Path(f"src/config/{name}.cc")) for name in ("load", "config", "size_units"))
    for name, kind in re.findall(r'\{"([\w/]+)", Type::(\w+)\}', text_of(Path("src/config/setting_names.h"))):
        start = rows.index(f'{{"{name}",')
        end = rows.find('\n    {"', start)
        unread, is_read = "kUnread" in rows[start:end], f'"{name}"' in code
        if kind != "section" and unread == is_read:
            yield f"{name}: {'is read all the same' if is_read else 'is read nowhere'}"


def check_traces():
    """No path of a developer's machine is left in a file."""
    for path in tracked(""):
        if path.suffix in (".png", ".img", ".gz") or path == Path("tools/tidy/tidy.py"):
            continue
        for number, line in enumerate(text_of(path).splitlines(), 1):
            if re.search(r"/(work|tmp)/(main|team|shared|ref)\b|/home/\w+/|/root/\w", line):
                yield f"{path}:{number}: {line.strip()[:100]}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-k", default="", help="only checks whose name matches")
    options = parser.parse_args()
    passed = failed = 0
    for name, check in [(name, check) for name, check in globals().items() if name.startswith("check_")]:
        if not re.search(options.k, name):
            continue
        complaints = list(check())
        passed, failed = passed + (not complaints), failed + bool(complaints)
        print(f"  {'ok  ' if not complaints else 'FAIL'} {name[6:].replace('_', ' ')}: {check.__doc__.splitlines()[0]}")
        for complaint in complaints[:30]:
            print("    " + complaint.replace("\n", "\n      "))
        if len(complaints) > 30:
            print(f"    ... and {len(complaints) - 30} more")
    print(f"tidy: {passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
