// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/target/words.h"

// The target "zero" has no parameters.
namespace lvm::dm {
namespace {

Result<std::string> format_zero(const ZeroTarget&, const DeviceText&) { return std::string(); }

Result<ZeroTarget> parse_zero(Words&) { return ZeroTarget{}; }

}  // namespace

constinit const TargetRow kZeroRow = make_row<ZeroTarget, format_zero, parse_zero>("zero");

}  // namespace lvm::dm
