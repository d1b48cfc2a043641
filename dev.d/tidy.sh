# SPDX-License-Identifier: LGPL-2.1-or-later
#
# ./dev tidy: the rules of the house (tools/tidy/tidy.py). --deep adds clang-tidy, which takes minutes.

deep_tidy() {
    use build
    need deep
    # clang cannot read the headers that g++ precompiled; the compile commands are all that is needed.
    cmake -S "$ROOT" --preset release -B "$BUILD/clang-tidy" -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON > /dev/null
    local files
    files=$(cd "$ROOT" && git ls-files 'src/**.cc')
    say "clang-tidy over $(wc -w <<< "$files") files"
    (cd "$ROOT" && xargs -P "$(nproc)" -n 4 clang-tidy-19 -p build/clang-tidy --quiet \
        --extra-arg=-Wno-unknown-warning-option <<< "$files")
}

verb_tidy() {
    local deep=0
    [ "${1:-}" != --deep ] || { deep=1; shift; }
    need tidy
    cd "$ROOT"
    /usr/bin/python3 tools/tidy/tidy.py -k "${pattern:-${1:-}}"
    [ $deep = 0 ] || deep_tidy
}
