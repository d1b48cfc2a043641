// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/pool_change.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "activate/live.h"
#include "activate/naming.h"
#include "activate/vdo_messages.h"
#include "dm/types.h"
#include "plan/cache_attach.h"
#include "plan/change_stage.h"

namespace lvm::plan {
namespace {

using model::Lv;
using model::Vg;

std::string_view word_of(model::Discards discards) {
  switch (discards) {
    case model::Discards::ignore: return "ignore";
    case model::Discards::nopassdown: return "nopassdown";
    case model::Discards::passdown: break;
  }
  return "passdown";
}

std::unexpected<Error> not_for(const Vg& vg, const Lv& lv, std::string_view types) {
  std::string name = fmt::format("{}/{}", vg.name, lv.name);
  return fail(Code::refused, fmt::format("Command on LV {} uses options that require LV types {} .\n"
                                         "Command not permitted on LV {}.",
                                         name, types, name));
}

std::unexpected<Error> not_of_vdo(const Vg& vg, const Lv& lv, const VdoOptions& options) {
  if (!options.settings.empty()) return not_for(vg, lv, "vdo vdopool");
  return fail(Code::refused, fmt::format("Unable to change {} for non VDO volume {}/{}.",
                                         options.compression ? "compression" : "deduplication", vg.name, lv.name));
}

class Change {
 public:
  Change(Stages& stages, const PoolChangeRequest& request)
      : stages_(stages), request_(request), name_(fmt::format("{}/{}", stages.vg().name, lv().name)) {}

  Result<> run() {
    if (request_.discards) TRY(change_discards(*request_.discards));
    if (request_.zero) TRY(change_zero(*request_.zero));
    if (request_.error_when_full) TRY(change_when_full(*request_.error_when_full));
    if (request_.of_cache()) TRY(change_cache());
    if (request_.of_vdo()) TRY(change_vdo());
    stages_.add_steps({step::Step(print(fmt::format("Logical volume {} changed.", name_)))});
    return {};
  }

 private:
  const Lv& lv() const { return *stages_.vg().find_lv(request_.lv); }
  std::unexpected<Error> already(std::string_view option, std::string_view value) const {
    return fail(Code::refused, fmt::format("Logical volume {} already uses --{} {}.", name_, option, value));
  }

  // --- pools --------------------------------------------------------------------------------------
  Result<> change_discards(model::Discards wanted) {
    model::Discards now = lv().as<model::ThinPool>()->discards;
    if (now == wanted) return already("discards", word_of(wanted));
    bool ignores = now == model::Discards::ignore || wanted == model::Discards::ignore;
    if (ignores && activate::is_up_at_all(stages_.world(), stages_.vg(), lv()))
      return fail(Code::refused,
                  fmt::format("Cannot change support for discards while pool volume {} is active.", name_));
    Vg after = stages_.vg();
    after.find_lv(request_.lv)->as<model::ThinPool>()->discards = wanted;
    return add_change(stages_, std::move(after), request_.lv, {});
  }

  Result<> change_zero(bool wanted) {
    if (lv().as<model::ThinPool>()->zero_new_blocks == wanted) return already("zero", wanted ? "y" : "n");
    Vg after = stages_.vg();
    after.find_lv(request_.lv)->as<model::ThinPool>()->zero_new_blocks = wanted;
    return add_change(stages_, std::move(after), request_.lv, {});
  }

  Result<> change_when_full(bool wanted) {
    if (lv().flags.has(model::LvFlag::error_when_full) == wanted) return already("errorwhenfull", wanted ? "y" : "n");
    Vg after = stages_.vg();
    after.find_lv(request_.lv)->flags.set(model::LvFlag::error_when_full, wanted);
    return add_change(stages_, std::move(after), request_.lv, {});
  }

  // --- caches -------------------------------------------------------------------------------------
  // The settings in `vg`: of a pool, in use or not, or of a cache on a volume.
  model::CacheSettings& settings(Vg& vg) {
    Lv& lv = *vg.find_lv(request_.lv);
    if (auto* pool = lv.as<model::CachePool>()) return pool->settings;
    auto* cache = lv.as<model::Cache>();
    if (cache->volume) return cache->volume.edit().settings;
    return vg.find_lv(cache->cache)->as<model::CachePool>()->settings;
  }

  // The cached volume whose table the settings are in.
  LvId user() const {
    for (const Lv& other : stages_.vg().lvs)
      if (const auto* cache = other.as<model::Cache>(); cache && cache->cache == request_.lv) return other.id;
    return request_.lv;
  }

