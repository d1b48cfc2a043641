// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace lvm {

// LVM's identifier: 32 characters of [0-9a-zA-Z!#]; all zero bytes means "none". Written with dashes
// in metadata text (6-4-4-4-4-4-6), without them in PV headers and device-mapper UUIDs.
struct Uuid {
  static constexpr std::size_t kLength = 32;
  std::array<char, kLength> chars{};

  friend auto operator<=>(const Uuid&, const Uuid&) = default;
  explicit operator bool() const { return chars[0] != '\0'; }

  std::string_view plain() const { return {chars.data(), *this ? kLength : 0}; }
  std::string dashed() const;

  // Accepts both forms: dashes are skipped. nullopt when it is not 32 valid characters.
  static std::optional<Uuid> parse(std::string_view text);
  // Maps 32 random bytes to characters, each byte modulo 62.
  static Uuid from_random(const std::array<std::uint8_t, kLength>& bytes);
};

// One type per thing identified, so that a PV id cannot stand for an LV id.
template <class Tag>
struct Id {
  Uuid uuid;

  friend auto operator<=>(const Id&, const Id&) = default;
  explicit operator bool() const { return static_cast<bool>(uuid); }
  std::string_view plain() const { return uuid.plain(); }
  std::string dashed() const { return uuid.dashed(); }
  static std::optional<Id> parse(std::string_view text) {
    auto parsed = Uuid::parse(text);
    if (!parsed) return std::nullopt;
    return Id{*parsed};
  }
};

using PvId = Id<struct PvIdTag>;
using VgId = Id<struct VgIdTag>;
using LvId = Id<struct LvIdTag>;

}  // namespace lvm

// Ids are random characters: eight of them hash well enough.
template <class Tag>
struct std::hash<lvm::Id<Tag>> {
  std::size_t operator()(const lvm::Id<Tag>& id) const noexcept {
    std::uint64_t a, b;
    std::memcpy(&a, id.uuid.chars.data(), 8);
    std::memcpy(&b, id.uuid.chars.data() + 16, 8);
    return static_cast<std::size_t>((a * 0x9E3779B97F4A7C15ull) ^ (b + (a >> 29)));
  }
};
