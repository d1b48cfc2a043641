// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/lv_locks.h"

#include <algorithm>
#include <memory>

namespace lvm::plan {
namespace {

using model::Lv;
using model::Relation;
using model::Relations;
using model::Role;
using model::Vg;

constexpr std::string_view kLeases = "lvmlock";

std::uint32_t used_as(const Relations& relations, std::uint32_t lv, Role role) {
  for (const Relation& relation : relations.uses(lv))
    if (relation.role == role) return relation.used;
  return Relations::kNone;
}

// The LV that a device-mapper UUID is of: "LVM-" VG id, LV id, perhaps a layer.
std::optional<LvId> lv_of_uuid(const std::string& uuid, const VgId& vg) {
  constexpr std::size_t kPrefix = 4, kId = 32;
  if (!uuid.starts_with("LVM-") || uuid.size() < kPrefix + 2 * kId) return std::nullopt;
  auto of = VgId::parse(std::string_view(uuid).substr(kPrefix, kId));
  if (!of || *of != vg) return std::nullopt;
  auto lv = LvId::parse(std::string_view(uuid).substr(kPrefix + kId, kId));
  return lv ? std::optional<LvId>(*lv) : std::nullopt;
}

void add_once(std::vector<LvId>& to, LvId id) {
  if (std::ranges::find(to, id) == to.end()) to.push_back(id);
}

// The VG of a plan's first and last stage. Plans are about one VG, except those that are refused for shared ones.
struct Ends {
  model::VgPtr before, after;
};
Ends ends_of(const step::Plan& plan) {
  Ends out;
  for (const step::Stage& stage : plan.stages) {
    if (!out.before && !out.after) out.before = stage.before;
    out.after = stage.after;
  }
  return out;
}

}  // namespace

const Lv* LockHolders::of(const Lv& lv) const {
  const Vg& vg = relations_.vg();
  std::uint32_t at = relations_.position(lv);
  // Each step leads towards the holder; a VG has no circles (Relations::check), a damaged one must end too.
  for (std::size_t steps = 0; steps <= vg.lvs.size(); ++steps) {
    std::uint32_t next = relations_.top(at);
    if (next == at) {
      const std::uint32_t behind = relations_.behind_face(at);
      if (behind != Relations::kNone) next = behind;
    }
    for (Role role : {Role::snapshot_origin, Role::thin_pool, Role::vdo_pool}) {
      const std::uint32_t base = used_as(relations_, next, role);
      if (base != Relations::kNone) next = base;
    }
    if (next == at) break;
    at = next;
  }
  const Lv& holder = vg.lvs[at];
  return holder.visible() && holder.name != kLeases ? &holder : nullptr;
}

const Lv* LockHolders::of(LvId lv) const {
  const std::uint32_t at = relations_.position(lv);
  return at == Relations::kNone ? nullptr : of(relations_.vg().lvs[at]);
}

bool LockHolders::may_be_shared(const Lv& lv) const {
  const std::uint32_t at = relations_.position(lv);
  if (!relations_.uses(at).empty() || !relations_.users(at).empty()) return false;
  return std::ranges::all_of(lv.segments, [](const model::Segment& segment) {
    return std::holds_alternative<model::Striped>(segment.body) ||
           std::holds_alternative<model::ErrorSegment>(segment.body) ||
           std::holds_alternative<model::ZeroSegment>(segment.body);
  });
}

std::set<LvId> live_holders(const world::World& world, const Vg& vg, const LockHolders& holders) {
  std::set<LvId> out;
  for (const auto& [uuid, device] : world.live) {
    const auto lv = lv_of_uuid(uuid, vg.id);
    const Lv* holder = lv ? holders.of(*lv) : nullptr;
    if (holder) out.insert(holder->id);
  }
  return out;
}

LvLocks lv_locks(const step::Plan& plan) {
  LvLocks out;
  const Ends ends = ends_of(plan);
  const Vg none;
  const Vg& before = ends.before ? *ends.before : none;
  const Vg& after = ends.after ? *ends.after : none;
  const LockHolders old_holders(before), new_holders(after);
  auto holder_of = [&](LvId id) {
    const Lv* holder = new_holders.of(id);
    return holder ? holder : old_holders.of(id);
  };
  for (const step::Stage& stage : plan.stages)
    for (const step::Step& step : stage.steps)
      if (const auto* create = std::get_if<step::CreateDevice>(&step)) {
        const auto lv = lv_of_uuid(create->request.uuid, ends.after ? after.id : before.id);
        const Lv* holder = lv ? holder_of(*lv) : nullptr;
        if (holder) add_once(out.activated, holder->id);
      }
  auto touch = [&](const Lv* holder) {
    if (holder && std::ranges::find(out.activated, holder->id) == out.activated.end())
      add_once(out.touched, holder->id);
  };
  if (ends.before != ends.after) {
    for (const Lv& lv : before.lvs) {
      const Lv* now = after.find_lv(lv.id);
      const bool had = !lv.lock_args.empty();
      if (had && (!now || !new_holders.has_lock(*now))) out.freed.push_back(lv);
      if (!now || *now != lv) touch(old_holders.of(lv));
    }
    for (const Lv& lv : after.lvs) {
      const Lv* was = before.find_lv(lv.id);
      if (new_holders.has_lock(lv) && lv.lock_args.empty()) out.made.push_back(lv.id);
      // Something new upon something that was there.
      const Lv* holder = was ? nullptr : new_holders.of(lv);
      if (holder && before.find_lv(holder->id)) touch(holder);
    }
  }
  return out;
}

step::Plan with_lock_args(const step::Plan& plan, const std::map<LvId, std::string>& args) {
  step::Plan out = plan;
  std::map<model::VgPtr, model::VgPtr> replaced;
  auto replace = [&](const model::VgPtr& vg) {
    if (!vg) return vg;
    if (auto found = replaced.find(vg); found != replaced.end()) return found->second;
    auto copy = std::make_shared<Vg>(*vg);
    {
      const LockHolders holders(*vg);
      for (std::size_t i = 0; i < vg->lvs.size(); ++i) {
        if (!holders.has_lock(vg->lvs[i]))
          copy->lvs[i].lock_args = {};
        else if (auto found = args.find(vg->lvs[i].id); found != args.end())
          copy->lvs[i].lock_args = found->second;
      }
    }
    return replaced[vg] = std::move(copy);
  };
  // What is on disk now stays what it was.
  if (!out.stages.empty()) replaced[out.stages.front().before] = out.stages.front().before;
  auto rewrite = [&](step::Stage& stage) {
    stage.before = replace(stage.before);
    stage.after = replace(stage.after);
  };
  for (step::Stage& stage : out.stages) {
    rewrite(stage);
    for (step::Stage& undo : stage.undo) rewrite(undo);
  }
  return out;
}

void drop_stages_of(step::Plan& plan, const std::set<LvId>& dropped) {
  std::erase_if(plan.stages, [&](const step::Stage& stage) {
    if (!stage.after) return false;
    const LockHolders holders(*stage.after);
    return std::ranges::any_of(stage.steps, [&](const step::Step& step) {
      const auto* create = std::get_if<step::CreateDevice>(&step);
      const auto lv = create ? lv_of_uuid(create->request.uuid, stage.after->id) : std::nullopt;
      const Lv* holder = lv ? holders.of(*lv) : nullptr;
      return holder && dropped.contains(holder->id);
    });
  });
}

}  // namespace lvm::plan