  Result<> change_cache() {
    if (lv().as<model::Writecache>()) return change_writecache();
    if (!request_.cache.mode.empty()) TRY(change_mode());
    if (!request_.cache.policy.empty()) {
      Vg after = stages_.vg();
      settings(after).policy = request_.cache.policy;
      TRY(add_change(stages_, std::move(after), user(), {}));
    }
    if (request_.cache.settings.empty() && !request_.clear_settings) return {};
    Vg after = stages_.vg();
    if (request_.clear_settings) settings(after).policy_settings.clear();
    merge_settings(settings(after).policy_settings, request_.cache.settings);
    return add_change(stages_, std::move(after), user(), {});
  }

  // What only the cache has must be written back before it may no longer have such.
  Result<> change_mode() {
    Vg after = stages_.vg();
    if (settings(after).mode == request_.cache.mode) return {};
    const Lv& cached = *stages_.vg().find_lv(user());
    bool was_dirty = settings(after).mode == "writeback";
    if (was_dirty && cached.as<model::Cache>() && activate::is_up(stages_.world(), stages_.vg(), cached)) {
      step::AwaitClean await{activate::top_uuid(stages_.vg(), cached), dm::device_name(stages_.vg().name, cached.name),
                             name_, true};
      stages_.add_steps({step::Step(await)});
      Vg cleaning = stages_.vg();
      cleaning.find_lv(cached.id)->as<model::Cache>()->cleaner = true;
      TRY(add_change(stages_, std::move(cleaning), cached.id, {}, false));
      await.once = false;
      stages_.add_steps({step::Step(std::move(await))});
      after = stages_.vg();
      after.find_lv(user())->as<model::Cache>()->cleaner = false;
    }
    settings(after).mode = request_.cache.mode;
    return add_change(stages_, std::move(after), user(), {}, false);
  }

  Result<> change_writecache() {
    if (!request_.cache.mode.empty() || !request_.cache.policy.empty())
      return fail(Code::refused, fmt::format("A writecache has no mode and no policy: {}.", name_));
    Vg after = stages_.vg();
    auto& body = *after.find_lv(request_.lv)->as<model::Writecache>();
    if (request_.clear_settings) {
      body.settings = {};
    } else {
      std::optional<std::uint32_t> block_size;
      TRY(set_writecache(body.settings.edit(), request_.cache.settings, block_size));
      if (block_size.value_or(body.block_size) != body.block_size)
        return fail(Code::refused, fmt::format("Cannot change existing block size {} bytes.", body.block_size));
    }
    return add_change(stages_, std::move(after), request_.lv, {});
  }

  // --- VDO ----------------------------------------------------------------------------------------
  // The target learns of both switches by messages.
  Result<> change_vdo() {
    const auto* volume = lv().as<model::Vdo>();
    LvId pool = volume ? volume->pool : request_.lv;
    Vg after = stages_.vg();
    const Lv& now = *stages_.vg().find_lv(pool);
    const world::LiveDevice* live = stages_.world().find_live(activate::layer_uuid(after, now, "vpool"));
    const model::VdoPool before = *now.as<model::VdoPool>();
    model::VdoPool& body = *after.find_lv(pool)->as<model::VdoPool>();
    TRY(change_vdo_settings(request_.vdo, fmt::format("{}/{}", after.name, now.name), live != nullptr, body));
    std::vector<step::Step> told;
    if (live) told = activate::vdo_messages(after, *after.find_lv(pool), &before);
    TRY(add_change(stages_, std::move(after), pool, {}));
    if (!told.empty()) stages_.add_steps(std::move(told));
    return {};
  }

  Stages& stages_;
  const PoolChangeRequest& request_;
  std::string name_;
};

}  // namespace

Result<step::Plan> pool_change(const Context& context, const world::VgView& view, const PoolChangeRequest& request) {
  TRY(check_writable(context, view));
  const Vg& vg = *view.vg;
  const Lv& lv = *vg.find_lv(request.lv);
  if (request.of_pool() && !lv.as<model::ThinPool>()) return not_for(vg, lv, "thinpool");
  bool cached = lv.as<model::Cache>() || lv.as<model::CachePool>() || lv.as<model::Writecache>();
  if (request.of_cache() && !cached) return not_for(vg, lv, "cache cachepool writecache");
  if (request.of_vdo() && !lv.as<model::VdoPool>() && !lv.as<model::Vdo>()) return not_of_vdo(vg, lv, request.vdo);
  Stages stages(context, view);
  if (request.clear_settings)
    stages.plan().questions.push_back(
        {fmt::format("Clear all {} settings? ", lv.as<model::Writecache>() ? "writecache" : "cache"),
         "No settings changed."});
  const auto* on_volume = lv.as<model::Cache>();
  if (request.cache.mode == "writeback" && on_volume && on_volume->volume) {
    context.note(warn("WARNING: repairing a damaged cachevol is not yet possible."));
    context.note(warn("WARNING: cache mode writethrough is suggested for safe operation."));
    stages.plan().questions.push_back(
        {"Continue using writeback without repair?", "Command failed with status code 5."});
  }
  TRY(Change(stages, request).run());
  return stages.finish();
}

}  // namespace lvm::plan
