// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "config/setting_names.h"

namespace lvm::config {

struct Row;

inline constexpr std::size_t kSettingCount = std::size(kSettingNames);

// Not constexpr: reaching it ends the compilation.
void no_such_setting();

// A setting by its path, found when compiled: a typo does not compile.
class Key {
 public:
  template <std::size_t N>
  consteval Key(const char (&path)[N]) : index_(kSettingCount) {
    std::string_view wanted(path, N - 1);
    for (std::size_t i = 0; i < kSettingCount; ++i)
      if (kSettingNames[i].type != Type::section && kSettingNames[i].path == wanted) index_ = i;
    if (index_ == kSettingCount) no_such_setting();
  }
  constexpr explicit Key(std::size_t index) : index_(index) {}

  constexpr std::size_t index() const { return index_; }
  constexpr std::string_view path() const { return kSettingNames[index_].path; }
  constexpr Type type() const { return kSettingNames[index_].type; }

 private:
  std::size_t index_;
};

// The setting or section with this path as a file has it: a free name matches its `<name>`.
std::optional<Key> find_setting(std::string_view path);

// Default, history and documentation.
const Row& row(Key key);

}  // namespace lvm::config
