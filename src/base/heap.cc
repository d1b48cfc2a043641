// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/heap.h"

#include <malloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

namespace lvm {
namespace {

constexpr std::size_t kPage = 4096, kHugePage = 2u << 20, kLeast = 64u << 10;
// The most that malloc can be told to take from the heap at once (mallopt(3)); larger blocks are mapped for themselves.
constexpr int kLargestBlock = 32 << 20;

// The whole pages of that size within the block.
void advise(void* block, std::size_t size, std::size_t page, int advice) {
  const auto at = reinterpret_cast<std::uintptr_t>(block);
  const std::uintptr_t begin = (at + page - 1) / page * page, end = (at + size) / page * page;
  if (begin < end) ::madvise(static_cast<std::byte*>(block) + (begin - at), end - begin, advice);
}

}  // namespace

void keep_freed_memory() {
  ::mallopt(M_MMAP_THRESHOLD, kLargestBlock);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

void expect_allocations(std::size_t bytes) {
  constexpr std::size_t kPiece = kLargestBlock - (64 << 10);
  std::array<void*, 64> blocks{};
  for (void*& block : blocks) {
    if (bytes < kLeast) break;
    const std::size_t piece = std::min(bytes, kPiece);
    bytes -= piece;
    block = std::malloc(piece);
    if (block == nullptr) break;
    advise(block, piece, kHugePage, MADV_HUGEPAGE);
    advise(block, piece, kPage, MADV_POPULATE_WRITE);
  }
  // Joined, they are what malloc takes from next.
  for (void* block : blocks) std::free(block);
}

}  // namespace lvm
