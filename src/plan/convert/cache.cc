// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/cache.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "activate/live.h"
#include "model/relations.h"
#include "plan/cache_attach.h"
#include "plan/cache_device.h"
#include "plan/change_stage.h"
#include "plan/images.h"
#include "plan/layers.h"
#include "plan/lv_remove.h"
#include "plan/wipe_alone.h"

namespace lvm::plan::convert {
namespace {

using model::Lv;
using model::LvFlag;
using model::Vg;

constexpr Bytes kWipedHead{4096};

std::string full_name(const Vg& vg, const Lv& lv) { return fmt::format("{}/{}", vg.name, lv.name); }

Result<const Lv*> find_cache(const Vg& vg, const std::string& name, const Lv& lv, std::string_view what) {
  const Lv* cache = vg.find_lv(name);
  if (!cache) return fail(Code::not_found, fmt::format("{} {} not found.", what, name));
  if (cache->id == lv.id)
    return fail(Code::refused, fmt::format("Use a different LV for {} LV and cache LV {}.",
                                           what == "Cache pool" ? "cache pool" : "cachevol", full_name(vg, lv)));
  return cache;
}

Result<const Lv*> find_volume(const Context& context, const Vg& vg, const std::string& name, const Lv& lv) {
  const Lv* cache = TRY(find_cache(vg, name, lv, "Cache volume"));
  model::Relations relations(vg);
  if (!cache->visible() || !(cache->as<model::Striped>() || cache->as<model::Raid>() || cache->as<model::Thin>()) ||
      !relations.users(relations.position(cache->id)).empty())
    return fail(Code::refused, fmt::format("LV {} cannot be a cache volume: it is in use, or of another kind.",
                                           full_name(vg, *cache)));
  TRY(activate::check_unused(context.world, vg, *cache));
  return cache;
}

void ask_to_erase(Stages& stages, const Vg& vg, const Lv& cache) {
  stages.plan().questions.push_back(
      {fmt::format("Erase all existing data on {}? [y/n]: ", full_name(vg, cache)), "Conversion aborted."});
}

// The volume that is named, or a new one on the devices that are.
Result<LvId> cache_volume(Stages& stages, const std::string& name, const Lv& lv, const CacheOptions& options) {
  if (name.empty()) {
    TRY(check_cacheable(stages.vg(), lv));
    return add_cache_device_volume(stages, lv.name, options);
  }
  const Lv* cache = TRY(find_volume(stages.context(), stages.vg(), name, lv));
  ask_to_erase(stages, stages.vg(), *cache);
  return cache->id;
}

// Of a pool the data is cached.
const Lv& part_to_cache(const Vg& vg, LvId id) {
  const Lv& lv = *vg.find_lv(id);
  if (const auto* pool = lv.as<model::ThinPool>()) return *vg.find_lv(pool->data);
  if (const auto* pool = lv.as<model::VdoPool>()) return *vg.find_lv(pool->data);
  return lv;
}

std::string now_cached(const Vg& vg, const Lv& lv) {
  return fmt::format("Logical volume {} is now cached.", full_name(vg, lv));
}

// --- taking it off --------------------------------------------------------------------------------
// A cache or writecache over an LV, whichever it is.
struct Cached {
  LvId cache, origin;
  model::Role role = model::Role::cache_pool;
  bool writecache = false;
  bool dirty_mode = false;  // writes may be in the cache alone
  bool cleans = false;      // the cleaner is at work already
};
std::optional<Cached> cached(const Vg& vg, const Lv& lv) {
  if (const auto* body = lv.as<model::Writecache>())
    return Cached{body->cache, body->origin, model::Role::writecache_volume,
                  true,        true,         body->settings->cleaner.value_or(0) != 0};
  const auto* body = lv.as<model::Cache>();
  if (!body) return std::nullopt;
  Cached out{body->cache, body->origin, body->volume ? model::Role::cache_volume : model::Role::cache_pool};
  const model::CacheSettings* settings = body->volume ? &body->volume->settings : nullptr;
  if (!settings) settings = &vg.find_lv(body->cache)->as<model::CachePool>()->settings;
  out.dirty_mode = settings->mode == "writeback";
  out.cleans = body->cleaner || settings->policy == "cleaner";
  return out;
}

class Detach {
 public:
  Detach(Stages& stages, LvId lv, Cached what, const DetachRequest& request)
      : stages_(stages),
        lv_(lv),
        what_(what),
        remove_(request.remove),
        force_(request.force),
        only_cache_(request.only_cache) {}

