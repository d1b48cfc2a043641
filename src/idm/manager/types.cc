// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/manager/types.h"

#include <array>

namespace lvm::idm {

std::string_view name(Mode mode) {
  switch (mode) {
    case Mode::unlocked: return "unlocked";
    case Mode::exclusive: return "exclusive";
    case Mode::shared: return "shared";
  }
  return "unknown";
}

std::string_view name(Failure failure) {
  static constexpr std::array<std::string_view, 12> kNames{"none",       "invalid", "exists",    "not_held",
                                                           "contended",  "io",      "expired",   "too_few_drives",
                                                           "table_full", "fenced",  "cancelled", "not_found"};
  return kNames.at(static_cast<std::size_t>(failure));
}

std::string_view name(FenceStage stage) {
  switch (stage) {
    case FenceStage::none: return "none";
    case FenceStage::kill_path: return "kill_path";
    case FenceStage::signal: return "signal";
    case FenceStage::sigkill: return "sigkill";
    case FenceStage::hopeless: return "hopeless";
  }
  return "unknown";
}

}  // namespace lvm::idm
