// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/lv_remove.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "activate/activate.h"
#include "activate/foresee.h"
#include "activate/live.h"
#include "model/names.h"
#include "model/relations.h"
#include "plan/layers.h"
#include "plan/lv_history.h"
#include "plan/thin_messages.h"
#include "segment/kind.h"

namespace lvm::plan {
namespace {

using model::Lv;
using model::Relations;
using model::Role;
using model::Vg;

std::string_view used_as(Role role) {
  switch (role) {
    case Role::raid_image:
    case Role::raid_metadata: return "as RAID device";
    case Role::mirror_image:
    case Role::mirror_log: return "by a mirror";
    case Role::thin_pool_data:
    case Role::thin_pool_metadata:
    case Role::cache_pool_data:
    case Role::cache_pool_metadata: return "by a pool";
    default: return {};
  }
}

// A volume that another one stands on cannot go alone.
Result<> check_unreferenced(const Relations& relations, const std::unordered_set<std::uint32_t>& leaving) {
  const Vg& vg = relations.vg();
  for (std::uint32_t at : leaving)
    for (const model::Relation& relation : relations.users(at)) {
      if (relation.bond() == model::Bond::hint || leaving.contains(relation.user)) continue;
      if (relation.role == Role::writecache_volume) return fail(Code::refused, "Detach cachevol before removing.");
      auto how = used_as(relation.role);
      std::string place =
          how.empty() ? fmt::format("as part of {}/{}", vg.name, vg.lvs[relation.user].name) : std::string(how);
      return fail(Code::refused,
                  fmt::format("Can't remove logical volume {}/{} used {}.", vg.name, vg.lvs[at].name, place));
    }
  return {};
}

// The LVs that users see and that go with this one, which is the last: others cannot live without it.
void add_heads(const Relations& relations, std::uint32_t at, std::vector<std::uint32_t>& heads) {
  if (std::ranges::find(heads, at) != heads.end()) return;
  for (std::uint32_t part : relations.with_parts(at))
    for (std::uint32_t dependent : relations.dependents(part)) add_heads(relations, dependent, heads);
  heads.push_back(at);
}

// The VDO pool that nobody else has a volume in goes with its volume; kNone for other volumes.
std::uint32_t pool_that_goes(const Relations& relations, std::uint32_t head) {
  const auto* vdo = relations.vg().lvs[head].as<model::Vdo>();
  if (!vdo) return Relations::kNone;
  std::uint32_t pool = relations.position(vdo->pool);
  return relations.users(pool).size() == 1 ? pool : Relations::kNone;
}

// The origin that a sparse snapshot had, when its removal was cut between two texts.
std::uint32_t origin_left_behind(const Relations& relations, std::uint32_t head) {
  const Vg& vg = relations.vg();
  const Lv* origin = vg.find_lv(vg.lvs[head].name + "_vorigin");
  if (!origin || origin->visible()) return Relations::kNone;
  std::uint32_t at = relations.position(*origin);
  return relations.users(at).empty() ? at : Relations::kNone;
}

// All LVs that a head consists of. The origin that only a sparse snapshot has goes with it.
void add_whole(const Relations& relations, std::uint32_t head, std::unordered_set<std::uint32_t>& out) {
  for (std::uint32_t part : relations.with_parts(head)) out.insert(part);
  if (std::uint32_t pool = pool_that_goes(relations, head); pool != Relations::kNone)
    for (std::uint32_t part : relations.with_parts(pool)) out.insert(part);
  std::uint32_t holder = relations.behind_face(head);
  if (holder == Relations::kNone) {
    if (auto origin = origin_left_behind(relations, head); origin != Relations::kNone) out.insert(origin);
    return;
  }
  out.insert(holder);
  for (const model::Relation& relation : relations.uses(holder))
    if (relation.role == Role::snapshot_origin && !relations.vg().lvs[relation.used].visible())
      out.insert(relation.used);
}

bool is_pool(const Lv& lv) { return lv.as<model::ThinPool>() || lv.as<model::CachePool>(); }

}  // namespace

void erase_lvs(Vg& vg, const std::unordered_set<LvId>& leaving) {
  // A pool that goes with the volume it is a part of leaves the spare where it is.
  bool had_pool =
      std::ranges::any_of(vg.lvs, [&](const Lv& lv) { return is_pool(lv) && lv.visible() && leaving.contains(lv.id); });
  std::erase_if(vg.lvs, [&](const Lv& lv) { return leaving.contains(lv.id); });
  for (Lv& lv : vg.lvs)
    for (model::Segment& segment : lv.segments) {
      for (const model::Reference& reference : model::references(segment.body))
        if (leaving.contains(reference.lv)) model::replace_reference(segment.body, reference.lv, LvId());
      if (auto* pool = std::get_if<model::ThinPool>(&segment.body))
        std::erase_if(pool->messages, [](const auto& message) { return !message.create && message.remove_id == 0; });
    }
  if (had_pool && std::ranges::none_of(vg.lvs, is_pool)) std::erase_if(vg.lvs, model::is_pool_spare);
}

namespace {

// One run of lvremove in one VG.
class Removal {
 public:
  Removal(const Context& context, const world::VgView& view, const LvRemoveRequest& request)
      : context_(context), view_(view), vg_(*view.vg), request_(request), relations_(vg_), history_(vg_) {}

