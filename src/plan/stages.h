// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <vector>

#include "activate/activate.h"
#include "plan/context.h"

namespace lvm::plan {

// The stages of a command that commits more than once. Each is planned on the world as those before it will leave it.
class Stages {
 public:
  Stages(const Context& context, const world::VgView& view);
  Stages(const Stages&) = delete;
  Stages& operator=(const Stages&) = delete;

  // With the live devices as they will be.
  const Context& context();
  const world::World& world() { return context().world; }
  const world::VgView& view() const { return view_; }
  const model::Vg& vg() const { return *now_; }

  // A stage from vg() to `after`.
  void add(model::Vg after, std::vector<step::Step> between, std::vector<step::Step> behind);
  // The same, and a way back from it: to the VG as it was before the first stage.
  void add_revocable(model::Vg after, std::vector<step::Step> between, std::vector<step::Step> behind);
  // A stage in which one volume changes: if it is live, the kernel takes the change over with the commit. A part of
  // another one changes with that.
  Result<> change(model::Vg after, LvId lv, const activate::Options& options = {});
  // Steps on devices alone, behind the stage before.
  void add_steps(std::vector<step::Step> steps);

  step::Plan& plan() { return plan_; }
  step::Plan finish() { return std::move(plan_); }

 private:
  void note(const std::vector<step::Step>& steps);

  const Context& given_;
  const world::VgView& view_;
  model::VgPtr now_;
  step::Plan plan_;
  std::vector<step::Step> unseen_;     // not in world_ yet
  std::optional<world::World> world_;  // a copy, once a stage follows another
  std::optional<Context> context_;
};

// The LV, behind the outermost of which it is a hidden part, if it is one: what changes with it. What the part no
// longer stands on goes, though the others are in use.
std::vector<LvId> changing_with(const model::Vg& vg, LvId lv);

}  // namespace lvm::plan
