// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace lvm::config {

// A release of LVM2 as one number, so that releases compare.
constexpr std::uint32_t version(std::uint32_t major, std::uint32_t minor, std::uint32_t patch) {
  return (major * 1000 + minor) * 1000 + patch;
}

enum RowFlag : std::uint32_t {
  kAdvanced = 1,          // hidden by --ignoreadvanced
  kUnsupported = 2,       // hidden unless --showunsupported
  kDeprecated = 4,        // hidden unless --showdeprecated; set, it is passed over
  kCommented = 8,         // a default that follows the release: dumps put it behind a #
  kNoDefault = 16,        // absent means something of its own
  kVariableName = 32,     // `<name>` stands for any name
  kEmptyAllowed = 64,     // "" or [] is a value
  kIntegersToo = 128,     // an array with integers among its strings
  kCommandProfile = 256,  // may stand in a command profile
  kMetadataProfile = 512,
  kExtension = 1024,  // not a setting of LVM2; since is the release it was added beside
  kUnread = 2048,     // LVM2's: nothing here depends on it (tidy sees to it that all others are read)
};

// What is known about a setting or section.
struct Row {
  std::string_view path;
  std::string_view value;    // the default: bare for strings, as written in lvm.conf for the rest
  std::uint32_t since;       // the release that brought it
  std::uint32_t deprecated;  // the release that dropped it, or 0
  std::uint32_t flags;
  std::string_view summary;
  std::string_view comment;
};

}  // namespace lvm::config
