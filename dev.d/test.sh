# SPDX-License-Identifier: LGPL-2.1-or-later
#
# ./dev test: every suite prints its progress and a closing line "NAME: N passed, N failed"; the sum of those is the
# last line. A suite that ends without such a line counts as one failure.
use build
use guest
use demo
use tidy

SUITES="tidy unit user sim guest interop twins lockd dance crash asan"

test_unit() { build_preset release; gtests release unit; }
# GoogleTests User*, then the command line on image files, and the demo.
test_user() {
    local status=0
    need rootless
    build_preset release
    gtests release user || status=1
    /usr/bin/python3 tests/rootless/run.py -k "$pattern" "$BUILD/release/lvm" "$BUILD/release/nbdkit-lvm-plugin.so" || status=1
    if [[ demo =~ $pattern ]]; then test_demo || status=1; fi
    test_texts || status=1
    return $status
}

# Manual pages without a warning of mandoc's, completion and scripts that their shells accept.
test_texts() {
    local docs=$BUILD/test/docs passed=0 failed=0 page
    build_preset release lvm-docs
    "$BUILD/release/lvm-docs" "$docs" || return 1
    for page in "$docs"/man8/*.8 man/*.8; do
        if [[ ! ${page##*/} =~ $pattern && ! texts =~ $pattern ]]; then continue; fi
        if mandoc -T lint -W warning "$page"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    done
    if [[ texts =~ $pattern ]]; then
        for page in "$docs/lvm.bash" scripts/*; do
            if bash -n "$page"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
        done
        if zsh -n "$docs/_lvm"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    fi
    echo "user: $passed passed, $failed failed"
    [ $failed -eq 0 ]
}

# test_demo [OPTIONS]: the demo from end to end.
test_demo() {
    if (verb_demo "$@") > "$BUILD/test/demo.out" 2>&1; then
        echo "demo: 1 passed, 0 failed"
    else
        tail -n 40 "$BUILD/test/demo.out"
        echo "demo: 0 passed, 1 failed"
        return 1
    fi
}

# Images written here are read by the reference in a guest, and the reverse.
test_interop() {
    local disks=$BUILD/interop number status=0
    need rootless
    build_preset release
    rm -rf "$disks"
    mkdir -p "$disks"
    for number in 0 1 2 3; do truncate -s 96M "$disks/disk$number"; done
    /usr/bin/python3 tests/rootless/interop.py make "$BUILD/release/lvm" "$disks" || return 1
    verb_guest --bare --with-reference --disks "$disks" -- sh -c \
        '/usr/bin/python3 tests/rootless/interop.py guest go-on; status=$?
         /usr/bin/python3 tests/rootless/interop.py guest make && exit $status' || status=1
    /usr/bin/python3 tests/rootless/interop.py check "$BUILD/release/lvm" "$disks" || status=1
    verb_guest --bare --with-reference --disks "$disks" -- \
        /usr/bin/python3 tests/rootless/interop.py guest look || status=1
    return $status
}

# The layers that read what others wrote, under the address and undefined-behaviour sanitizers; the embedded engine, with
# all its threads, under the thread sanitizer.
test_asan() {
    build_preset asan base_tests syntax_tests ondisk_tests model_tests segment_tests metadata_tests message_tests idm_tests lockd_tests
    build_preset tsan dm_tests
    # Histories are long, and sim runs more of them; there it is the same code. Operations of the model check cost
    # several times as much as without sanitizers.
    local suite status=0 asked=$pattern pattern=${pattern:-'^(?!.*Simulation)'}
    local -x LVMPP_MODEL_STEPS=${LVMPP_MODEL_STEPS:-100000}
    for suite in unit user; do
        gtests asan $suite | sed "s/^$suite:/asan:/" || status=1
    done
    pattern=${asked:-UserEngine}
    gtests tsan user | sed "s/^user:/tsan:/" || status=1
    return $status
}

# Histories of the IDM lock manager on virtual time; and the canary, a lock manager with one fault, must be caught.
test_sim() {
    local histories=${LVMPP_HISTORIES:-100000} simulate=$BUILD/release/src/idm/idm-simulate passed=0 failed=0
    build_preset release idm-simulate
    if [[ histories =~ $pattern ]]; then
        if "$simulate" --histories "$histories" --jobs "$(nproc)"; then passed=$((passed + histories)); else failed=$((failed + 1)); fi
    fi
    if [[ canary =~ $pattern ]]; then
        if "$simulate" --histories 20000 --canary > "$BUILD/test/canary.out"; then
            echo "sim: a lock manager that counts leases from the answer was not caught"
            failed=$((failed + 1))
        else
            echo "    canary: $(head -n 1 "$BUILD/test/canary.out")"
            passed=$((passed + 1))
        fi
    fi
    echo "sim: $passed passed, $failed failed"
    [ $failed -eq 0 ]
}

gtests() { /usr/bin/python3 "$ROOT/tests/harness/gtests.py" "$BUILD/$1" "$2" -k "$pattern"; }

# guest_checks NAME [OPTIONS]: the checks of tests/guests/NAME.py in a guest of their own.
guest_checks() {
    local name=$1
    shift
    [ -n "$(/usr/bin/python3 tests/guests/$name.py -k "$pattern" --list)" ] || return 0
    verb_guest "$@" -- /usr/bin/python3 tests/guests/$name.py -k "$pattern"
}

# Guest* tests, checks of whole commands, the demo from end to end, and data through volumes of every kind (-k data,
# -k "data: raid5").
test_guest() {
    local status=0
    build_preset release
    if [ -n "$(/usr/bin/python3 tests/harness/gtests.py "$BUILD/release" guest -k "$pattern" --list)" ]; then
        verb_guest --with-reference -- /usr/bin/python3 tests/harness/gtests.py "$BUILD/release" guest -k "$pattern" || status=1
    else
        echo "guest: 0 passed, 0 failed"
    fi
    guest_checks file_systems || status=1
    guest_checks devices_file --with-reference || status=1
    guest_checks hung_devices || status=1
    guest_checks background || status=1
    guest_checks autoactivation --udev || status=1
    if [[ demo =~ $pattern ]]; then test_demo --kernel || status=1; fi
    if [[ data =~ $pattern || $pattern == data* ]]; then
        verb_guest --timeout 2400 -- /usr/bin/python3 tests/data/raid.py -k "${pattern#data}" || status=1
        verb_guest --timeout 2400 -- /usr/bin/python3 tests/data/layers.py -k "$pattern" || status=1
    fi
    return $status
}

# Half of the cases in each of two guests, side by side.
test_twins() {
    local shard pids=() status=0
    guest_prepare
    need_reference
    install_tree "$BUILD/stage"
    for shard in 0 1; do
        stage_ready=1 verb_guest --with-reference --timeout 2400 -- \
            /usr/bin/python3 tests/twins/run.py -k "$pattern" --shard $shard/2 ${extra[@]+"${extra[@]}"} &
        pids+=($!)
    done
    trap 'kill "${pids[@]}" 2> /dev/null; exit 130' INT TERM
    for pid in "${pids[@]}"; do wait "$pid" || status=1; done
    trap - INT TERM
    return $status
}

# The spine's kinds, then all of them; with options of its own it is one run.
test_dance() {
    if [ ${#extra[@]} -gt 0 ]; then
        verb_guest --with-reference --timeout 20000 -- /usr/bin/python3 tests/dance/run.py --seed 1 "${extra[@]}"
        return
    fi
    local status=0
    verb_guest --with-reference --timeout 2400 -- /usr/bin/python3 tests/dance/run.py --seed 1 --steps 200 || status=1
    stage_ready=1 verb_guest --with-reference --timeout 2400 -- \
        /usr/bin/python3 tests/dance/run.py --seed 1 --steps 100 --kinds all || status=1
    return $status
}

# lockd_lines KIND: our commands and lvmlockd mixed with the reference's, in a guest.
lockd_lines() {
    stage_ready=1 verb_guest --with-reference --disk 512M --disk 512M --timeout 1800 -- \
        /usr/bin/python3 tests/lockd/run.py "$BUILD/release" -k "$1"
}

# lockd_hosts KIND: two hosts over a real lock manager: sanlock here, drives with mutexes in a guest; one host over the
# kernel's dlm; whole commands of one host over drives with mutexes, which fail.
lockd_hosts() {
    local hosts="/usr/bin/python3 tests/lockd/hosts.py $BUILD/release $1"
    case $1 in
        sanlock) $hosts ;;
        idm)
            verb_guest --bare -- sh -c "for i in 1 2 3; do '$BUILD/release/src/idm/idm-drive' start d\$i --backing /tmp/d\$i --size 16M; done
                sleep 1; $hosts /dev/sda /dev/sdb /dev/sdc"
            ;;
        idm_commands) stage_ready=1 verb_guest -- /usr/bin/python3 tests/lockd/idm_commands.py "$BUILD/release" ;;
        dlm) verb_guest --bare --with-reference --udev -- $hosts ;;
    esac
}

# Shared VGs: four lines of runs, side by side.
test_lockd() {
    local pids=() status=0
    need lockd
    build_preset release lvm lvmlockd lvmlockctl idmlockd idm-drive
    guest_prepare
    need_reference
    install_tree "$BUILD/stage"
    lockd_runs lockd_lines dlm &
    pids+=($!)
    lockd_runs lockd_lines sanlock &
    pids+=($!)
    lockd_runs lockd_hosts sanlock & # it waits most of the time, as does idm
    pids+=($!)
    lockd_runs lockd_hosts dlm idm_commands idm &
    pids+=($!)
    trap 'kill "${pids[@]}" 2> /dev/null; exit 130' INT TERM
    for pid in "${pids[@]}"; do wait "$pid" || status=1; done
    trap - INT TERM
    return $status
}

# lockd_runs FUNCTION KIND...: those that -k names.
lockd_runs() {
    local run=$1 kind status=0
    shift
    for kind in "$@"; do
        if [[ $kind =~ $pattern ]]; then $run $kind || status=1; fi
    done
    return $status
}

# Every command of the cases cut at every effect on a simulated machine; real processes killed at random.
test_crash() {
    build_preset release lvm lvm-crash
    local crash=$BUILD/release/lvm-crash shards=$(nproc) shard pids=() status=0
    local full= storm=20
    if [[ " ${extra[*]-} " == *" --full "* ]]; then full=--full storm=600; fi
    if [[ " ${extra[*]-} " == *" --open "* ]]; then full="$full --open"; fi
    "$crash" --canary --conf tests/guests/lvm.conf || status=1
    for ((shard = 0; shard < shards; shard++)); do
        "$crash" $full --shard $shard/$shards -k "$pattern" --conf tests/guests/lvm.conf tests/crash/cases &
        pids+=($!)
    done
    trap 'kill "${pids[@]}" 2> /dev/null; exit 130' INT TERM
    for pid in "${pids[@]}"; do wait "$pid" || status=1; done
    trap - INT TERM
    /usr/bin/python3 tests/crash/storm.py --lvm "$BUILD/release/lvm" --seconds $storm || status=1
    return $status
}

test_tidy() { verb_tidy; }

# run_suite NAME: its output on ours, its closing lines to build/test/NAME.
run_suite() {
    local name=$1 status
    printf '\n== %s\n' "$name"
    # Not in a condition: there bash would ignore set -e inside the suite.
    set +e
    (set -e; "test_$name") 2>&1 | tee "$BUILD/test/$name.log"
    status=${PIPESTATUS[0]}
    set -e
    grep -E '^[a-z]+: [0-9]+ passed, [0-9]+ failed$' "$BUILD/test/$name.log" > "$BUILD/test/$name.sums" || true
    if ! [ -s "$BUILD/test/$name.sums" ]; then
        echo "$name: ended without a result (exit $status)"
        echo "$name: 0 passed, 1 failed" > "$BUILD/test/$name.sums"
    elif [ $status -ne 0 ] && ! grep -qE ' [1-9][0-9]* failed$' "$BUILD/test/$name.sums"; then
        echo "$name: exit $status though no test failed"
        echo "$name: 0 passed, 1 failed" >> "$BUILD/test/$name.sums"
    fi
}

verb_test() {
    local suites=() pattern= extra=() name started=$SECONDS
    while [ $# -gt 0 ]; do
        case $1 in
            -k)
                [ $# -ge 2 ] || fail "-k needs a regular expression"
                pattern=$2
                shift
                ;;
            -*)
                # Options of the twins, the dance and the crash suite: --steps N, --seed N, --kinds LIST, --self, --full, --open.
                extra+=("$1")
                if [ $# -ge 2 ] && { [[ $2 =~ ^[0-9]+$ ]] || [ "$1" = --kinds ]; }; then extra+=("$2"); shift; fi
                ;;
            *)
                [[ " $SUITES " == *" $1 "* ]] || fail "no such suite: $1; there are: $SUITES"
                suites+=("$1")
                ;;
        esac
        shift
    done
    [ ${#suites[@]} -gt 0 ] || suites=($SUITES)
    cd "$ROOT"
    need build guest
    rm -rf "$BUILD/test"
    mkdir -p "$BUILD/test"
    for name in "${suites[@]}"; do run_suite "$name"; done
    printf '\n== all, in %d s\n' $((SECONDS - started))
    sort -s -t: -k1,1 "$BUILD"/test/*.sums
    local passed failed
    read -r passed failed < <(awk '{ passed += $2; failed += $4 } END { print passed + 0, failed + 0 }' "$BUILD"/test/*.sums)
    [ $((passed + failed)) -gt 0 ] || say "no test ran"
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
