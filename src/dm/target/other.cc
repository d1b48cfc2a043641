// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/target/row.h"

// Targets without a type here: their parameters stay text.
namespace lvm::dm {
namespace {

Result<std::string> format_other(const TargetBody& body, const DeviceText&) {
  return std::get<OtherTarget>(body).params;
}

Result<TargetBody> parse_other(std::string_view type, std::string_view params) {
  return OtherTarget{std::string(type), std::string(params)};
}

}  // namespace

constinit const TargetRow kOtherRow = {"", format_other, parse_other};

}  // namespace lvm::dm
