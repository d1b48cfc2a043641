# SPDX-License-Identifier: LGPL-2.1-or-later
#
# ./dev fuzz [TARGET] [SECONDS]: every *_fuzz.cc (or one) under libFuzzer with the address and undefined-behaviour
# sanitizers, 60 seconds each, beginning with what real LVM2 and kernels wrote (tests/corpus/make.py). Corpora stay in
# build/corpus/TARGET; an input that fails is kept in build/fuzz-failures. The canary has a defect that must be found.
use build

verb_fuzz() {
    local only='' seconds=60 word
    for word in "$@"; do
        case $word in
            [0-9]*) seconds=$word ;;
            *) only=${word#fuzz_} ;;
        esac
    done
    need build fuzz
    build_preset fuzz ${only:+"fuzz_$only"}
    local programs=() program name failed=0 passed=0
    mapfile -t programs < <(find "$BUILD/fuzz" -type f -executable -name "fuzz_${only:-*}" | sort)
    [ ${#programs[@]} -gt 0 ] || fail "no fuzzer${only:+ called $only}; they are the *_fuzz.cc files"
    mkdir -p "$BUILD/fuzz-failures"
    rm -rf "$BUILD/seeds"
    /usr/bin/python3 "$ROOT/tests/corpus/make.py" "$BUILD/seeds" || exit 1
    for program in "${programs[@]}"; do
        name=${program##*/}
        mkdir -p "$BUILD/corpus/$name"
        local seeds=("$BUILD/seeds/$name")
        [ -d "${seeds[0]}" ] || seeds=()
        if [ "$name" = fuzz_canary ]; then
            if "$program" -max_total_time="$seconds" -artifact_prefix="$BUILD/seeds/" "${seeds[@]}" > "$BUILD/log/$name" 2>&1; then
                say "$name: a reader that believes an unchecked count was not caught; see $BUILD/log/$name"
                failed=$((failed + 1))
            else
                say "$name: caught"
                passed=$((passed + 1))
            fi
            continue
        fi
        if step "$name" "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 -print_final_stats=1 \
            -artifact_prefix="$BUILD/fuzz-failures/$name-" "$BUILD/corpus/$name" ${seeds[@]+"${seeds[@]}"}; then
            passed=$((passed + 1))
            say "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$BUILD/log/$name" 2> /dev/null || true) runs, no failure"
        else
            failed=$((failed + 1))
        fi
    done
    echo "fuzz: $passed passed, $failed failed"
    [ $failed -eq 0 ]
}
