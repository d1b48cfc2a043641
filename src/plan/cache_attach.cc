// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/cache_attach.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "activate/activate.h"
#include "activate/foresee.h"
#include "activate/live.h"
#include "plan/cow.h"
#include "plan/layers.h"
#include "plan/pool_sizes.h"
#include "plan/wipe_alone.h"

namespace lvm::plan {
namespace {

using model::CacheSettings;
using model::Lv;
using model::LvFlag;
using model::Vg;

constexpr std::uint32_t kNewFormat = 2;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

struct WritecacheKey {
  std::string_view name;
  std::optional<std::uint64_t> model::WritecacheSettings::* member;
};
constexpr WritecacheKey kWritecacheKeys[] = {
    {"high_watermark", &model::WritecacheSettings::high_watermark},
    {"low_watermark", &model::WritecacheSettings::low_watermark},
    {"writeback_jobs", &model::WritecacheSettings::writeback_jobs},
    {"autocommit_blocks", &model::WritecacheSettings::autocommit_blocks},
    {"autocommit_time", &model::WritecacheSettings::autocommit_time},
    {"fua", &model::WritecacheSettings::fua},
    {"nofua", &model::WritecacheSettings::nofua},
    {"cleaner", &model::WritecacheSettings::cleaner},
    {"max_age", &model::WritecacheSettings::max_age},
    {"metadata_only", &model::WritecacheSettings::metadata_only},
    {"pause_writeback", &model::WritecacheSettings::pause_writeback},
};

// allocation/cache_settings/POLICY: what a cache of that policy begins with.
std::vector<model::CacheSetting> configured_settings(const config::Config& config, const std::string& policy) {
  std::vector<model::CacheSetting> out;
  for (auto setting : config.find("allocation/cache_settings/" + policy).children()) {
    if (auto value = setting.integer())
      out.emplace_back(setting.name(), std::to_string(*value));
    else if (auto text = setting.string())
      out.emplace_back(setting.name(), *text);
  }
  return out;
}

// The volume hides below the LV under a name of its own.
void hide(Vg& vg, LvId volume, model::Role role) {
  Lv& lv = *vg.find_lv(volume);
  lv.flags.clear(LvFlag::visible);
  rename_whole(vg, volume, lv.name + std::string(model::row_of(role).suffix));
}

}  // namespace

void merge_settings(std::vector<model::CacheSetting>& settings, const std::vector<model::CacheSetting>& more) {
  for (const model::CacheSetting& setting : more) {
    auto known = std::ranges::find(settings, setting.first, &model::CacheSetting::first);
    if (setting.second == "default") {
      if (known != settings.end()) settings.erase(known);
    } else if (known == settings.end()) {
      settings.push_back(setting);
    } else {
      known->second = setting.second;
    }
  }
}

CacheSettings given_cache_settings(const CacheOptions& options, Sectors chunk) {
  CacheSettings out;
  out.chunk_size = chunk;
  out.mode = options.mode;
  out.policy = options.policy;
  merge_settings(out.policy_settings, options.settings);
  out.metadata_format = options.metadata_format.value_or(0);
  return out;
}

CacheSettings used_cache_settings(const config::Config& config, CacheSettings settings, const CacheOptions& options) {
  if (!options.mode.empty()) settings.mode = options.mode;
  if (settings.mode.empty()) settings.mode = config.string("allocation/cache_mode");
  if (!options.policy.empty() && options.policy != settings.policy) {
    settings.policy = options.policy;
    settings.policy_settings.clear();
  }
  if (settings.policy.empty() && config.is_set("allocation/cache_policy"))
    settings.policy = config.string("allocation/cache_policy");
  if (settings.policy.empty()) settings.policy = "smq";
  merge_settings(settings.policy_settings, options.settings);
  if (settings.policy_settings.empty() && options.settings.empty())
    settings.policy_settings = configured_settings(config, settings.policy);
  if (options.metadata_format) settings.metadata_format = *options.metadata_format;
  if (settings.metadata_format == 0 && config.is_set("allocation/cache_metadata_format"))
    settings.metadata_format = static_cast<std::uint32_t>(config.integer("allocation/cache_metadata_format"));
  if (settings.metadata_format == 0) settings.metadata_format = kNewFormat;
  return settings;
}

Result<> check_cacheable(const Vg& vg, const Lv& lv) {
  if (!lv.visible() && !lv.name.ends_with("_tdata") && !lv.name.ends_with("_vdata"))
    return std::unexpected(hidden_lv(vg, lv));
  if (holder_of_store(model::Relations(vg), lv))
    return fail(Code::refused, fmt::format("Command on LV {0}/{1} does not accept LV type snapshot.\nCommand not "
                                           "permitted on LV {0}/{1}.",
                                           vg.name, lv.name));
  bool permitted = lv.as<model::Striped>() || lv.as<model::Raid>() || lv.as<model::ThinPool>() || lv.as<model::Vdo>() ||
                   lv.as<model::VdoPool>() || lv.as<model::ErrorSegment>() || lv.as<model::ZeroSegment>();
  if (!permitted || lv.has_unknown_segments() || lv.flags.has(LvFlag::cache_vol))
    return fail(Code::refused, fmt::format("LV {}/{} cannot be cached: it is of another kind.", vg.name, lv.name));
  return {};
}

Result<> attach_cache_pool(const Context& context, Vg& vg, LvId id, LvId pool_id, const PoolOptions& sizes,
                           const CacheOptions& options) {
  TRY(check_cacheable(vg, *vg.find_lv(id)));
  hide(vg, pool_id, model::Role::cache_pool);
  Lv& pool = *vg.find_lv(pool_id);
  auto& body = *pool.as<model::CachePool>();
  // The pool's own metadata profile counts, not that of the VG; the volume takes it over.
  const config::Config& config = context.config.with_profile(*pool.profile);
  body.settings = used_cache_settings(config, std::move(body.settings), options);
  if (auto chunk = given_cache_chunk(config, sizes)) body.settings.chunk_size = *chunk;
  TRY(check_cache_chunk(context, body.settings.chunk_size));
  pool.flags.set(LvFlag::metadata_format, body.settings.metadata_format == kNewFormat);
  Extents extents = vg.find_lv(id)->extents();
  model::Cache cache;
  cache.cache = pool_id;
  cache.origin = push_layer(context, vg, id, model::Role::cache_origin);
  Lv& lv = *vg.find_lv(id);
  lv.segments.push_back({Extents(), extents, {}, std::move(cache), {}, {}});
  lv.profile = vg.find_lv(pool_id)->profile;
  return {};
}

Result<> attach_cache_volume(const Context& context, Vg& vg, LvId id, LvId volume_id, const PoolOptions& pool,
                             const CacheOptions& options) {
  TRY(check_cacheable(vg, *vg.find_lv(id)));
  const Lv& volume = *vg.find_lv(volume_id);
  if (volume.extents().n < 2)
    return fail(Code::refused, fmt::format("The minimum cache size is 2 extents: {}/{} has 1.", vg.name, volume.name));
  PoolSizes sizes = TRY(cache_volume_sizes(context, vg, volume, pool));
  model::CacheVolume split;
  split.settings = used_cache_settings(context.config.with_profile(*volume.profile),
                                       given_cache_settings(options, sizes.chunk), options);
  if (options.metadata_format.value_or(kNewFormat) != kNewFormat)
    return fail(Code::refused, "Use cache metadata format 2.");
  split.settings.metadata_format = kNewFormat;  // whatever the configuration says
  Sectors size = vg.size_of(volume.extents());
  split.metadata_length = std::min(vg.size_of(sizes.metadata), Sectors(size.n / 2));
  split.data_start = split.metadata_length;
  split.data_length = size - split.metadata_length;
  hide(vg, volume_id, model::Role::cache_volume);
  vg.find_lv(volume_id)->flags.set(LvFlag::cache_vol);
  Extents extents = vg.find_lv(id)->extents();
  model::Cache cache;
  cache.cache = volume_id;
  cache.volume = std::move(split);
  cache.origin = push_layer(context, vg, id, model::Role::cache_origin);
  Lv& lv = *vg.find_lv(id);
  lv.segments.push_back({Extents(), extents, {}, std::move(cache), {}, {}});
  lv.flags.set(LvFlag::cache_uses_cachevol);
  lv.profile = vg.find_lv(volume_id)->profile;
  return {};
}

Result<> set_writecache(model::WritecacheSettings& settings, const std::vector<model::CacheSetting>& given,
                        std::optional<std::uint32_t>& block_size) {
  for (const auto& [key, value] : given) {
    auto parsed = number(value);
    if (!parsed) return fail(Code::usage, fmt::format("Invalid cache setting {}={}: a number is needed.", key, value));
    if (key == "block_size") {
      if (*parsed != 512 && *parsed != 4096)
        return fail(Code::usage, fmt::format("Invalid block size {}: 512 or 4096.", value));
      block_size = static_cast<std::uint32_t>(*parsed);
      continue;
    }
    const auto* row = std::ranges::find(kWritecacheKeys, key, &WritecacheKey::name);
    if (row == std::end(kWritecacheKeys)) return fail(Code::usage, fmt::format("Unknown writecache setting {}.", key));
    bool off = (key == "cleaner" || key == "metadata_only") && *parsed == 0;
    settings.*(row->member) = off ? std::nullopt : parsed;
  }
  return {};
}

Result<> attach_writecache(const Context& context, Vg& vg, LvId id, LvId volume_id, const CacheOptions& options,
                           const BlockFacts& facts) {
  TRY(check_cacheable(vg, *vg.find_lv(id)));
  model::Writecache body;
  body.cache = volume_id;
  std::optional<std::uint32_t> block_size;
  TRY(set_writecache(body.settings.edit(), options.settings, block_size));
  body.block_size = TRY(writecache_block_size(context, vg, *vg.find_lv(id), facts, block_size));
  hide(vg, volume_id, model::Role::writecache_volume);
  vg.find_lv(volume_id)->flags.set(LvFlag::cache_vol);
  Extents extents = vg.find_lv(id)->extents();
  body.origin = push_layer(context, vg, id, model::Role::writecache_origin);
  vg.find_lv(id)->segments.push_back({Extents(), extents, {}, std::move(body), {}, {}});
  return {};
}

Result<> add_wiped_volume(Stages& stages, LvId volume, Bytes length) {
  const Lv& lv = *stages.vg().find_lv(volume);
  bool up = activate::is_up(stages.world(), stages.vg(), lv);
  auto steps = TRY(wipe_alone(stages.context(), stages.view(), stages.vg(), volume, length));
  if (up) {
    append(steps, TRY(activate::deactivate(stages.world(), stages.vg(), lv, stages.context().config)));
    steps.emplace_back(step::Settle{});
  }
  stages.add_steps(std::move(steps));
  return {};
}

}  // namespace lvm::plan