  // Devices go first: a volume in use stops the command before the metadata changes.
  void take_down(LvId id) {
    std::vector<std::uint32_t> heads = heads_;
    std::uint32_t pool = pool_that_goes(relations_, relations_.position(id));
    add_heads(relations_, pool == Relations::kNone ? relations_.position(id) : pool, heads);
    std::optional<world::World> foreseen;
    if (!relations_.empty()) foreseen = foreseen_ ? *foreseen_ : context_.world;
    const world::World& world = foreseen ? *foreseen : context_.world;
    std::vector<step::Step> steps;
    for (std::size_t i = heads_.size(); i < heads.size(); ++i) {
      auto down = take_head_down(world, heads, heads[i]);
      if (!down) {
        plan_.failures.push_back(std::move(down).error());
        return;
      }
      if (foreseen) activate::foresee(*foreseen, *down);
      append(steps, std::move(*down));
    }
    append(down_, std::move(steps));
    heads_ = std::move(heads);
    foreseen_ = std::move(foreseen);
  }

  Result<step::Plan> finish() {
    now_ = view_.vg;
    if (heads_.empty()) {
      flush(forget());
      return std::move(plan_);
    }
    for (std::uint32_t head : heads_) add_whole(relations_, head, leaving_);
    TRY(check_unreferenced(relations_, leaving_));
    if (!down_.empty()) {
      down_.emplace_back(step::Settle{});
      plan_.stages.push_back({view_.vg, view_.vg, std::move(down_), {}});
    }
    for (std::uint32_t head : heads_) TRY(remove(head));
    flush(forget());
    return std::move(plan_);
  }

 private:
  // A snapshot that goes alone leaves its origin first (detach): until then it stays up.
  Result<std::vector<step::Step>> take_head_down(const world::World& world, const std::vector<std::uint32_t>& heads,
                                                 std::uint32_t head) {
    std::uint32_t origin = origin_of(head);
    if (origin != Relations::kNone && vg_.lvs[origin].visible() && std::ranges::find(heads, origin) == heads.end()) {
      TRY(activate::check_unused(world, vg_, vg_.lvs[head]));
      alone_.insert(head);
      return std::vector<step::Step>();
    }
    return activate::deactivate(world, vg_, vg_.lvs[head], context_.config, &relations_);
  }

  // What this is a snapshot of, or kNone.
  std::uint32_t origin_of(std::uint32_t head) const {
    std::uint32_t holder = relations_.behind_face(head);
    if (holder == Relations::kNone) return holder;
    for (const model::Relation& relation : relations_.uses(holder))
      if (relation.role == Role::snapshot_origin) return relation.used;
    return Relations::kNone;
  }

  // The pool of a thin volume that stays; or none.
  LvId staying_pool(const Lv& lv) const {
    const auto* thin = lv.as<model::Thin>();
    if (!thin || leaving_.contains(relations_.position(thin->pool))) return {};
    return thin->pool;
  }

