# SPDX-License-Identifier: LGPL-2.1-or-later
verb_help() {
    cat <<'TEXT'
usage: ./dev VERB

  demo [--kernel]            volumes on image files without root; --kernel: with a real device-mapper, in a guest
  test [SUITE] [-k RE]       everything, or one SUITE: unit user asan tidy guest interop twins dance crash
  build [--debug|--asan|--tsan]
  install DIR                a tree as a package would lay it out: DIR/usr/sbin/lvm, links, etc/lvm, man
  guest [OPTIONS] -- CMD...  runs CMD as root in a guest with this build installed (./dev guest --help)
  bench [NAME]               against the LVM2 of the lvm2 package, or of --against PATH (./dev bench --help)
  fuzz [TARGET] [SECONDS]    all fuzzers for 60 seconds each, or one
  campaign SEED HISTORIES    histories of the IDM lock manager by the quickest program there is, on one core
  tidy [--deep]              the rules of the house; --deep adds clang-tidy
  format                     clang-format over the sources

Each verb installs what it needs with apt, says so, and is quick when there is nothing to do.
TEXT
}
