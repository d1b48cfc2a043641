// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

// Keys of the text by object (docs/formats/metadata.md), in the order of the enums; `unknown` stands for keys
// of other versions.
namespace lvm::metadata {

enum class TopKey : std::uint8_t {
  contents,
  version,
  description,
  creation_host,
  creation_time,
  creation_host_system_id,
  unknown
};
inline constexpr std::array<std::string_view, 6> kTopKeys = {
    "contents", "version", "description", "creation_host", "creation_time", "creation_host_system_id"};

enum class VgKey : std::uint8_t {
  id,
  seqno,
  format,
  status,
  flags,
  extent_size,
  max_lv,
  max_pv,
  metadata_copies,
  physical_volumes,
  logical_volumes,
  tags,
  system_id,
  lock_type,
  lock_args,
  allocation_policy,
  profile,
  historical,
  unknown
};
inline constexpr std::array<std::string_view, 18> kVgKeys = {"id",
                                                             "seqno",
                                                             "format",
                                                             "status",
                                                             "flags",
                                                             "extent_size",
                                                             "max_lv",
                                                             "max_pv",
                                                             "metadata_copies",
                                                             "physical_volumes",
                                                             "logical_volumes",
                                                             "tags",
                                                             "system_id",
                                                             "lock_type",
                                                             "lock_args",
                                                             "allocation_policy",
                                                             "profile",
                                                             "historical_logical_volumes"};

enum class PvKey : std::uint8_t {
  id,
  device,
  status,
  flags,
  dev_size,
  pe_start,
  pe_count,
  tags,
  device_id_type,
  device_id,
  ba_start,
  ba_size,
  unknown
};
inline constexpr std::array<std::string_view, 12> kPvKeys = {
    "id",       "device", "status",         "flags",     "dev_size", "pe_start",
    "pe_count", "tags",   "device_id_type", "device_id", "ba_start", "ba_size"};

enum class LvKey : std::uint8_t {
  id,
  status,
  flags,
  creation_time,
  creation_host,
  segment_count,
  tags,
  lock_args,
  allocation_policy,
  profile,
  read_ahead,
  major,
  minor,
  unknown
};
inline constexpr std::array<std::string_view, 13> kLvKeys = {"id",
                                                             "status",
                                                             "flags",
                                                             "creation_time",
                                                             "creation_host",
                                                             "segment_count",
                                                             "tags",
                                                             "lock_args",
                                                             "allocation_policy",
                                                             "profile",
                                                             "read_ahead",
                                                             "major",
                                                             "minor"};

enum class SegmentKey : std::uint8_t { start_extent, extent_count, type, tags, reshape_count, unknown };
inline constexpr std::array<std::string_view, 5> kSegmentKeys = {"start_extent", "extent_count", "type", "tags",
                                                                 "reshape_count"};

// Whether two short strings are equal: by two words that may overlap, where a call of memcmp would cost more.
[[gnu::always_inline]] inline bool same_word(std::string_view a, std::string_view b) {
  auto differ = [&]<class Word>(Word first, Word last) {
    Word other_first, other_last;
    std::memcpy(&first, a.data(), sizeof first);
    std::memcpy(&other_first, b.data(), sizeof first);
    std::memcpy(&last, a.data() + a.size() - sizeof last, sizeof last);
    std::memcpy(&other_last, b.data() + a.size() - sizeof last, sizeof last);
    return ((first ^ other_first) | (last ^ other_last)) != 0;
  };
  if (a.size() != b.size()) return false;
  if (a.size() > 2 * sizeof(std::uint64_t)) return a == b;
  if (a.size() >= sizeof(std::uint64_t)) return !differ(std::uint64_t{}, std::uint64_t{});
  if (a.size() >= sizeof(std::uint32_t)) return !differ(std::uint32_t{}, std::uint32_t{});
  return a == b;
}

// Finds a key by its length and three letters: one comparison per look-up. The multiplier that keeps
// all keys apart is searched for by the compiler.
template <class Key, std::size_t N>
class KeyTable {
  static_assert(static_cast<std::size_t>(Key::unknown) == N);

 public:
  consteval explicit KeyTable(const std::array<std::string_view, N>& keys) : keys_(keys) {
    for (multiplier_ = 0x85EBCA6Bu; !fill(); multiplier_ += 2) {
    }
  }
  Key find(std::string_view name) const {
    if (name.size() < 2) return Key::unknown;
    std::uint8_t at = slots_[slot(name)];
    return at < N && same_word(keys_[at], name) ? static_cast<Key>(at) : Key::unknown;
  }
  // The same, quicker when the guess is right: programs write keys in the order of the table.
  Key find(std::string_view name, std::size_t guess) const {
    return guess < N && same_word(keys_[guess], name) ? static_cast<Key>(guess) : find(name);
  }

 private:
  static constexpr std::size_t kSlots = 64;  // the upper 6 bits of a hash

  constexpr std::size_t slot(std::string_view name) const {
    auto letter = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(name[at])); };
    auto letters = letter(0) | letter(name.size() / 2) << 8 | letter(name.size() - 2) << 16;
    return (letters * multiplier_ + static_cast<std::uint32_t>(name.size()) * 0x9E3779B1u) >> 26;
  }
  constexpr bool fill() {
    slots_.fill(N);
    for (std::size_t i = 0; i < N; ++i) {
      std::uint8_t& at = slots_[slot(keys_[i])];
      if (at != N) return false;
      at = static_cast<std::uint8_t>(i);
    }
    return true;
  }

  std::array<std::string_view, N> keys_;
  std::array<std::uint8_t, kSlots> slots_{};
  std::uint32_t multiplier_ = 1;
};

inline constexpr KeyTable<TopKey, kTopKeys.size()> kTopTable(kTopKeys);
inline constexpr KeyTable<VgKey, kVgKeys.size()> kVgTable(kVgKeys);
inline constexpr KeyTable<PvKey, kPvKeys.size()> kPvTable(kPvKeys);
inline constexpr KeyTable<LvKey, kLvKeys.size()> kLvTable(kLvKeys);
inline constexpr KeyTable<SegmentKey, kSegmentKeys.size()> kSegmentTable(kSegmentKeys);

inline constexpr std::string_view kContents = "Text Format Volume Group";
inline constexpr std::int64_t kVersion = 1;
inline constexpr std::string_view kFormat = "lvm2";
inline constexpr std::string_view kWriteLocked = "WRITE_LOCKED";
inline constexpr std::string_view kGenerated = "# Generated by ";

// LVM puts this in place of times that do not fit its integers.
inline constexpr std::int64_t kAbsurdTimeStandIn = 1527120000;

}  // namespace lvm::metadata
