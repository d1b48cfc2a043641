// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <array>

#include "dm/user/live_target.h"

namespace lvm::dm::user {
namespace {

constexpr std::array<const LiveRow*, 9> kRows = {&kLiveError,          &kLiveLinear,   &kLiveMirror,
                                                 &kLiveRaid,           &kLiveSnapshot, &kLiveSnapshotMerge,
                                                 &kLiveSnapshotOrigin, &kLiveStriped,  &kLiveZero};

}  // namespace

std::span<const LiveRow* const> live_rows() { return kRows; }

const LiveRow* live_row(std::string_view name) {
  for (const LiveRow* row : kRows)
    if (row->version.name == name) return row;
  return nullptr;
}

std::unexpected<Error> fail_no_target(std::string_view name) {
  std::string known;
  for (const LiveRow* row : kRows) known += (known.empty() ? "" : ", ") + row->version.name;
  return fail(Code::unsupported,
              fmt::format("This engine cannot activate {} yet: it has {}. The kernel's device-mapper "
                          "can (global/engine = \"kernel\").",
                          name, known));
}

}  // namespace lvm::dm::user
