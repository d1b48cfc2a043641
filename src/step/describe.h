// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "step/plan.h"
#include "step/text_change.h"

namespace lvm::step {

// A step in words: what --plan prints, what a log keeps.
struct Description {
  std::string verb;                                         // "suspend"
  std::vector<std::pair<std::string, std::string>> fields;  // in order: {"device", "vg-lv"}
};
Description describe(const Step& step);

// Whole plans. `changes` holds, by stage, what changes in the metadata.
std::string plan_text(const Plan& plan, const std::vector<TextChange>& changes);
std::string plan_json(const Plan& plan, const std::vector<TextChange>& changes);

}  // namespace lvm::step
