// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "step/plan.h"

namespace lvm::step {

// A step in words: what --plan prints, what a log keeps.
struct Description {
  std::string verb;                                         // "suspend"
  std::vector<std::pair<std::string, std::string>> fields;  // in order: {"device", "vg-lv"}
};
Description describe(const Step& step);

// Whole plans. `difference` holds, by stage, the lines of metadata that change.
struct StageDifference {
  std::vector<std::string> removed, added;
};
std::string plan_text(const Plan& plan, const std::vector<StageDifference>& difference);
std::string plan_json(const Plan& plan, const std::vector<StageDifference>& difference);

// The lines that differ between two texts, without the ones both share at the start and at the end.
StageDifference difference(const std::string& before, const std::string& after);

}  // namespace lvm::step
