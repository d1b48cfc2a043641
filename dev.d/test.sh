# SPDX-License-Identifier: LGPL-2.1-or-later
#
# ./dev test: every suite prints its progress and a closing line "NAME: N passed, N failed"; the sum of those is the
# last line. A suite that ends without such a line counts as one failure. Several suites run in lanes side by side.
use build
use guest
use demo
use tidy

# What works on this machine; what works in guests, one at a time: where page tables are dear two of them are no quicker
# than one; what waits more than it works and has time limits, so it is served first. Each lays the build out for its
# guests in a folder of its own.
LANES=("tidy unit user crash asan sim" "twins data dance" "lockd cluster guest interop qemu")
SUITES="${LANES[*]}"

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
    local docs=$BUILD/release/docs passed=0 failed=0 page
    build_preset release lvm-docs
    for page in "$docs"/man[58]/*.[58] man/*.[78]; do
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

# Images written here are read by the reference in a guest, and the reverse: made by hand, and as installers make them.
# What happens here is done by an ordinary user.
test_interop() {
    local number status=0 folder images
    need rootless
    build_preset release
    folder=$(mktemp -d "${TMPDIR:-/tmp}/lvm-interop.XXXXXX")
    images=$folder/images
    mkdir "$images"
    for number in 0 1 2 3; do truncate -s 96M "$images/disk$number"; done
    for number in 4 5; do truncate -s 320M "$images/disk$number"; done
    # Readable by everyone, whoever owns the clone.
    cp "$BUILD/release/lvm" "$ROOT"/tests/rootless/{interop,installed}.py "$folder"
    chmod 755 "$folder"
    [ "$(id -u)" != 0 ] || chown -R 65534:65534 "$images"
    interop_steps "$folder" "$images" || status=1
    rm -rf "$folder"
    return $status
}

interop_steps() {
    local folder=$1 images=$2 status=0
    as_user /usr/bin/python3 "$folder/interop.py" make "$folder/lvm" "$images" || return 1
    verb_guest --bare --with-reference --disks "$images" -- sh -c \
        '/usr/bin/python3 tests/rootless/interop.py guest go-on; status=$?
         /usr/bin/python3 tests/rootless/interop.py guest make &&
         /usr/bin/python3 tests/rootless/installed.py guest install && exit $status' || status=1
    as_user /usr/bin/python3 "$folder/interop.py" check "$folder/lvm" "$images" || status=1
    as_user /usr/bin/python3 "$folder/installed.py" use "$folder/lvm" "$images" || status=1
    verb_guest --bare --with-reference --disks "$images" -- sh -c \
        '/usr/bin/python3 tests/rootless/interop.py guest look; status=$?
         /usr/bin/python3 tests/rootless/installed.py guest look && exit $status' || status=1
    return $status
}

# The layers that read what others wrote, and the embedded engine, under the address and undefined-behaviour sanitizers;
# what has threads, the engine and the IDM lock manager's transports and daemon, under the thread sanitizer too.
test_asan() {
    build_preset asan base_tests syntax_tests ondisk_tests model_tests segment_tests metadata_tests message_tests idm_tests lockd_tests \
        dm_tests
    build_preset tsan dm_tests idm_tests
    # Histories are long, and sim runs more of them; there it is the same code. Operations of the model check cost
    # several times as much as without sanitizers.
    local suite status=0 asked=$pattern pattern=${pattern:-'^(?!.*Simulation)'}
    local -x LVMPP_MODEL_STEPS=${LVMPP_MODEL_STEPS:-50000}
    for suite in unit user; do
        gtests asan $suite | sed "s/^$suite:/asan:/" || status=1
    done
    pattern=${asked:-UserEngine}
    gtests tsan user | sed "s/^user:/tsan:/" || status=1
    pattern=${asked:-'Idm(?!.*Simulation)'}
    gtests tsan unit | sed "s/^unit:/tsan:/" || status=1
    return $status
}

# Histories of the IDM lock manager and lvmlockd on virtual time; and canaries, which have one fault each, must be caught.
test_sim() {
    local histories=${LVMPP_HISTORIES:-100000} simulate=$BUILD/release/src/simulation/idm-simulate passed=0 failed=0
    build_preset release idm-simulate
    if [[ histories =~ $pattern ]]; then
        if "$simulate" --histories "$histories" --jobs "$(nproc)"; then passed=$((passed + histories)); else failed=$((failed + 1)); fi
    fi
    if [[ canary =~ $pattern ]]; then
        local fault
        for fault in leases adoption; do
            if "$simulate" --histories 20000 --canary $fault > "$BUILD/test/canary.out"; then
                echo "sim: the fault in $fault was not caught"
                failed=$((failed + 1))
            else
                echo "    canary, $fault: $(head -n 1 "$BUILD/test/canary.out")"
                passed=$((passed + 1))
            fi
        done
    fi
    echo "sim: $passed passed, $failed failed"
    [ $failed -eq 0 ]
}

gtests() { /usr/bin/python3 "$ROOT/tests/harness/gtests.py" "$BUILD/$1" "$2" -k "$pattern"; }

# guest_gtests SUITE [OPTIONS]: its GoogleTests in a guest.
guest_gtests() {
    local suite=$1
    shift
    if [ -z "$(/usr/bin/python3 tests/harness/gtests.py "$BUILD/release" "$suite" -k "$pattern" --list)" ]; then
        echo "$suite: 0 passed, 0 failed"
        return
    fi
    verb_guest "$@" -- /usr/bin/python3 tests/harness/gtests.py "$BUILD/release" "$suite" -k "$pattern"
}

# guest_checks NAME [OPTIONS]: the checks of tests/guests/NAME.py in a guest of their own.
guest_checks() {
    local name=$1
    shift
    [ -n "$(/usr/bin/python3 tests/guests/$name.py -k "$pattern" --list)" ] || return 0
    verb_guest "$@" -- /usr/bin/python3 tests/guests/$name.py -k "$pattern"
}

# Guest* tests, checks of whole commands, and the demo from end to end.
test_guest() {
    local status=0
    build_preset release
    guest_gtests guest --with-reference || status=1
    guest_checks file_systems || status=1
    guest_checks devices_file --with-reference || status=1
    guest_checks hung_devices || status=1
    guest_checks background || status=1
    guest_checks kernel_refuses || status=1
    guest_checks missing_disks || status=1
    guest_checks installed_tree --with-reference || status=1
    guest_checks progress --with-reference || status=1
    guest_checks autoactivation --udev || status=1
    if [[ boot =~ $pattern ]]; then test_boot || status=1; fi
    if [[ demo =~ $pattern ]]; then test_demo --kernel || status=1; fi
    return $status
}

# Under Debian's own kernel, on two processors: Qemu* tests, whole commands on shared VGs over NVMe drives with mutexes, and
# the demo from end to end.
test_qemu() {
    local status=0
    build_preset release
    guest_gtests qemu --kernel qemu --bare || status=1
    if [[ idm_commands =~ $pattern ]]; then
        verb_guest --kernel qemu -- /usr/bin/python3 tests/lockd/idm_commands.py "$BUILD/release" nvme || status=1
    fi
    if [[ demo =~ $pattern ]]; then test_demo --kernel qemu || status=1; fi
    return $status
}

# A machine boots from a logical volume: the volume and the initramfs are made in a guest.
test_boot() {
    local folder=$BUILD/guest/boot status=0
    need boot
    rm -rf "$folder"
    mkdir -p "$folder"
    truncate -s 96M "$folder/disk0" "$folder/disk1"
    if ! verb_guest --udev --disks "$folder" --results "$folder" -- /usr/bin/python3 tests/guests/boot.py prepare; then
        echo "guest: 0 passed, 1 failed"
        return 1
    fi
    /usr/bin/python3 tests/guests/boot.py boot "$folder" || status=1
    rm -rf "$folder"
    return $status
}

# feed_status_lines SUITE: what the kernels of the guests said of their targets meanwhile (tests/harness/status_lines.py) is
# read by the parsers.
feed_status_lines() {
    local folder=$BUILD/guest/results/status
    [ -d "$folder" ] || return 0
    build_preset release dm_tests
    if LVMPP_STATUS_LINES=$folder "$BUILD/release/src/dm/dm_tests" --gtest_brief=1 --gtest_filter=UnitDmStatus.LinesOfTheGuests; then
        echo "$1: 1 passed, 0 failed"
    else
        echo "$1: 0 passed, 1 failed"
        return 1
    fi
}

# Data through volumes of every kind (-k raid5).
test_data() {
    local status=0
    build_preset release
    verb_guest --timeout 2400 -- /usr/bin/python3 tests/data/raid.py -k "$pattern" || status=1
    verb_guest --timeout 2400 -- /usr/bin/python3 tests/data/layers.py -k "$pattern" || status=1
    feed_status_lines data || status=1
    return $status
}

# For suites that start several guests side by side.
ready_for_guests() {
    guest_prepare
    need_reference
    install_tree "$(stage_folder)"
}

# wait_for PID...: until all of these have ended; fails when one did. Interrupted, it ends them.
wait_for() {
    local pid status=0
    trap 'kill "$@" 2> /dev/null; exit 130' INT TERM
    for pid in "$@"; do wait "$pid" || status=1; done
    trap - INT TERM
    return $status
}

# What the reference did is remembered as ccache remembers what a compiler made (tests/twins/memory.py; --fresh: it runs
# all the same). Beside other suites a twelfth of the cases runs, another one after every commit.
test_twins() {
    local status=0 part=0/1 memory=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/lvmpp/twins seen=$BUILD/guest/results/twins
    if [ ${#suites[@]} -gt 1 ] && [ -z "$pattern" ]; then
        part=$(($(git rev-list --count HEAD 2> /dev/null || echo 0) % 12))/12
        echo "twins: part $part of the cases; ./dev test twins runs all"
    fi
    ready_for_guests
    rm -rf "$seen"
    mkdir -p "$memory" "$seen"
    cp -r "$memory/." "$seen"
    stage_ready=1 verb_guest --with-reference --timeout 5000 -- \
        /usr/bin/python3 tests/twins/run.py -k "$pattern" --part "$part" ${extra[@]+"${extra[@]}"} || status=1
    cp -r "$seen/." "$memory"
    feed_status_lines twins || status=1
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
        /usr/bin/python3 tests/dance/run.py --seed 1 --steps 50 --kinds all || status=1
    feed_status_lines dance || status=1
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
    local pids=()
    need lockd
    build_preset release lvm lvmlockd lvmlockctl idmlockd idm-drive
    ready_for_guests
    lockd_runs lockd_lines dlm &
    pids+=($!)
    lockd_runs lockd_lines sanlock &
    pids+=($!)
    lockd_runs lockd_hosts sanlock & # it waits most of the time, as does idm
    pids+=($!)
    lockd_runs lockd_hosts dlm idm_commands idm &
    pids+=($!)
    wait_for "${pids[@]}"
}

# Three hosts, a guest each, over each lock manager: side by side, for they wait most of the time.
test_cluster() {
    local pids=() manager
    need lockd
    build_preset release lvm lvmlockd lvmlockctl idmlockd idm-drive
    ready_for_guests
    for manager in sanlock dlm idm; do
        [[ $manager =~ $pattern ]] || continue
        stage_ready=1 /usr/bin/python3 tests/cluster/run.py -k $manager &
        pids+=($!)
    done
    [ ${#pids[@]} -gt 0 ] || echo "cluster: 0 passed, 0 failed"
    wait_for ${pids[@]+"${pids[@]}"}
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
    local crash=$BUILD/release/lvm-crash shards=$(nproc) shard pids=() status=0
    local full= storm=20
    if [[ " ${extra[*]-} " == *" --full "* ]]; then full=--full storm=600; fi
    if [[ " ${extra[*]-} " == *" --sanitizers "* ]]; then
        build_preset asan lvm-crash
        crash=$BUILD/asan/lvm-crash full=--few storm=0
    else
        build_preset release lvm lvm-crash
    fi
    if [[ " ${extra[*]-} " == *" --open "* ]]; then full="$full --open"; fi
    local cases=tests/crash/cases
    if [[ " ${extra[*]-} " == *" --corpus "* ]]; then cases=tests/twins/cases full="$full --repeats"; fi
    [ "$storm" -eq 0 ] || "$crash" --canary --conf tests/guests/lvm.conf || status=1
    for ((shard = 0; shard < shards; shard++)); do
        "$crash" $full --shard $shard/$shards -k "$pattern" --conf tests/guests/lvm.conf $cases &
        pids+=($!)
    done
    wait_for "${pids[@]}" || status=1
    [ "$storm" -eq 0 ] || /usr/bin/python3 tests/crash/storm.py --lvm "$BUILD/release/lvm" --seconds $storm || status=1
    return $status
}

test_tidy() { verb_tidy; }

# run_suite NAME: its output to build/test/NAME.log and on ours, its closing lines to build/test/NAME.sums.
run_suite() {
    local name=$1 status
    printf '\n== %s\n' "$name"
    # Not in a condition: there bash would ignore set -e inside the suite.
    set +e
    (
        (set -e; "test_$name")
        status=$?
        times > "$BUILD/test/$name.times" # of the processes that ended below this one
        exit $status
    ) 2>&1 | tee "$BUILD/test/$name.log"
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

# show_failures NAME: once more, the places where the suite failed, so that the end of a long output tells.
show_failures() {
    grep -qE ' [1-9][0-9]* failed$' "$BUILD/test/$1.sums" || return 0
    printf '\n== failed in %s\n' "$1"
    # Some end without a word of failure: then the end of what they said has to do.
    grep -E -B 6 -A 6 'FAIL|error: | [1-9][0-9]* failed$|^dance: step' "$BUILD/test/$1.log" | tail -n 60 ||
        tail -n 20 "$BUILD/test/$1.log"
}

# cpu_seconds NAME: of that suite's processes, guests included.
cpu_seconds() { awk -F'[ms ]+' 'END { printf "%d\n", $1 * 60 + $2 + $3 * 60 + $4 }' "$BUILD/test/$1.times"; }

# run_lane NICENESS NAME...: one suite after the other; the output of each is shown whole when it has ended.
run_lane() {
    local name started
    renice -n "$1" -p "$BASHPID" > /dev/null 2>&1 || true # nobody but root may be less nice than he was
    shift
    for name in "$@"; do
        started=$SECONDS
        say "$name begins"
        run_suite "$name" > "$BUILD/test/$name.out" 2>&1
        flock "$BUILD/test" cat "$BUILD/test/$name.out"
        say "$name ended after $((SECONDS - started)) s, $(cpu_seconds "$name") s of CPU time"
    done
}

# run_lanes NAME...: those of each lane in its order, the lanes side by side.
run_lanes() {
    local lane name chosen niceness=10 pids=()
    # What several lanes would fetch, unpack or build.
    need build guest rootless lockd tidy qemu
    need_reference
    guest_prepare
    build_preset release
    set -m # a process group for each lane, so that it can be ended whole
    for lane in "${LANES[@]}"; do
        chosen=()
        for name in $lane; do
            if [[ " $* " == *" $name "* ]]; then chosen+=("$name"); fi
        done
        [ "$lane" != "${LANES[-1]}" ] || niceness=0
        STAGE=$BUILD/stage.${#pids[@]} run_lane $niceness ${chosen[@]+"${chosen[@]}"} < /dev/null &
        pids+=($!)
    done
    trap 'kill -- "${pids[@]/#/-}" 2> /dev/null; wait; exit 130' INT TERM
    wait
    trap - INT TERM
    set +m
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
                # Options of the twins, the dance and the crash suite: --steps N, --seed N, --kinds LIST, --self, --fresh,
                # --full, --open, --corpus, --sanitizers.
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
    if [ ${#suites[@]} -gt 1 ]; then run_lanes "${suites[@]}"; else run_suite "${suites[0]}"; fi
    for name in "${suites[@]}"; do show_failures "$name"; done
    printf '\n== all, in %d s\n' $((SECONDS - started))
    sort -s -t: -k1,1 "$BUILD"/test/*.sums
    local passed failed
    read -r passed failed < <(awk '{ passed += $2; failed += $4 } END { print passed + 0, failed + 0 }' "$BUILD"/test/*.sums)
    [ $((passed + failed)) -gt 0 ] || say "no test ran"
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
