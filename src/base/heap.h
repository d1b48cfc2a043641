// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>

// What a command over thousands of volumes waits for most is the kernel, which hands out memory page by page; on a
// virtual machine each of them takes long.
namespace lvm {

// Once, in a program that ends soon: malloc gives nothing back to the kernel that it would have to ask for again.
void keep_freed_memory();

// So many bytes at the least are about to be allocated in many pieces: malloc gets them at once, in huge pages where
// the kernel has them (transparent_hugepage/enabled: "always" or "madvise"). Fewer than 64 KiB are left to it.
void expect_allocations(std::size_t bytes);

}  // namespace lvm
