// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/create/thin_pool.h"

#include "plan/create/kinds.h"
#include "plan/thin_pool_options.h"

// A thin pool: data that thin volumes share, and metadata about who has what of it.
namespace lvm::plan::create {
namespace {

Result<> check(const Draft& draft, Extents data, const PoolSizes& sizes) {
  return announce_thin_pool(draft.context, draft.before(), data, sizes.chunk,
                            zeroes_new_blocks(draft.context, draft.before(), draft.request.pool));
}

model::SegmentBody body(const Draft& draft, LvId data, LvId metadata, Sectors chunk) {
  Sectors suited = suited_thin_chunk(draft.context, draft.vg, *draft.vg.find_lv(data), draft.request.pool,
                                     draft.request.blocks, chunk);
  return new_thin_pool(draft.context, draft.before(), draft.request.pool, data, metadata, suited);
}

constexpr PoolPlan kPlan = {.data = model::Role::thin_pool_data,
                            .metadata = model::Role::thin_pool_metadata,
                            .sizes = thin_pool_sizes,
                            .check = check,
                            .beside_data = false,
                            .body = body};

Result<step::Plan> make(Draft& named) {
  Draft draft = TRY(begin_pool(named.context, named.view, named.request));
  Stages stages(draft.context, draft.view);
  TRY(make_thin_pool(draft, stages));
  return finish(draft, stages, false);
}

constexpr std::string_view kTypes[] = {"thin-pool"};

}  // namespace

Result<> make_thin_pool(Draft& draft, Stages& stages) {
  TRY(make_pool(draft, kPlan, stages));
  const model::Lv& metadata = *draft.vg.find_lv(draft.lv().as<model::ThinPool>()->metadata);
  set_pool_flags(draft.context, draft.request.pool, draft.vg.size_of(metadata.extents()), draft.lv());
  return {};
}

constexpr Kind thin_pool_kind = {.types = kTypes, .make = make, .wants_blocks = true};

}  // namespace lvm::plan::create
