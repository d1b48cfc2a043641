// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/target/words.h"

// The target "error" has no parameters.
namespace lvm::dm {
namespace {

Result<std::string> format_error(const TargetBody&, const ResolveDevice&) { return std::string(); }

Result<TargetBody> parse_error(std::string_view type, std::string_view params) {
  TRY(Words(type, params).end());
  return ErrorTarget{};
}

}  // namespace

const TargetRow kErrorRow = {"error", format_error, parse_error};

}  // namespace lvm::dm
