// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace lvm::syntax {

// Sections by parent and name, for parents with many of them: open addressing, one allocation.
class SectionIndex {
 public:
  static std::uint32_t hash_of(std::uint32_t parent, std::string_view name) {
    constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15ull;
    std::uint64_t hash = parent;
    for (; name.size() > 8; name.remove_prefix(8)) hash = (hash ^ word(name, 8)) * kFactor;
    hash = (hash ^ word(name, name.size())) * kFactor;
    return static_cast<std::uint32_t>((hash ^ (hash >> 29)) * kFactor >> 32);
  }

  // The record put under this key, or 0.
  template <class SameName>
  std::uint32_t find(std::uint32_t hash, std::uint32_t parent, SameName same_name) const {
    if (slots_.empty()) return 0;
    for (std::size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[at];
      if (slot.record == 0) return 0;
      if (slot.hash == hash && slot.parent == parent && same_name(slot.record)) return slot.record;
    }
  }

  // The key must not be there yet; `record` is not 0.
  void insert(std::uint32_t hash, std::uint32_t parent, std::uint32_t record) {
    if ((used_ + 1) * 2 > slots_.size()) grow();
    place({hash, parent, record});
    ++used_;
  }

 private:
  static std::uint64_t word(std::string_view name, std::size_t length) {
    std::uint64_t word = 0;
    std::memcpy(&word, name.data(), length);
    return word;
  }

  struct Slot {
    std::uint32_t hash, parent, record;
  };

  void place(const Slot& slot) {
    std::size_t at = slot.hash & (slots_.size() - 1);
    while (slots_[at].record != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
  void grow() {
    std::vector<Slot> old(slots_.empty() ? 64 : slots_.size() * 4);
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.record != 0) place(slot);
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace lvm::syntax
