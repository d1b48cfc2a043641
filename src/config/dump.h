// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace lvm::config {

// What lvmconfig prints.
enum class DumpType : std::uint8_t {
  current,     // what files and options set
  standard,    // "default": every setting with its default, behind a #
  diff,        // what is set to other than its default
  full,        // every setting with the value in force
  list,        // names
  missing,     // settings that are not set
  added,       // "new": settings that came with a release
  profilable,  // what may stand in a profile
  profilable_command,
  profilable_metadata,
};
std::optional<DumpType> parse_dump_type(std::string_view name);

struct DumpOptions {
  DumpType type = DumpType::current;
  std::vector<std::string> paths;  // sections or settings; empty: all
  std::string at_version;          // "2.3.12": as that release would print it
  std::string since_version;       // with `added`: all that came with it or later
  bool with_comments = false;
  bool with_summary = false;
  bool with_versions = false;
  bool with_spaces = false;
  bool with_general_preamble = false;
  bool with_local_preamble = false;
  bool unconfigured = false;  // what packagers choose as @MARKS@
  bool merged = false;        // --config over the files, not in place of them
  bool ignore_advanced = false;
  bool ignore_unsupported = false;
  bool ignore_local = false;
  bool show_deprecated = false;
  bool show_unsupported = false;
};

struct Dump {
  std::string text;
  std::vector<std::string> problems;  // paths that led nowhere: the command fails after printing the text
};

// Code::usage for options that do not go together and for malformed versions.
Result<Dump> dump(const Config& config, const DumpOptions& options);

}  // namespace lvm::config
