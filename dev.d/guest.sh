# SPDX-License-Identifier: LGPL-2.1-or-later
#
# ./dev guest: runs a command as root in a guest: User-Mode Linux, or QEMU. See docs/HACKING.md, "Guests".
use reference
use install
use qemu

guest_usage() {
    cat <<'TEXT'
usage: ./dev guest [OPTIONS] [--] CMD...

  --with-reference   Debian's LVM2 at /reference; `ref lvs` runs one of its programs
  --udev             udevd runs, with the device-mapper and LVM rules
  --disk SIZE        a disk /dev/loopN, empty (may be given many times)
  --disks FOLDER     disks from the files FOLDER/disk0, disk1, ...: they stay for the next guest
  --shared FILE      a disk /dev/ubda, ubdb, ... that several guests may have at once (may be given many times)
  --network TAP      an interface vec0 at this tap device
  --hosts N          N guests that share the disks (/dev/ubda, ubdb...) and a network; CMD runs in each, $HOST is its number
  --kernel KIND      uml (default), or qemu: Debian's kernel as distributed, on two processors, without KVM
  --bare             without this build installed
  --results FOLDER   the guest's /results (default build/guest/results)
  --memory SIZE      default 2G
  --timeout SECONDS  default 2400

The command sees the host's files; what it writes outside /results and /disks is gone afterwards.
Its exit status is ours; 125 when the guest itself failed. The kernel's log is in build/guest/console.log.
TEXT
}

# Where this build is laid out for guests. What runs side by side has a folder each.
stage_folder() { echo "${STAGE:-$BUILD/stage}"; }

# The parts that do not depend on the job: packages, process 1, modules.
guest_prepare() {
    need guest
    mkdir -p "$BUILD/guest"
    [[ $ROOT != *[[:space:]]* ]] || fail "guests need a path without blanks, not '$ROOT'"
    if [ ! "$BUILD/guest/init" -nt "$ROOT/tests/guests/init.cc" ]; then
        step "compiling the guest's process 1" g++ -std=c++23 -O1 -static -Wall -Wextra \
            -o "$BUILD/guest/init.new" "$ROOT/tests/guests/init.cc" || exit 1
        mv "$BUILD/guest/init.new" "$BUILD/guest/init"
    fi
    if [ ! "$BUILD/guest/vdo.so" -nt "$ROOT/tests/guests/vdo/target.cc" ]; then
        step "compiling the stand-in for the vdo target" g++ -std=c++23 -O1 -Wall -Wextra -shared -fPIC \
            -o "$BUILD/guest/vdo.so.new" "$ROOT/tests/guests/vdo/target.cc" || exit 1
        mv "$BUILD/guest/vdo.so.new" "$BUILD/guest/vdo.so"
    fi
    if [ ! "$BUILD/guest/xstate.so" -nt "$ROOT/tests/guests/xstate.cc" ]; then
        step "compiling what lets guests run on processors with many registers" g++ -std=c++23 -O1 -Wall -Wextra -shared -fPIC \
            -fno-threadsafe-statics -nodefaultlibs -o "$BUILD/guest/xstate.so.new" "$ROOT/tests/guests/xstate.cc" -lc || exit 1
        mv "$BUILD/guest/xstate.so.new" "$BUILD/guest/xstate.so"
    fi
    # For those too that start one by its name.
    if [ ! -x "$BUILD/guest/bin/linux.uml" ]; then
        mkdir -p "$BUILD/guest/bin"
        printf '#!/bin/sh\nLD_PRELOAD=%q exec /usr/bin/linux.uml "$@"\n' "$BUILD/guest/xstate.so" > "$BUILD/guest/bin/linux.uml"
        chmod +x "$BUILD/guest/bin/linux.uml"
    fi
    export PATH=$BUILD/guest/bin:$PATH
    local folders=(/usr/lib/uml/modules/*) module
    GUEST_MODULES=${folders[-1]}
    early=()
    for module in fs/overlayfs/overlay.ko drivers/block/loop.ko drivers/md/dm-mod.ko; do
        early+=("$GUEST_MODULES/kernel/$module")
    done
}

# guest_settings: what process 1 reads. Uses the variables of guest_run.
guest_settings() {
    printf '%s %s\n' repository "$ROOT" work_folder "$ROOT" results "$results" disks "$disks" \
        modules "$GUEST_MODULES" version "${GUEST_MODULES##*/}"
    printf 'module %s\n' "${early[@]}"
    [ -z "$stage" ] || echo "stage $stage"
    [ -z "$reference" ] || echo "reference $reference"
    [ $udev = 0 ] || echo "udev 1"
}