  Result<> run() {
    up_ = activate::is_up(stages_.world(), stages_.vg(), lv());
    name_ = full_name(stages_.vg(), lv());
    if (misses_pv(stages_.view(), *stages_.vg().find_lv(what_.cache)))
      TRY(give_up_cache());
    else
      TRY(clean());
    Vg after = stages_.vg();
    mark_missing(stages_.view(), after);
    free_cache(after);
    return up_ ? leave_live(std::move(after)) : leave(std::move(after));
  }

 private:
  const Lv& lv() { return *stages_.vg().find_lv(lv_); }

  bool failed() {
    const world::LiveDevice* live = activate::own_device(stages_.world(), stages_.vg(), lv());
    if (!live || live->status.size() != 1) return false;
    const auto* status = std::get_if<dm::CacheStatus>(&live->status.front().body);
    return status && status->state != dm::CacheStatus::State::good;
  }

  void warn_of(std::string text) { stages_.context().note(warn("WARNING: " + std::move(text))); }

  // What the cache had alone is lost with its PVs.
  Result<> give_up_cache() {
    const Vg& vg = stages_.vg();
    const Lv& cache = *vg.find_lv(what_.cache);
    if (what_.writecache) {
      if (force_) {
        warn_of("Data may be lost by detaching writecache without flushing.");
        return {};
      }
      warn_of(fmt::format("writecache on {} is not complete and cannot be flushed.", full_name(vg, cache)));
      warn_of(fmt::format("cannot detach writecache from {} without --force.", name_));
      return fail(Code::refused, "Conversion aborted.");
    }
    if (const auto* pool = cache.as<model::CachePool>())
      for (auto [what, part] : {std::pair("data", pool->data), std::pair("metadata", pool->metadata)})
        if (misses_pv(stages_.view(), *vg.find_lv(part)))
          warn_of(fmt::format("Cache pool {} logical volume {} is missing.", what, full_name(vg, *vg.find_lv(part))));
    if (what_.dirty_mode && !force_)
      return fail(Code::refused,
                  fmt::format("Conversion aborted.\nCannot uncache writeback cache volume {} without --force.", name_));
    if (what_.dirty_mode)
      warn_of(fmt::format("Uncaching of partially missing writeback cache volume {} might destroy your data.", name_));
    else if (what_.role == model::Role::cache_pool)
      stages_.plan().questions.push_back(
          {fmt::format("Do you really want to uncache {} with missing LVs? [y/n]: ", name_), "Conversion aborted."});
    return {};
  }

  // What is dirty now, where that is known.
  std::optional<std::uint64_t> dirty() {
    const world::LiveDevice* live = activate::own_device(stages_.world(), stages_.vg(), lv());
    if (!live || live->status.size() != 1) return std::nullopt;
    if (const auto* status = std::get_if<dm::WritecacheStatus>(&live->status.front().body))
      return status->total - status->free;
    return std::nullopt;
  }

  // Everything comes to the origin. A writecache that was never up, or went down orderly, is clean.
  Result<> clean() {
    if (what_.writecache && (!up_ || dirty() == 0)) {
      stages_.add_steps({step::Step(print("Detaching writecache already clean."))});
      return {};
    }
    if (failed()) return {};
    if (!up_) {
      if (!what_.dirty_mode) return {};
      auto up =
          TRY(activate::activate(stages_.world(), stages_.view(), stages_.vg(), lv(), stages_.context().config, {}));
      up.emplace_back(step::Settle{});
      stages_.add_steps(std::move(up));
      up_ = true;
    }
    step::AwaitClean await{activate::top_uuid(stages_.vg(), lv()), dm::device_name(stages_.vg().name, lv().name),
                           name_};
    if (what_.dirty_mode && !what_.cleans) TRY(set_cleaner(await));
    std::vector<step::Step> steps;
    steps.emplace_back(await);
    if (what_.writecache) steps.emplace_back(print("Detaching writecache finished cleaning."));
    stages_.add_steps(std::move(steps));
    return {};
  }

  Result<> set_cleaner(step::AwaitClean await) {
    Vg after = stages_.vg();
    Lv& changed = *after.find_lv(lv_);
    if (what_.writecache) {
      stages_.add_steps({step::Step(print("Detaching writecache setting cleaner."))});
      changed.as<model::Writecache>()->settings.edit().cleaner = 1;
    } else {
      await.once = true;
      stages_.add_steps({step::Step(std::move(await))});
      changed.as<model::Cache>()->cleaner = true;
    }
    return add_change(stages_, std::move(after), lv_, {}, false);
  }