  Result<> remove(std::uint32_t head) {
    const Lv& lv = vg_.lvs[head];
    std::unordered_set<std::uint32_t> whole;
    add_whole(relations_, head, whole);
    if (std::uint32_t holder = relations_.behind_face(head); holder != Relations::kNone) TRY(detach(head, holder));
    for (std::uint32_t at : whole) together_.insert(vg_.lvs[at].id);
    remember(head);
    if (const auto* body = lv.as<model::Writecache>(); body && body->cache)
      said_.emplace_back(
          print(fmt::format("Logical volume \"{}\" successfully removed.",
                            name_without_role(vg_, *vg_.find_lv(body->cache), Role::writecache_volume))));
    // A pool that goes with its volume is not spoken of.
    bool silent = lv.as<model::VdoPool>() && relations_.users(head).size() == 1;
    if (!silent) said_.emplace_back(print(fmt::format("Logical volume \"{}\" successfully removed.", lv.name)));
    if (LvId pool = staying_pool(lv)) return remove_thin(lv, pool);
    return {};
  }

  // What is remembered of the volume, and of whom nothing comes any more once it is gone.
  void remember(std::uint32_t head) {
    if (!request_.remember && history_.entries().empty()) return;
    history_.leave(*now_, *now_->find_lv(vg_.lvs[head].id), request_.remember, context_.now);
    if (request_.whole) return;
    for (const std::string& name : history_.forget_barren())
      said_.emplace_back(
          print(fmt::format("Automatically removing historical logical volume {}/-{}.", vg_.name, name)));
  }

  // True when there was something to forget.
  bool forget() {
    std::vector<std::string> names = request_.gone;
    if (request_.whole) {
      names.clear();
      for (const metadata::HistoricalLv& entry : history_.entries()) names.push_back(entry.name);
    }
    for (const std::string& name : names) {
      history_.forget(name);
      said_.emplace_back(print(fmt::format("Historical logical volume \"{}\" successfully removed.", name)));
    }
    return !names.empty();
  }

  // A snapshot first leaves its origin, which goes on without it, in a change of its own: what is removed with the
  // next one is then an ordinary volume.
  Result<> detach(std::uint32_t store, std::uint32_t holder) {
    together_.insert(vg_.lvs[holder].id);
    Vg after = next();
    after.find_lv(vg_.lvs[store].id)->flags.set(model::LvFlag::visible);
    LvId both[] = {vg_.lvs[origin_of(store)].id, vg_.lvs[store].id};
    auto change = TRY(activate::change_together(*foreseen_, view_, *now_, after, both, context_.config, {}));
    activate::foresee(*foreseen_, change.before);
    activate::foresee(*foreseen_, change.after);
    std::vector<step::Step> behind = std::move(change.after);
    if (!behind.empty()) behind.emplace_back(step::Settle{});
    append(behind, std::move(said_));
    said_.clear();
    plan_.stages.push_back(metadata_stage(now_, std::move(after), std::move(change.before), std::move(behind)));
    now_ = plan_.stages.back().after;
    if (!alone_.contains(store)) return {};
    auto down = TRY(activate::deactivate(*foreseen_, *now_, *now_->find_lv(vg_.lvs[store].id), context_.config));
    if (down.empty()) return {};
    activate::foresee(*foreseen_, down);
    down.emplace_back(step::Settle{});
    plan_.stages.push_back({now_, now_, std::move(down), {}});
    return {};
  }

  // The kernel's pool forgets it between two changes.
  Result<> remove_thin(const Lv& lv, LvId pool) {
    Vg after = next();
    const Lv& thin = lv;
    queue_thin_message(*after.find_lv(pool), {{}, thin.as<model::Thin>()->device_id});
    auto sent = TRY(send_thin_messages(context_, view_, after, pool));
    model::VgPtr before = now_;
    add_stage(std::move(after), std::move(sent));
    Vg done = *now_;
    done.find_lv(pool)->as<model::ThinPool>()->messages.clear();
    add_stage(std::move(done), {});
    TRY(free_origin(*before, thin.as<model::Thin>()->external_origin));
    append(plan_.stages.back().steps, std::move(said_));
    said_.clear();
    return {};
  }

