// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/target/words.h"

// The target "error" has no parameters.
namespace lvm::dm {
namespace {

Result<std::string> format_error(const ErrorTarget&, const DeviceText&) { return std::string(); }

Result<ErrorTarget> parse_error(Words&) { return ErrorTarget{}; }

}  // namespace

constinit const TargetRow kErrorRow = make_row<ErrorTarget, format_error, parse_error>("error");

}  // namespace lvm::dm
