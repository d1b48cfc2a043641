// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "activate/live.h"
#include "plan/cache_attach.h"
#include "plan/cache_device.h"
#include "plan/change_stage.h"
#include "plan/create/cache_pool.h"
#include "plan/create/kinds.h"

// Cached volumes: a new volume with a cache that is there, or a new cache pool for a volume that is there. The volume
// comes up plain and is wiped; then the cache slips in between.
namespace lvm::plan::create {
namespace {

using model::Lv;
using model::Vg;

Result<> add_plain_volume(Draft& draft, Stages& stages, bool report) {
  TRY(place_stripes(draft));
  auto up = TRY(activate_new(draft, stages.context(), draft.vg, true));
  if (report) up.emplace_back(print(fmt::format("Logical volume \"{}\" created.", draft.lv().name)));
  stages.add_revocable(draft.vg, {}, std::move(up));
  return {};
}

std::string now_cached(const Vg& vg, LvId lv) {
  return fmt::format("Logical volume {}/{} is now cached.", vg.name, vg.find_lv(lv)->name);
}

Result<const Lv*> find_cache_pool(const Vg& vg, const std::string& name) {
  const Lv* pool = vg.find_lv(name);
  if (!pool) return fail(Code::not_found, fmt::format("Cache pool {} not found in Volume group {}.", name, vg.name));
  if (!pool->as<model::CachePool>())
    return fail(Code::refused, fmt::format("Logical volume {}/{} is not a cache pool.", vg.name, name));
  if (!pool->visible()) return fail(Code::refused, fmt::format("Cache pool {}/{} is in use already.", vg.name, name));
  return pool;
}

// A cache volume is any volume that nobody uses.
Result<const Lv*> find_cache_volume(const Vg& vg, const std::string& name) {
  const Lv* volume = vg.find_lv(name);
  if (!volume) return fail(Code::not_found, fmt::format("Cache volume {} not found in {}.", name, vg.name));
  if (!volume->visible() || !volume->as<model::Striped>())
    return fail(Code::refused,
                fmt::format("Cachevol LV {}/{} must be linear or striped, and not in use.", vg.name, name));
  return volume;
}

// The new volume, and its cache: a volume that is there, or one that is made on the devices named.
Result<LvId> add_volume_and_cache(Draft& draft, Stages& stages) {
  const CacheOptions& options = draft.request.cache;
  const Lv* named = nullptr;
  if (options.devices.empty()) named = TRY(find_cache_volume(draft.before(), options.volume));
  TRY(add_plain_volume(draft, stages, true));
  if (named) return named->id;
  return add_cache_device_volume(stages, draft.lv().name, options);
}

Result<step::Plan> with_pool(Draft& draft, LvId pool) {
  Stages stages(draft.context, draft.view);
  TRY(add_plain_volume(draft, stages, false));
  Vg after = stages.vg();
  TRY(attach_cache_pool(draft.context, after, draft.id, pool, draft.request.pool, draft.request.cache));
  TRY(add_change(stages, std::move(after), draft.id, {fmt::format("Logical volume \"{}\" created.", draft.lv().name)}));
  return stages.finish();
}

Result<step::Plan> with_volume(Draft& draft) {
  Stages stages(draft.context, draft.view);
  LvId cache = TRY(add_volume_and_cache(draft, stages));
  Vg after = stages.vg();
  TRY(attach_cache_volume(draft.context, after, draft.id, cache, draft.request.pool, draft.request.cache));
  TRY(add_wiped_volume(stages, cache, to_bytes(after.find_lv(draft.id)->as<model::Cache>()->volume->metadata_length)));
  std::string report = now_cached(after, draft.id);
  TRY(add_change(stages, std::move(after), draft.id, {std::move(report)}));
  return stages.finish();
}

// A pool is made for the volume `base`.
Result<step::Plan> for_volume(Draft& named, LvId base) {
  Draft draft = TRY(begin_pool(named.context, named.view, named.request));
  TRY(check_cacheable(named.before(), *named.before().find_lv(base)));
  Stages stages(draft.context, draft.view);
  TRY(make_cache_pool(draft, stages));
  stages.add_revocable(draft.vg, {}, {});
  Vg after = stages.vg();
  TRY(attach_cache_pool(draft.context, after, base, draft.id, draft.request.pool, draft.request.cache));
  std::string report = now_cached(after, base);
  TRY(add_change(stages, std::move(after), base, {std::move(report)}));
  return stages.finish();
}

Result<step::Plan> make(Draft& draft) {
  const LvCreateRequest& request = draft.request;
  const Vg& vg = draft.before();
  if (!request.cache.volume.empty() || !request.cache.devices.empty()) return with_volume(draft);
  if (!request.base.empty()) {
    const Lv* base = vg.find_lv(request.base);
    if (!base)
      return fail(Code::not_found, fmt::format("Failed to find logical volume \"{}/{}\"", vg.name, request.base));
    if (!base->as<model::CachePool>()) return for_volume(draft, base->id);
  }
  const Lv* pool = TRY(find_cache_pool(vg, request.base.empty() ? request.pool.name : request.base));
  return with_pool(draft, pool->id);
}

constexpr std::string_view kTypes[] = {"cache"};

// --- writecache -----------------------------------------------------------------------------------
constexpr Bytes kWipedHead{4096};

Result<step::Plan> make_writecache(Draft& draft) {
  const Lv* volume = draft.before().find_lv(draft.request.cache.volume);
  if (volume && activate::is_up(draft.context.world, draft.before(), *volume))
    return fail(Code::refused, fmt::format("LV {}/{} must be inactive to attach.", draft.vg.name, volume->name));
  Stages stages(draft.context, draft.view);
  LvId cache = TRY(add_volume_and_cache(draft, stages));
  TRY(add_wiped_volume(stages, cache, kWipedHead));
  Vg after = stages.vg();
  TRY(attach_writecache(draft.context, after, draft.id, cache, draft.request.cache, draft.request.blocks));
  std::string report =
      fmt::format("Logical volume {}/{} now has writecache.", after.name, after.find_lv(draft.id)->name);
  TRY(add_change(stages, std::move(after), draft.id, {std::move(report)}));
  return stages.finish();
}

constexpr std::string_view kWritecacheTypes[] = {"writecache"};

}  // namespace

constexpr Kind cache_kind = {.types = kTypes, .make = make};
constexpr Kind writecache_kind = {.types = kWritecacheTypes, .make = make_writecache, .wants_blocks = true};

}  // namespace lvm::plan::create