  // The cache is one of its own again, with the name it had.
  void free_cache(Vg& vg) {
    cache_name_ = vg.find_lv(what_.cache)->name;
    std::string name = name_without_role(vg, *vg.find_lv(what_.cache), what_.role);
    if (!only_cache_ && (!remove_ || what_.role != model::Role::cache_pool)) {
      rename_whole(vg, what_.cache, name);
      cache_name_ = name;
    }
    Lv& cache = *vg.find_lv(what_.cache);
    cache.flags.set(LvFlag::visible);
    cache.flags.clear(LvFlag::cache_vol);
    vg.find_lv(lv_)->flags.clear(LvFlag::cache_uses_cachevol);
  }

  std::vector<std::string> reports(bool removed_apart) {
    std::string removed = fmt::format("Logical volume \"{}\" successfully removed.", cache_name_);
    std::string cache = fmt::format("{}/{}", stages_.vg().name, cache_name_);
    if (what_.writecache) {
      std::vector<std::string> out{fmt::format("Logical volume {} writecache has been detached.", name_)};
      if (remove_ && !removed_apart) out.push_back(std::move(removed));
      return out;
    }
    if (!remove_) return {fmt::format("Logical volume {} is not cached and {} is unused.", name_, cache)};
    if (only_cache_) return {removed};
    if (what_.role == model::Role::cache_pool) return {removed, fmt::format("Logical volume {} is not cached.", name_)};
    return {removed, fmt::format("Logical volume {} is not cached and {} is removed.", name_, cache)};
  }

  // All LVs of the cache.
  std::unordered_set<LvId> parts(const Vg& vg) {
    model::Relations relations(vg);
    std::unordered_set<LvId> out;
    for (std::uint32_t part : relations.with_parts(relations.position(what_.cache))) out.insert(vg.lvs[part].id);
    return out;
  }

  // Nothing is live: one change will do, but for a volume that is removed after it.
  Result<> leave(Vg after) {
    pop_layer(after, lv_, what_.origin);
    bool apart = remove_ && what_.role != model::Role::cache_pool;
    if (remove_ && !apart) erase_lvs(after, parts(after));
    if (!apart) return add_change(stages_, std::move(after), lv_, reports(false), false);
    std::vector<std::string> said;
    if (what_.writecache) said = reports(true);
    TRY(add_change(stages_, std::move(after), lv_, std::move(said), false));
    return remove_apart();
  }

  // The volume goes on with its own extents; the layer that it no longer has, and that may be in use for a moment
  // still, leaves the metadata in a change of its own.
  Result<> leave_live(Vg after) {
    vacate_layer(after, lv_, what_.origin);
    TRY(add_change(stages_, std::move(after), lv_, {}, false));
    Vg done = stages_.vg();
    std::erase_if(done.lvs, [&](const Lv& other) { return other.id == what_.origin; });
    bool apart = remove_ && what_.role != model::Role::cache_pool;
    if (remove_ && !apart) erase_lvs(done, parts(done));
    std::vector<std::string> said;
    if (!apart || what_.writecache) said = reports(apart);
    stages_.add(std::move(done), {}, {});
    for (std::string& text : said) stages_.plan().stages.back().steps.emplace_back(print(std::move(text)));
    return apart ? remove_apart() : Result<>();
  }

  Result<> remove_apart() {
    Vg done = stages_.vg();
    std::string removed = fmt::format("Logical volume \"{}\" successfully removed.", cache_name_);
    std::vector<std::string> said = what_.writecache ? std::vector<std::string>{removed} : reports(false);
    erase_lvs(done, parts(done));
    stages_.add(std::move(done), {}, {});
    for (std::string& text : said) stages_.plan().stages.back().steps.emplace_back(print(std::move(text)));
    return {};
  }

