# SPDX-License-Identifier: LGPL-2.1-or-later
#
# ./dev bench: this build beside another LVM. Needs root for the loop device of `scale`; `activate` runs in a guest.
use build
use guest

bench_usage() {
    cat <<'TEXT'
usage: ./dev bench [scale|activate|kinds|engine|locks] [--against PATH] [--counts N,N...] [--repeat N] [--instructions]

  scale      CPU time and peak memory of reports and small changes in groups of 100 to 50,000 volumes, metadata only
  activate   wall time to activate and deactivate 500 volumes, in a guest
  kinds      wall time to create, report and remove a volume of each kind, and in a pool of many, in a guest
  engine     fio through nbdkit and FUSE on volumes of the embedded engine beside a plain file (--seconds N, --rounds N,
             --kinds linear,..., --doors nbdkit,FUSE, --folder FOLDER)
  locks      the IDM lock manager on drives in memory with a given latency: time and CPU of a lock, 10 000 renewals;
             --others: beside sanlock and dlm, in a guest, through lvmlockd's interface
  --against PATH   an lvm program (default: Debian's, unpacked in build/reference)
  --instructions   callgrind's count instead of time: repeatable, slow
TEXT
}

bench_scale() {
    need bench
    need_reference
    install_tree "$BUILD/stage"
    as_root /usr/bin/python3 "$ROOT/tests/bench/scale.py" --ours "$BUILD/stage/usr/sbin/lvm" \
        --reference "$REFERENCE/sbin/lvm" \
        --libraries "$REFERENCE/lib/x86_64-linux-gnu:$REFERENCE/usr/lib/x86_64-linux-gnu" "$@"
}

bench_activate() {
    verb_guest --with-reference --timeout 3000 -- /usr/bin/python3 tests/bench/activate.py "$@"
}

bench_kinds() {
    verb_guest --with-reference --timeout 20000 -- /usr/bin/python3 tests/bench/kinds.py "$@"
}

bench_engine() {
    need bench
    build_preset release lvm nbdkit-lvm-plugin
    /usr/bin/python3 "$ROOT/tests/bench/engine.py" --lvm "$BUILD/release/lvm" \
        --plugin "$BUILD/release/nbdkit-lvm-plugin.so" "$@"
}

bench_locks() {
    if [[ ${1:-} == --others ]]; then
        shift
        need lockd
        build_preset release idm-bench lockd-bench
        g++ -std=c++23 -O2 -Wall -Wextra -shared -fPIC -o "$BUILD/slow_disk.so" "$ROOT/tests/bench/slow_disk.cc" -ldl
        verb_guest --bare --with-reference --udev --disk 128M --timeout 3000 -- \
            /usr/bin/python3 tests/bench/locks.py "$BUILD/release" "$BUILD/slow_disk.so" "$@"
        return
    fi
    build_preset release idm-bench
    "$BUILD/release/src/idm/idm-bench" "$@"
}

verb_bench() {
    local name=
    case ${1:-} in
        --help) bench_usage; return ;;
        scale | activate | kinds | engine | locks) name=$1; shift ;;
        '' | -*) ;;
        *) bench_usage >&2; exit 1 ;;
    esac
    cd "$ROOT"
    case $name in
        '') bench_scale "$@" && bench_activate && bench_kinds ;;
        *) "bench_$name" "$@" ;;
    esac
}
