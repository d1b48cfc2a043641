# SPDX-License-Identifier: LGPL-2.1-or-later
# Compiler cache, linker and flags for our own code.
find_program(LVM_CCACHE ccache)
if(LVM_CCACHE)
  # One clone finds what another compiled: paths are taken relative to the repository.
  set(CMAKE_C_COMPILER_LAUNCHER env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
                                CCACHE_SLOPPINESS=pch_defines,time_macros ${LVM_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_C_COMPILER_LAUNCHER})
endif()
find_program(LVM_MOLD mold)
if(LVM_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# One set of objects serves the programs and the shared libraries.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
add_library(lvm_flags INTERFACE)
target_include_directories(lvm_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(lvm_flags INTERFACE -Wall -Wextra -Wconversion -Wshadow -Werror
                                           -fno-strict-aliasing -fvisibility=hidden)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(lvm_flags INTERFACE -Wno-gnu-statement-expression -Wno-missing-field-initializers
                                             -Wno-deprecated-declarations)  # within libstdc++ 12: stable_partition
else()
  # Designated initialisers leave the rest at its default: that is their point.
  target_compile_options(lvm_flags INTERFACE -Wno-missing-field-initializers)
endif()
# Optimising is more than half of the time to compile: only the layers that go through whole VG texts get -O2.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")
set(LVM_HOT_LAYERS base syntax ondisk model segment metadata alloc report)
if(LVM_SANITIZE)
  add_compile_options(-fsanitize=${LVM_SANITIZE} -fno-omit-frame-pointer)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND LVM_SANITIZE MATCHES "undefined")
    # With its checks of null pointers, g++ 12 does not take the address of a function for a constant, which the
    # static_asserts on tables need. The address sanitizer sees null pointers all the same.
    add_compile_options(-fno-sanitize=null,nonnull-attribute,returns-nonnull-attribute -fdelete-null-pointer-checks)
  endif()
  add_link_options(-fsanitize=${LVM_SANITIZE})
endif()
