// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/target/words.h"

// The target "zero" has no parameters.
namespace lvm::dm {
namespace {

Result<std::string> format_zero(const TargetBody&, const ResolveDevice&) { return std::string(); }

Result<TargetBody> parse_zero(std::string_view type, std::string_view params) {
  TRY(Words(type, params).end());
  return ZeroTarget{};
}

}  // namespace

const TargetRow kZeroRow = {"zero", format_zero, parse_zero};

}  // namespace lvm::dm
