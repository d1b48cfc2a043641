# SPDX-License-Identifier: LGPL-2.1-or-later
#
# ./dev build: configures once per preset, then builds. Presets are in CMakePresets.json; trees in build/PRESET.

# build_preset PRESET [TARGET...]
build_preset() {
    local preset=$1
    shift
    need build
    if [ ! -f "$BUILD/$preset/build.ninja" ]; then
        step "configuring $preset" cmake -S "$ROOT" --preset "$preset" || exit 1
    fi
    # One ninja in a tree at a time: suites that run side by side ask for their programs each.
    NINJA_STATUS='[%f/%t] ' step "building $preset" flock -F "$BUILD/$preset" cmake --build "$BUILD/$preset" -- ${*:+"$@"} || exit 1
}

verb_build() {
    local preset=release targets=()
    while [ $# -gt 0 ]; do
        case $1 in
            --debug | --asan | --tsan) preset=${1#--} ;;
            -*) fail "usage: ./dev build [--debug|--asan|--tsan] [TARGET...]" ;;
            *) targets+=("$1") ;;
        esac
        shift
    done
    build_preset "$preset" ${targets[@]+"${targets[@]}"}
    say "built in build/$preset"
}
