# SPDX-License-Identifier: LGPL-2.1-or-later
#
# ./dev campaign SEED HISTORIES: many histories of the IDM lock manager, by a program that clang has built with a profile
# of itself (some 2.5 times as quick as the release build), on one core. A violation is the line that begins with "seed".
use build

verb_campaign() {
    [[ $# -eq 2 && $1 =~ ^[0-9]+$ && $2 =~ ^[0-9]+$ ]] || fail "usage: ./dev campaign SEED HISTORIES"
    need build campaign
    local profile=$BUILD/campaign/profile
    campaign_program first "-fprofile-generate=$profile"
    if [ ! -f "$profile.data" ] || [ "$BUILD/campaign/first/src/simulation/idm-simulate" -nt "$profile.data" ]; then
        rm -rf "$profile"
        step "profiling" "$BUILD/campaign/first/src/simulation/idm-simulate" --seed 77000001 --histories 3000 --jobs 1 || exit 1
        llvm-profdata-19 merge -o "$profile.data" "$profile"/*.profraw || exit 1
        rm -rf "$BUILD/campaign/second" # no two objects of different profiles
    fi
    campaign_program second "-fprofile-use=$profile.data -Wno-profile-instr-unprofiled -Wno-profile-instr-out-of-date -Wno-backend-plugin"
    "$BUILD/campaign/second/src/simulation/idm-simulate" --seed "$1" --histories "$2" --jobs 1
}

# campaign_program NAME FLAGS
campaign_program() {
    local tree=$BUILD/campaign/$1
    if [ ! -f "$tree/build.ninja" ]; then
        step "configuring $1" cmake -S "$ROOT" -B "$tree" -G Ninja -DCMAKE_BUILD_TYPE=Release -DLVM_TESTS=OFF \
            -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 -DLVM_MOLD=LVM_MOLD-NOTFOUND \
            "-DCMAKE_CXX_FLAGS_RELEASE=-O3 -g1 -flto=thin -march=x86-64-v3 $2" \
            -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld || exit 1
    fi
    step "building $1" cmake --build "$tree" --target idm-simulate || exit 1
}
