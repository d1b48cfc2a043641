// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/create/cache_pool.h"

#include <fmt/format.h>

#include "plan/cache_attach.h"
#include "plan/create/kinds.h"

// A cache pool: data and metadata of a cache that is put in front of a volume later. It has no device until then.
namespace lvm::plan::create {
namespace {

model::SegmentBody body(const Draft& draft, LvId data, LvId metadata, Sectors chunk) {
  model::CachePool pool;
  pool.data = data;
  pool.metadata = metadata;
  pool.settings = given_cache_settings(draft.request.cache, chunk);
  return pool;
}

constexpr PoolPlan kPlan = {.data = model::Role::cache_pool_data,
                            .metadata = model::Role::cache_pool_metadata,
                            .sizes = cache_pool_sizes,
                            .check = nullptr,
                            .beside_data = true,
                            .body = body};

Result<step::Plan> make(Draft& named) {
  Draft draft = TRY(begin_pool(named.context, named.view, named.request));
  Stages stages(draft.context, draft.view);
  TRY(make_cache_pool(draft, stages));
  std::string report = fmt::format("Logical volume \"{}\" created.", draft.lv().name);
  stages.add_revocable(std::move(draft.vg), {}, {step::Step(print(std::move(report)))});
  return stages.finish();
}

constexpr std::string_view kTypes[] = {"cache-pool"};

}  // namespace

Result<> make_cache_pool(Draft& draft, Stages& stages) {
  TRY(make_pool(draft, kPlan, stages));
  constexpr std::uint32_t kNewFormat = 2;
  draft.lv().flags.set(model::LvFlag::metadata_format,
                       draft.lv().as<model::CachePool>()->settings.metadata_format == kNewFormat);
  return {};
}

constexpr Kind cache_pool_kind = {.types = kTypes, .make = make};

}  // namespace lvm::plan::create
