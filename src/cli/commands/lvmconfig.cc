// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <string>
#include <string_view>

#include "base/files.h"
#include "cli/commands/commands.h"
#include "cli/session.h"
#include "config/dump.h"

namespace lvm::cli {
namespace {

config::DumpOptions dump_options(const Arguments& arguments) {
  config::DumpOptions options;
  if (arguments.has(Opt::list)) options.type = config::DumpType::list;
  if (arguments.has(Opt::typeconfig))
    options.type = config::parse_dump_type(arguments.text(Opt::typeconfig)).value_or(options.type);
  options.paths = arguments.operands();
  options.at_version = std::string(arguments.text(Opt::atversion));
  options.since_version = std::string(arguments.text(Opt::sinceversion));
  options.with_comments = arguments.has(Opt::withcomments);
  // A list of bare names says little: LVM's --list explains each in a line.
  options.with_summary = arguments.has(Opt::withsummary) || arguments.has(Opt::list);
  options.with_versions = arguments.has(Opt::withversions);
  options.with_spaces = arguments.has(Opt::withspaces);
  options.with_general_preamble = arguments.has(Opt::withgeneralpreamble);
  options.with_local_preamble = arguments.has(Opt::withlocalpreamble);
  options.unconfigured = arguments.has(Opt::unconfigured);
  options.merged = arguments.has(Opt::mergedconfig);
  options.ignore_advanced = arguments.has(Opt::ignoreadvanced);
  options.ignore_unsupported = arguments.has(Opt::ignoreunsupported);
  options.ignore_local = arguments.has(Opt::ignorelocal);
  options.show_deprecated = arguments.has(Opt::showdeprecated);
  options.show_unsupported = arguments.has(Opt::showunsupported);
  return options;
}

// Only what stands behind the first '=' of each line.
std::string values_of(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (const auto equals = line.find('='); equals != std::string_view::npos)
      out += std::string(line.substr(equals + 1)) + "\n";
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return out;
}

ExitStatus validate(Session& session) {
  if (session.config().warnings().empty()) {
    session.messages().print("LVM configuration valid.");
    return ExitStatus::ok;
  }
  session.messages().error("LVM configuration invalid.");
  return ExitStatus::failed;
}

}  // namespace

ExitStatus run_lvmconfig(Session& session, const Arguments& arguments) {
  if (arguments.has(Opt::list) && arguments.has(Opt::typeconfig))
    return session.refuse(Error(Code::usage, "Only one of --type and --list permitted."));
  if (arguments.has(Opt::validate) && arguments.has(Opt::typeconfig))
    return session.refuse(Error(Code::usage, "Only one of --type and --validate permitted."));
  if (arguments.has(Opt::validate)) return validate(session);
  auto dump = config::dump(session.config(), dump_options(arguments));
  if (!dump) return session.refuse(dump.error());
  const std::string text = arguments.has(Opt::valuesonly) ? values_of(dump->text) : dump->text;
  if (arguments.has(Opt::file)) {
    const std::string path(arguments.text(Opt::file));
    if (auto written = session.system().files.replace(path, text, 0644); !written)
      return session.refuse(written.error());
  } else {
    session.messages().plain(text);
  }
  for (const std::string& problem : dump->problems) session.messages().error(problem);
  return dump->problems.empty() ? ExitStatus::ok : ExitStatus::failed;
}

}  // namespace lvm::cli
