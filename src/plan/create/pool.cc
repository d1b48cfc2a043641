// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/create/pool.h"

#include <fmt/format.h>

#include <algorithm>

#include "plan/lv_segments.h"
#include "plan/pool_spare.h"
#include "plan/wipe_alone.h"

namespace lvm::plan::create {
namespace {

using model::Lv;
using model::Vg;

constexpr Bytes kWipedHead{4096};

// The size of the data, and with it that of chunks and metadata. Shares of free space leave room for the metadata and
// as much again for the spare.
struct Sized {
  WantedExtents data;
  PoolSizes sizes;
};
Result<Sized> size_pool(const Draft& draft, const PoolPlan& plan, const std::vector<alloc::PvChoice>& choices,
                        std::uint32_t stripes, Sectors stripe_size) {
  Sized out;
  out.data = TRY(wanted_extents(draft, choices));
  out.sizes = TRY(plan.sizes(draft.context, draft.before(), out.data.extents, draft.request.pool));
  if (draft.request.size.unit == LvSize::Unit::percent_free || draft.request.size.unit == LvSize::Unit::percent_pvs) {
    Extents both = out.sizes.metadata * 2;
    if (out.data.extents <= both)
      return fail(Code::refused, "Calculated size of logical volume is 0 extents. Needs to be larger.");
    out.data.extents = out.data.extents - both;
  }
  out.data.extents = round_to_stripes(draft, out.data, stripes, stripe_size);
  if (plan.check) TRY(plan.check(draft, out.data.extents, out.sizes));
  return out;
}

// The spare has a change of its own when it is new.
Result<> place_spare(Draft& draft, Extents metadata, const std::vector<alloc::PvChoice>& choices, Stages& stages) {
  if (!draft.request.pool.spare) {
    warn_of_no_spare(draft.context);
    return {};
  }
  bool is_new = find_spare(draft.vg) == nullptr;
  TRY(provide_spare(draft.context, draft.vg, metadata, choices, draft.request.creation_host));
  draft.free = alloc::FreeMap(draft.vg);
  if (!is_new) return {};
  Vg alone = draft.vg;
  std::erase_if(alone.lvs, [&](const Lv& lv) { return lv.id == draft.id; });
  stages.add_revocable(std::move(alone), {}, {});
  return {};
}

Result<> place_parts(Draft& draft, const PoolPlan& plan, const Sized& sized, std::uint32_t stripes, Sectors stripe_size,
                     std::vector<alloc::PvChoice> choices) {
  LvId metadata = add_part(draft, plan.metadata).id;
  LvId data = add_part(draft, plan.data).id;
  const config::Config& config = draft.context.config;
  alloc::Request wanted = allocation_request(draft.context, draft.before(), draft.lv());
  wanted.extents = sized.data.extents;
  wanted.stripes = stripes;
  wanted.approximate = sized.data.approximate;
  wanted.choices = std::move(choices);
  bool separate = plan.beside_data ? config.flag("allocation/cache_pool_metadata_require_separate_pvs")
                                   : config.flag("allocation/thin_pool_metadata_require_separate_pvs");
  if (plan.beside_data && !separate) {
    wanted.leg_metadata = sized.sizes.metadata;
  } else {
    wanted.logs = 1;
    wanted.log_length = sized.sizes.metadata;
    wanted.shared_logs = !separate;
  }
  std::vector<alloc::Placement> placements = TRY(alloc::allocate(draft.before(), draft.free, wanted));
  alloc::Placement of_metadata;
  of_metadata.length = sized.sizes.metadata;
  of_metadata.legs = wanted.logs ? placements.front().logs : placements.front().metadata;
  of_metadata.legs.resize(1);
  append_legs(*draft.vg.find_lv(metadata), of_metadata.legs, of_metadata.length, Sectors());
  for (const alloc::Placement& placement : placements)
    append_legs(*draft.vg.find_lv(data), placement.legs, placement.length, stripe_size);
  Lv& pool = draft.lv();
  Extents extents = draft.vg.find_lv(data)->extents();
  pool.segments.push_back({Extents(), extents, {}, plan.body(draft, data, metadata, sized.sizes.chunk), {}, {}});
  return {};
}

// The metadata is first a volume by itself, with the pool's name: so it can be wiped.
Result<> wipe_metadata(const Draft& draft, LvId metadata, Stages& stages) {
  Vg alone = stages.vg();
  if (const Lv* spare = find_spare(draft.vg)) *alone.find_lv(spare->id) = *spare;
  Lv lv = *draft.vg.find_lv(metadata);
  lv.name = draft.vg.find_lv(draft.id)->name;
  lv.flags.set(model::LvFlag::visible);
  Bytes length =
      draft.context.config.flag("allocation/zero_metadata") ? to_bytes(alone.size_of(lv.extents())) : kWipedHead;
  alone.lvs.push_back(std::move(lv));
  auto wiped = TRY(wipe_alone(stages.context(), draft.view, alone, metadata, length));
  stages.add_revocable(std::move(alone), {}, std::move(wiped));
  return {};
}

}  // namespace

Result<Draft> begin_pool(const Context& context, const world::VgView& view, const LvCreateRequest& request) {
  if (!request.pool.name.empty() && view.vg->find_lv(request.pool.name))
    return fail(Code::exists,
                fmt::format("Logical volume {} already exists in Volume group {}.", request.pool.name, view.vg->name));
  Draft draft = TRY(begin(context, view, request, request.pool.name));
  if (!request.pool.make) return draft;
  // The other attributes are those of the volume that is made with it.
  Lv& pool = draft.lv();
  pool.flags = {model::LvFlag::read, model::LvFlag::write, model::LvFlag::visible};
  pool.tags.clear();
  pool.read_ahead = Lv::kReadAheadAuto;
  pool.major = pool.minor = -1;
  return draft;
}

Result<> make_pool(Draft& draft, const PoolPlan& plan, Stages& stages) {
  std::uint32_t stripes = draft.request.stripes.value_or(1);
  Sectors stripe_size = TRY(choose_stripe_size(draft, stripes));
  std::vector<alloc::PvChoice> choices = TRY(choose_pvs(draft.context, draft.view, draft.request.pvs, draft.free));
  Sized sized = TRY(size_pool(draft, plan, choices, stripes, stripe_size));
  TRY(place_spare(draft, sized.sizes.metadata, choices, stages));
  TRY(check_room(draft, sized.data, sized.data.extents, stripes, choices));
  TRY(place_parts(draft, plan, sized, stripes, stripe_size, std::move(choices)));
  return wipe_metadata(draft, model::referenced(draft.lv().segments.front().body, plan.metadata), stages);
}

}  // namespace lvm::plan::create
