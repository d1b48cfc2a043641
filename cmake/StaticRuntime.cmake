# SPDX-License-Identifier: LGPL-2.1-or-later
# lvm_static_runtime(TARGET): a program of a few milliseconds carries the C++ runtime, with the two functions of libm that
# it uses, and fmt: loading these and finding their symbols would take longer than most commands.
function(lvm_static_runtime target)
  # libfmt.so would bring libstdc++.so back: with an fmt that is not known, neither is linked in.
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU" OR LVM_SANITIZE OR NOT fmt_VERSION MATCHES "^9\\.")
    return()
  endif()
  if(NOT TARGET lvm_fmt)
    add_library(lvm_fmt STATIC ${CMAKE_SOURCE_DIR}/cmake/fmt.cc)
    target_link_libraries(lvm_fmt PRIVATE lvm_flags fmt::fmt)
  endif()
  target_link_libraries(${target} PRIVATE $<TARGET_OBJECTS:lvm_fmt>)
  target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc LINKER:--as-needed)
  target_link_options(${target} PRIVATE LINKER:--undefined=fegetround,--undefined=fesetround)
  target_link_libraries(${target} PRIVATE -l:libm.a)
  # Its tables are full of addresses within itself: a bit for each, not 24 bytes that are read whenever it starts. What
  # mold 1 packs lacks the mark that glibc asks for.
  target_link_options(${target} PRIVATE -fuse-ld=bfd LINKER:-z,pack-relative-relocs)
endfunction()
