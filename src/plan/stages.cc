// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/stages.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "activate/foresee.h"
#include "model/relations.h"

namespace lvm::plan {

Stages::Stages(const Context& context, const world::VgView& view) : given_(context), view_(view), now_(view.vg) {}

const Context& Stages::context() {
  if (!unseen_.empty()) {
    if (!world_) {
      world_ = given_.world;
      context_.emplace(Context{*world_, given_.config, given_.now, given_.new_uuid, given_.notes});
    }
    activate::foresee(*world_, unseen_);
    unseen_.clear();
  }
  return context_ ? *context_ : given_;
}

void Stages::note(const std::vector<step::Step>& steps) { unseen_.insert(unseen_.end(), steps.begin(), steps.end()); }

void Stages::add(model::Vg after, std::vector<step::Step> between, std::vector<step::Step> behind) {
  note(between);
  note(behind);
  plan_.stages.push_back(metadata_stage(now_, std::move(after), std::move(between), std::move(behind)));
  now_ = plan_.stages.back().after;
}

void Stages::add_revocable(model::Vg after, std::vector<step::Step> between, std::vector<step::Step> behind) {
  bool safe = std::ranges::all_of(behind, [](const step::Step& step) {
    return std::holds_alternative<step::Say>(step) || std::holds_alternative<step::Settle>(step);
  });
  add(std::move(after), std::move(between), std::move(behind));
  // A VG of many volumes is not copied for a way back from steps that do not fail.
  if (!safe) plan_.stages.back().undo.push_back(metadata_stage(now_, model::Vg(*view_.vg)));
}

std::vector<LvId> changing_with(const model::Vg& vg, LvId lv) {
  if (vg.find_lv(lv)->visible()) return {lv};
  model::Relations relations(vg);
  LvId top = vg.lvs[relations.top(relations.position(lv))].id;
  if (top == lv) return {lv};
  return {top, lv};
}

Result<> Stages::change(model::Vg after, LvId lv, const activate::Options& options) {
  const Context& now = context();
  auto change =
      TRY(activate::change_together(now.world, view_, *now_, after, changing_with(*now_, lv), now.config, options));
  change.after.emplace_back(step::Settle{});
  add(std::move(after), std::move(change.before), std::move(change.after));
  return {};
}

void Stages::add_steps(std::vector<step::Step> steps) {
  note(steps);
  plan_.stages.push_back({now_, now_, std::move(steps), {}});
}

}  // namespace lvm::plan
