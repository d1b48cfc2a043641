// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dm/target/row.h"

namespace lvm::dm {

// Reads the blank-separated words of a parameter text one by one; each reader says which word is wrong.
class Words {
 public:
  Words(std::string_view type, std::string_view params) : type_(type), params_(params), rest_(params) {}

  Result<std::string_view> word(std::string_view what);
  Result<std::uint64_t> number(std::string_view what);
  // "major:minor"
  Result<DeviceNumber> device();
  // Nothing may follow.
  Result<> end();
  std::unexpected<Error> wrong(std::string_view what) const;

 private:
  std::string_view type_, params_, rest_;
};

// "major:minor", the number of a ByUuid asked of `resolve`.
Result<std::string> device_text(const DeviceRef& device, const ResolveDevice& resolve);

}  // namespace lvm::dm
