// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/report_options.h"

#include <ctime>

namespace lvm::cli {

Result<report::Settings> report_settings(const Arguments& arguments, const config::Config& config) {
  report::Settings out = TRY(report::settings_from(config));
  out.now = static_cast<std::int64_t>(std::time(nullptr));
  if (arguments.has(Opt::aligned)) out.aligned = true;
  if (arguments.has(Opt::binary)) out.binary_as_number = true;
  if (arguments.has(Opt::nameprefixes)) {
    out.prefixes = true;
    out.aligned = out.aligned && arguments.has(Opt::aligned);
  }
  if (arguments.has(Opt::unquoted)) out.quoted = false;
  if (arguments.has(Opt::rows)) out.columns_as_rows = true;
  if (arguments.has(Opt::separator)) {
    out.separator = std::string(arguments.text(Opt::separator));
    out.aligned = arguments.has(Opt::aligned);
  }
  if (arguments.has(Opt::unbuffered)) out.buffered = false;
  if (arguments.has(Opt::noheadings)) out.headings = 0;
  if (arguments.has(Opt::headings)) {
    std::string_view text = arguments.text(Opt::headings);
    out.headings = text == "none" || text == "0" ? 0 : text == "full" || text == "2" ? 2 : 1;
  }
  if (arguments.has(Opt::units)) TRY(out.units.change_to(arguments.text(Opt::units)));
  if (arguments.has(Opt::nosuffix)) out.units.set_suffix(false);
  if (arguments.has(Opt::reportformat)) out.format = TRY(report::parse_format(arguments.text(Opt::reportformat)));
  return out;
}

report::Part report_part(const Arguments& arguments, report::Kind kind, bool main) {
  report::Part part;
  part.kind = kind;
  for (const ReportGroup& group : arguments.report_groups()) {
    if (group.report.empty() ? !main : group.report != report::kind_name(kind)) continue;
    for (const Given& given : group.options) {
      if (given.opt == Opt::options) part.columns.push_back(given.text);
      if (given.opt == Opt::sort) part.sorts.push_back(given.text);
      if (given.opt == Opt::select) part.selection = given.text;
    }
  }
  return part;
}

}  // namespace lvm::cli