  Stages& stages_;
  LvId lv_;
  Cached what_;
  bool remove_, force_, only_cache_, up_ = false;
  std::string name_, cache_name_;
};

}  // namespace

Result<step::Plan> attach_pool(const Context& context, const world::VgView& view, const CacheRequest& request) {
  TRY(check_writable(context, view));
  const Vg& vg = *view.vg;
  const Lv& lv = part_to_cache(vg, request.lv);
  const Lv* cache = TRY(find_cache(vg, request.cache, lv, "Cache pool"));
  TRY(check_cacheable(vg, lv));
  Stages stages(context, view);
  LvId pool = cache->id;
  if (!cache->as<model::CachePool>()) {
    PoolRequest made = request.pool;
    made.data = cache->id;
    pool = TRY(add_cache_pool(stages, made));
  } else {
    if (!cache->visible())
      return fail(Code::refused, fmt::format("Cache pool {} is in use already.", full_name(vg, *cache)));
    if (request.zero_metadata) {
      stages.plan().questions.push_back(
          {fmt::format("Do you want wipe existing metadata of cache pool {}? [y/n]: ", full_name(vg, *cache)),
           "Conversion aborted.\nTo preserve cache metadata add option \"--zero n\".\nWARNING: Reusing mismatched "
           "cache "
           "pool metadata MAY DESTROY YOUR DATA!"});
      LvId metadata = cache->as<model::CachePool>()->metadata;
      stages.add_steps(
          TRY(wipe_alone(context, view, vg, metadata, to_bytes(vg.size_of(vg.find_lv(metadata)->extents())))));
    }
  }
  Vg after = stages.vg();
  TRY(attach_cache_pool(context, after, lv.id, pool, request.pool.pool, request.pool.cache));
  TRY(add_change(stages, std::move(after), lv.id, {now_cached(vg, lv)}));
  return stages.finish();
}

Result<step::Plan> attach_volume(const Context& context, const world::VgView& view, const CacheRequest& request) {
  TRY(check_writable(context, view));
  const Vg& vg = *view.vg;
  const Lv& lv = part_to_cache(vg, request.lv);
  if (vg.find_lv(request.lv)->as<model::ThinPool>()) {
    context.note(warn("WARNING: thin pool data will not be automatically extended when cached."));
    context.note(warn("WARNING: manual splitcache is required before extending thin pool data."));
  }
  Stages stages(context, view);
  LvId cache = TRY(cache_volume(stages, request.cache, lv, request.pool.cache));
  Vg after = stages.vg();
  TRY(attach_cache_volume(stages.context(), after, lv.id, cache, request.pool.pool, request.pool.cache));
  Sectors metadata = after.find_lv(lv.id)->as<model::Cache>()->volume->metadata_length;
  TRY(add_wiped_volume(stages, cache, to_bytes(metadata)));
  TRY(add_change(stages, std::move(after), lv.id, {now_cached(vg, lv)}));
  return stages.finish();
}

Result<> check_writecache(const Context& context, const world::VgView& view, const WritecacheRequest& request) {
  TRY(check_writable(context, view));
  const Vg& vg = *view.vg;
  const Lv& lv = *vg.find_lv(request.lv);
  TRY(check_cacheable(vg, lv));
  if (const Lv* cache = vg.find_lv(request.cache); cache && activate::is_up(context.world, vg, *cache))
    return fail(Code::refused, fmt::format("LV {} must be inactive to attach.", full_name(vg, *cache)));
  return {};
}

Result<step::Plan> attach_writecache_volume(const Context& context, const world::VgView& view,
                                            const WritecacheRequest& request) {
  TRY(check_writecache(context, view, request));
  const Vg& vg = *view.vg;
  const Lv& lv = part_to_cache(vg, request.lv);
  Stages stages(context, view);
  LvId cache = TRY(cache_volume(stages, request.cache, lv, request.options));
  Vg after = stages.vg();
  TRY(attach_writecache(stages.context(), after, lv.id, cache, request.options, request.blocks));
  TRY(add_wiped_volume(stages, cache, kWipedHead));
  TRY(add_change(stages, std::move(after), lv.id,
                 {fmt::format("Logical volume {} now has writecache.", full_name(vg, *vg.find_lv(request.lv)))}));
  return stages.finish();
}

LvId cached_by(const Vg& vg, LvId cache) {
  for (const Lv& lv : vg.lvs)
    if (const auto what = cached(vg, lv); what && what->cache == cache) return lv.id;
  return {};
}

Result<step::Plan> detach_cache(const Context& context, const world::VgView& view, const DetachRequest& request) {
  TRY(check_writable(context, view, {.missing_pvs = true}));
  const LvId id = request.lv;
  const Vg& vg = *view.vg;
  LvId lv = cached_by(vg, id);
  if (!lv) lv = part_to_cache(vg, id).id;
  auto what = cached(vg, *vg.find_lv(lv));
  if (!what) return fail(Code::refused, fmt::format("LV {} is not cached.", full_name(vg, *vg.find_lv(lv))));
  Stages stages(context, view);
  TRY(Detach(stages, lv, *what, request).run());
  return stages.finish();
}

}  // namespace lvm::plan::convert
