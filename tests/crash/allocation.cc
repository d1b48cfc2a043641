// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crash/allocation.h"

#include <malloc.h>

#include <cstdint>
#include <cstdlib>
#include <new>

namespace lvm::crash {
namespace {

// One thread runs commands; plain values do.
bool counting = false;
int unlimited = 0;
std::size_t count = 0;
std::optional<std::size_t> limit;
bool exhausted = false, once = false;
std::int64_t left = 0;

bool applies() { return counting && unlimited == 0; }

void* take(std::size_t size, std::size_t alignment) {
  if (applies()) {
    bool struck = limit && count == *limit;
    exhausted = exhausted || (struck && !once);
    ++count;
    if (struck && once) return nullptr;
    if (exhausted && left < static_cast<std::int64_t>(size)) return nullptr;
  }
  if (size == 0) size = 1;
  void* memory = alignment == 0 ? std::malloc(size)
                                : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory != nullptr && applies() && exhausted) left -= static_cast<std::int64_t>(malloc_usable_size(memory));
  return memory;
}

void give(void* memory) {
  if (memory != nullptr && applies() && exhausted) left += static_cast<std::int64_t>(malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

MemoryLimit::MemoryLimit(std::optional<std::size_t> first_to_fail, bool only_that_one) {
  limit = first_to_fail;
  once = only_that_one;
  count = 0;
  exhausted = false;
  left = 0;
  counting = true;
}
MemoryLimit::~MemoryLimit() { counting = false; }
std::size_t MemoryLimit::allocations() { return count; }

Unlimited::Unlimited() { ++unlimited; }
Unlimited::~Unlimited() { --unlimited; }

void* allocate(std::size_t size, std::size_t alignment) {
  void* memory = take(size, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void release(void* memory) { give(memory); }
void* try_allocate(std::size_t size) { return take(size, 0); }

}  // namespace lvm::crash

void* operator new(std::size_t size) { return lvm::crash::allocate(size, 0); }
void* operator new[](std::size_t size) { return lvm::crash::allocate(size, 0); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return lvm::crash::allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return lvm::crash::allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return lvm::crash::try_allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return lvm::crash::try_allocate(size); }
void operator delete(void* memory) noexcept { lvm::crash::release(memory); }
void operator delete[](void* memory) noexcept { lvm::crash::release(memory); }
void operator delete(void* memory, std::size_t) noexcept { lvm::crash::release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { lvm::crash::release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { lvm::crash::release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { lvm::crash::release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { lvm::crash::release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { lvm::crash::release(memory); }
