// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "dm/target/row.h"

namespace lvm::dm {

// Reads the blank-separated words of a parameter text one by one; each reader says which word is wrong.
class Words {
 public:
  Words(std::string_view type, std::string_view params) : type_(type), params_(params), rest_(params) {}

  Result<std::string_view> word(std::string_view what);
  Result<std::uint64_t> number(std::string_view what, std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
  Result<std::uint32_t> number32(std::string_view what);
  Result<Sectors> sectors(std::string_view what);
  // "major:minor"
  Result<DeviceNumber> device();
  // "major:minor", or "-" where there is none.
  Result<std::optional<DeviceRef>> device_or_dash();
  // A count of things of `words_each` words that follow. More than the text can hold is an error, so that a
  // count alone never makes us reserve memory.
  Result<std::size_t> count(std::string_view what, std::size_t words_each = 1);
  // "used/total".
  Result<Usage> usage(std::string_view what);
  // A number, or "-" where there is none.
  Result<std::optional<std::uint64_t>> number_or_dash(std::string_view what);
  // "count" words of key and value pairs, the count told in words.
  Result<std::vector<std::pair<std::string, std::string>>> pairs(std::string_view what);
  // "DEVICE OFFSET" times `count`.
  Result<std::vector<LinearTarget>> legs(std::size_t count);
  bool at_end() const;
  std::string_view rest() const { return rest_; }
  // Nothing may follow.
  Result<> end() const;
  std::unexpected<Error> wrong(std::string_view what) const;

 private:
  std::string_view type_, params_, rest_;
};

// " KEY VALUE" when there is one.
template <class T>
void append_option(std::string& text, std::string_view key, const std::optional<T>& value) {
  if (!value) return;
  text += ' ';
  text += key;
  text += ' ';
  if constexpr (requires { value->n; })
    text += std::to_string(value->n);
  else
    text += std::to_string(*value);
}
// " KEY" when it holds.
inline void append_flag(std::string& text, std::string_view key, bool value) {
  if (!value) return;
  text += ' ';
  text += key;
}
void append_pairs(std::string& text, const std::vector<std::pair<std::string, std::string>>& pairs);
// " DEVICE OFFSET" of each.
Result<> append_legs(std::string& text, const std::vector<LinearTarget>& legs, const DeviceText& device);
Result<std::string> device_or_dash(const std::optional<DeviceRef>& ref, const DeviceText& device);
// The words in `text`.
std::size_t count_words(std::string_view text);

inline void visit_if(std::optional<DeviceRef>& device, const DeviceVisitor& visit) {
  if (device) visit(*device);
}

// The status parser of a row, from a function on the status's own type. Words that a newer kernel has added stay.
template <class T, Result<T> (*Parse)(Words&)>
Result<StatusBody> status_of(std::string_view type, std::string_view params) {
  Words words(type, params);
  T value = TRY(Parse(words));
  return StatusBody(std::move(value));
}
constexpr TargetRow with_status(TargetRow row, Result<StatusBody> (*status)(std::string_view, std::string_view)) {
  row.status = status;
  return row;
}

// A row from functions on the target's own type.
template <class T, Result<std::string> (*Format)(const T&, const DeviceText&), Result<T> (*Parse)(Words&)>
constexpr TargetRow make_row(std::string_view name) {
  TargetRow row{};
  row.name = name;
  row.format = [](const TargetBody& body, const DeviceText& device) { return Format(std::get<T>(body), device); };
  row.parse = [](std::string_view type, std::string_view params) -> Result<TargetBody> {
    Words words(type, params);
    T value = TRY(Parse(words));
    TRY(words.end());
    return TargetBody(std::move(value));
  };
  return row;
}
template <class T, Result<std::string> (*Format)(const T&, const DeviceText&), Result<T> (*Parse)(Words&),
          void (*Devices)(T&, const DeviceVisitor&)>
constexpr TargetRow make_row(std::string_view name) {
  TargetRow row = make_row<T, Format, Parse>(name);
  row.devices = [](TargetBody& body, const DeviceVisitor& visit) { Devices(std::get<T>(body), visit); };
  return row;
}
template <class T, Result<std::string> (*Format)(const T&, const DeviceText&), Result<T> (*Parse)(Words&),
          void (*Devices)(T&, const DeviceVisitor&), bool (*Same)(const T&, const T&)>
constexpr TargetRow make_row(std::string_view name) {
  TargetRow row = make_row<T, Format, Parse, Devices>(name);
  row.same = [](const TargetBody& live, const TargetBody& wanted) {
    return Same(std::get<T>(live), std::get<T>(wanted));
  };
  return row;
}

}  // namespace lvm::dm