  // An origin outside of the pool that is nobody's any more lies on nothing but its extents again: when it is up, in a
  // change of its own, as in the reference.
  Result<> free_origin(const Vg& before, LvId origin) {
    if (!origin) return {};
    auto change =
        TRY(activate::change_together(*foreseen_, view_, before, *now_, std::span(&origin, 1), context_.config, {}));
    if (change.before.empty() && change.after.empty()) return {};
    activate::foresee(*foreseen_, change.before);
    activate::foresee(*foreseen_, change.after);
    change.after.emplace_back(step::Settle{});
    plan_.stages.push_back(metadata_stage(now_, Vg(*now_), std::move(change.before), std::move(change.after)));
    now_ = plan_.stages.back().after;
    return {};
  }

  Vg next() {
    Vg after = *now_;
    mark_missing(view_, after);
    erase_lvs(after, together_);
    history_.store(after);
    together_.clear();
    return after;
  }

  void flush(bool forgets) {
    if (together_.empty() && !forgets) return;
    Vg after = next();
    add_stage(std::move(after), {});
    append(plan_.stages.back().steps, std::move(said_));
    said_.clear();
  }

  void add_stage(Vg after, std::vector<step::Step> behind) {
    plan_.stages.push_back(metadata_stage(now_, std::move(after), {}, std::move(behind)));
    now_ = plan_.stages.back().after;
  }

  const Context& context_;
  const world::VgView& view_;
  const Vg& vg_;
  const LvRemoveRequest& request_;
  Relations relations_;
  LvHistory history_;
  std::vector<std::uint32_t> heads_;
  std::unordered_set<std::uint32_t> leaving_;
  std::unordered_set<std::uint32_t> alone_;  // snapshots whose origin stays
  std::unordered_set<LvId> together_;        // of the stage to come
  model::VgPtr now_;
  step::Plan plan_;
  std::optional<world::World> foreseen_;
  std::vector<step::Step> down_, said_;
};

std::string question_text(const Context& context, const Relations& relations, std::uint32_t at) {
  const Vg& vg = relations.vg();
  const Lv& lv = vg.lvs[at];
  bool live = activate::is_up(context.world, vg, lv);
  auto dependents = relations.dependents(at);
  bool snapshots = std::ranges::any_of(
      dependents, [&](std::uint32_t dependent) { return relations.behind_face(dependent) != Relations::kNone; });
  if (snapshots)
    return fmt::format("Do you really want to remove{} origin logical volume {}/{} with {} snapshots(s)? [y/n]: ",
                       live ? " active" : "", vg.name, lv.name, dependents.size());
  if (!dependents.empty())
    return fmt::format("Removing {} {}/{} will remove {} dependent volume(s). Proceed? [y/n]: ",
                       segment::kind_of(lv.segments.front().body).layer.empty() ? "external origin" : "pool", vg.name,
                       lv.name, dependents.size());
  if (!live) return {};
  return fmt::format("Do you really want to remove active logical volume {}/{}? [y/n]: ", vg.name, lv.name);
}

}  // namespace

std::vector<std::pair<LvId, step::Question>> lv_remove_questions(const Context& context, const world::VgView& view,
                                                                 const LvRemoveRequest& request) {
  std::vector<std::pair<LvId, step::Question>> out;
  if (request.force || request.yes) return out;
  const Vg& vg = *view.vg;
  Relations relations(vg);
  for (LvId id : request.lvs) {
    auto text = question_text(context, relations, relations.position(id));
    if (!text.empty())
      out.push_back({id, {text, fmt::format("Logical volume {}/{} not removed.", vg.name, vg.find_lv(id)->name)}});
  }
  return out;
}

std::vector<LvId> removed_by_themselves(const world::VgView& view, const LvRemoveRequest& request) {
  Relations relations(*view.vg);
  std::vector<std::uint32_t> along;
  for (LvId id : request.lvs)
    for (std::uint32_t part : relations.with_parts(relations.position(id)))
      for (std::uint32_t dependent : relations.dependents(part)) add_heads(relations, dependent, along);
  std::vector<LvId> out = request.lvs;
  std::erase_if(out, [&](LvId id) { return std::ranges::find(along, relations.position(id)) != along.end(); });
  return out;
}

Result<step::Plan> lv_remove(const Context& context, const world::VgView& view, const LvRemoveRequest& request) {
  TRY(check_writable(context, view, {.missing_pvs = true}));
  Removal removal(context, view, request);
  for (LvId id : request.lvs) removal.take_down(id);
  return removal.finish();
}

}  // namespace lvm::plan