# uml_command: sets launch. Uses the variables of guest_run.
uml_command() {
    # The guest's memory is a file: a tmpfs that allows execution is the place for it.
    local scratch=${TMPDIR:-/tmp}
    if [ -w /dev/shm ] && ! findmnt -n -o OPTIONS /dev/shm | grep -q noexec; then scratch=/dev/shm; fi
    # Terminal 1 of the guest is our output, terminal 2 our errors; its console goes to the log.
    launch=(env "TMPDIR=$scratch" linux.uml
        "mem=$memory" rootfstype=hostfs rootflags=/ rw "uml_dir=$job/uml/" "init=$BUILD/guest/init" "job=$job"
        con=null con0=null,fd:5 con1=null,fd:3 con2=null,fd:4 ssl=null ${devices[@]+"${devices[@]}"} quiet panic=-1)
}

# guest_run CMD...: the caller has set kind, stage, reference, udev, disks, results, memory, timeout, devices and passed (a file).
# Sets panicked when the guest's kernel ended in a panic.
guest_run() {
    local job=$BUILD/guest/job.$$.$RANDOM status=125 launch=() kernel watcher
    mkdir -p "$job/uml"
    : "${disks:=$job/disks}"
    mkdir -p "$results" "$disks"
    guest_settings > "$job/settings"
    printf '%s\0' "$@" > "$job/arguments"
    cp "$passed" "$job/passed"
    "${kind}_command"

    # In a session of its own, so that the guest's processes can be ended together and no others; a scheduler that groups
    # sessions is told how nice this one is.
    setsid sh -c 'nice 2> /dev/null > /proc/self/autogroup; exec "$@"' sh "${launch[@]}" \
        3>&1 4>&2 5> "$job/console.log" > "$job/kernel.log" 2>&1 < /dev/null &
    kernel=$!
    (
        trap 'kill $sleeper 2> /dev/null; exit' TERM
        sleep "$timeout" &
        sleeper=$!
        wait $sleeper
        say "the guest did not end within $timeout s; killing it"
        kill -KILL -- -$kernel
    ) &
    watcher=$!
    trap "kill -KILL -- -$kernel 2> /dev/null; kill $watcher 2> /dev/null; rm -rf '$job'" EXIT
    { wait $kernel || true; } 2> /dev/null
    kill $watcher 2> /dev/null || true
    wait $watcher 2> /dev/null || true
    kill -KILL -- -$kernel 2> /dev/null || true
    trap - EXIT
    cat "$job/kernel.log" "$job/console.log" > "$BUILD/guest/console.log" 2> /dev/null || true
    cp "$job/passed" "$passed"
    if [ -s "$job/status" ]; then
        read -r status < "$job/status"
    else
        say "the guest ended without a status; the end of its console:"
        tail -n 30 "$job/console.log" >&2
        if grep -q '^Kernel panic' "$job/console.log"; then panicked=1; fi
    fi
    rm -rf "$job"
    return "$status"
}

