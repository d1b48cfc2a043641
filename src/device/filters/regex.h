// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "device/io.h"
#include "device/pattern.h"

namespace lvm::device {

// devices/filter: "a|PATTERN|" accepts, "r|PATTERN|" rejects. Any character may stand for '|'; an opening
// bracket is closed by its counterpart.
class RegexFilter {
 public:
  RegexFilter() = default;  // accepts everything
  static Result<RegexFilter> make(std::span<const std::string> entries);

  // The first entry that matches a name decides on it. One accepted name is enough; a device without any
  // matching name is accepted.
  bool rejects(const Device& device) const;

  // The first name of the device that is accepted becomes the one that is shown.
  void show_accepted_name(Device& device) const;

 private:
  enum class Verdict { none, accept, reject };
  Verdict judge(std::string_view name) const;

  std::vector<bool> accepts_;  // by entry
  std::optional<PatternSet> patterns_;
};

}  // namespace lvm::device
