// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/settings.h"

#include <fmt/format.h>

namespace lvm::report {

Result<Format> parse_format(std::string_view name) {
  if (name == "basic") return Format::basic;
  if (name == "json") return Format::json;
  if (name == "json_std") return Format::json_std;
  return fail(Code::usage, fmt::format("Report format \"{}\" is not one of: basic, json, json_std", name));
}

}  // namespace lvm::report