# guest_run, and again, on the disks as they were, after a panic of the guest's kernel: User-Mode Linux has some of its own
# (docs/HACKING.md, "Guests"). Checks that have passed are not run again (tests/harness/panics.py); the fourth panic at the
# same one is an error.
guest_run_past_panic() {
    local panicked status before= given=$disks passed reached=-1 now stuck=0
    if [ -n "$disks" ] && compgen -G "$disks/disk*" > /dev/null; then
        before=$(mktemp -d "$BUILD/guest/before.XXXXXX")
        cp --sparse=always -- "$disks"/disk* "$before"
    fi
    passed=$(mktemp "$BUILD/guest/passed.XXXXXX")
    while true; do
        panicked=0 status=0 disks=$given
        guest_run "$@" || status=$?
        [ $panicked = 1 ] || break
        now=$(wc -l < "$passed")
        if [ "$now" -gt $reached ]; then stuck=0; else stuck=$((stuck + 1)); fi
        reached=$now
        [ $stuck -lt 3 ] || break
        say "a panic of the guest's kernel: the command runs once more"
        [ -z "$before" ] || cp --sparse=always -- "$before"/disk* "$disks"
    done
    rm -rf "$passed" ${before:+"$before"}
    return "$status"
}

verb_guest() {
    local stage=$(stage_folder) reference= udev=0 disks= results=$BUILD/guest/results memory=2G timeout=2400
    local bare=0 sizes=() devices=() shared=0 hosts=1 kind=uml
    while [ $# -gt 0 ]; do
        case $1 in
            --with-reference) reference=1 ;;
            --udev) udev=1 ;;
            --bare) bare=1 ;;
            --disk | --disks | --results | --memory | --timeout | --shared | --network | --hosts | --kernel)
                [ $# -ge 2 ] || fail "$1 needs a value"
                case $1 in
                    --disk) sizes+=("$2") ;;
                    --disks) mkdir -p "$2"; disks=$(cd "$2" && pwd) ;;
                    --results) mkdir -p "$2"; results=$(cd "$2" && pwd) ;;
                    --memory) memory=$2 ;;
                    --timeout) timeout=$2 ;;
                    --shared)
                        devices+=("ubd${shared}c=$(realpath "$2")")
                        shared=$((shared + 1))
                        ;;
                    --hosts) hosts=$2 ;;
                    --network) devices+=("vec0:transport=tap,ifname=$2,depth=64,gro=1") ;;
                    --kernel) [[ $2 = uml || $2 = qemu ]] || fail "no kernel '$2': uml or qemu"; kind=$2 ;;
                esac
                shift
                ;;
            --help) guest_usage; return ;;
            --) shift; break ;;
            -*) fail "no such option: $1; see ./dev guest --help" ;;
            *) break ;;
        esac
        shift
    done
    [ $# -gt 0 ] || { guest_usage >&2; exit 1; }
    local early=()
    guest_prepare
    if [ $kind = qemu ]; then
        [ ${#devices[@]} -eq 0 ] && [ "$hosts" = 1 ] || fail "--shared, --network and --hosts are for the kernel uml"
        qemu_prepare
    fi
    if [ $bare = 1 ]; then
        stage=
    elif [ -z "${stage_ready:-}" ]; then
        mkdir -p "$stage"
        install_tree "$stage"
    fi
    if [ -n "$reference" ]; then need_reference; reference=$REFERENCE; fi
    if [ "$hosts" -gt 1 ]; then
        stage_ready=1 /usr/bin/python3 "$ROOT/tests/cluster/run.py" --hosts "$hosts" --disks "${#sizes[@]}" \
            --size "${sizes[0]:-512M}" -- "$@"
        return
    fi
    if [ ${#sizes[@]} -gt 0 ]; then
        local number=0 size
        [ -n "$disks" ] || disks=$(mktemp -d "$BUILD/guest/disks.XXXXXX")
        for size in "${sizes[@]}"; do
            truncate -s "$size" "$disks/disk$number"
            number=$((number + 1))
        done
    fi
    local status=0
    guest_run_past_panic "$@" || status=$?
    case $disks in "$BUILD"/guest/disks.??????) rm -rf "$disks" ;; esac
    return $status
}
