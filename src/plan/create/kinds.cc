// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/create/kinds.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/names.h"
#include "plan/thin_stages.h"

namespace lvm::plan {
namespace create {
namespace {

constexpr const Kind* kKinds[] = {
    &striped_kind, &empty_kind,      &mirror_kind, &raid_kind,       &snapshot_kind, &thin_pool_kind,
    &thin_kind,    &cache_pool_kind, &cache_kind,  &writecache_kind, &vdo_kind,
};

}  // namespace

const Kind* find_kind(std::string_view type) {
  for (const Kind* kind : kKinds)
    if (std::ranges::find(kind->types, type) != kind->types.end()) return kind;
  return nullptr;
}

}  // namespace create

Result<> check_request(const LvCreateRequest& request) {
  bool new_pool = request.pool.make || request.type == "thin-pool" || request.type == "cache-pool";
  if (new_pool && !request.pool.name.empty()) TRY(model::check_new_lv_name(request.pool.name));
  if (request.name.empty()) return {};
  return model::check_new_lv_name(request.name);
}

bool asks_for_blocks(const LvCreateRequest& request) {
  const create::Kind* kind = create::find_kind(request.type);
  return request.raid.integrity || request.pool.make || (kind && kind->wants_blocks);
}

Result<step::Plan> lv_create(const Context& context, const world::VgView& view, const LvCreateRequest& request) {
  const create::Kind* kind = create::find_kind(request.type);
  if (!kind)
    return fail(Code::unsupported,
                fmt::format("Volumes of type {} cannot be created yet: nothing was changed.", request.type));
  TRY(check_writable(context, view));
  create::Draft draft = TRY(create::begin(context, view, request));
  auto plan = kind->make(draft);
  // New thin volumes speak of their own pool.
  if (plan && !plan->stages.empty() && request.type != "thin" && request.type != "thin-pool")
    warn_of_overprovisioning(context, *plan->stages.back().after, LvId());
  return plan;
}

}  // namespace lvm::plan
