// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"
#include "segment/kind.h"
#include "segment/parts.h"

namespace lvm::segment {

enum class Presence { optional, needed };

// Reads the keys of one segment section into members; the first thing that is wrong is what done() says.
class Keys {
 public:
  Keys(const syntax::Node& section, const Names& names) : section_(section), names_(names) {}

  static constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint64_t kMax63 = std::numeric_limits<std::int64_t>::max();

  // Whole numbers up to 32 bits; `number64` up to 63.
  template <class T>
  void number(std::string_view key, T& to, Presence presence = Presence::optional) {
    if (auto value = whole(key, presence, kMax32)) to = T(static_cast<std::uint32_t>(*value));
  }
  template <class T>
  void number64(std::string_view key, T& to, Presence presence = Presence::optional) {
    if (auto value = whole(key, presence, kMax63)) to = T(*value);
  }
  // 0 is false, another number true.
  void flag(std::string_view key, bool& to) {
    if (auto value = whole(key, Presence::optional, kMax32)) to = *value != 0;
  }
  void word(std::string_view key, std::string& to, Presence presence = Presence::optional);
  // The name of an LV of the same VG.
  void lv(std::string_view key, LvId& to, Presence presence = Presence::optional);
  syntax::Node find(std::string_view key, Presence presence = Presence::optional);
  void fail_at(const syntax::Node& node, std::string_view what);

  bool good() const { return status_.has_value(); }
  Result<> done() { return std::move(status_); }

 private:
  std::optional<std::uint64_t> whole(std::string_view key, Presence presence, std::uint64_t most);

  const syntax::Node& section_;
  const Names& names_;
  Result<> status_;
};

// Values that are written only when they are set.
inline void write_optional(syntax::Printer& out, std::string_view key, const std::optional<std::uint64_t>& value) {
  if (value) out.number(key, *value);
}

}  // namespace lvm::segment
