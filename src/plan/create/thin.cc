// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "activate/live.h"
#include "model/names.h"
#include "plan/create/kinds.h"
#include "plan/create/thin_pool.h"
#include "plan/thin_messages.h"
#include "plan/thin_stages.h"

// Thin volumes: empty ones, snapshots of others, and such that read an origin outside of the pool where they have
// nothing of their own.
namespace lvm::plan::create {
namespace {

using model::Lv;
using model::Vg;

Result<const Lv*> find_pool(const Vg& vg, const std::string& name) {
  const Lv* pool = vg.find_lv(name);
  if (!pool) return fail(Code::not_found, fmt::format("Pool {} not found in Volume group {}.", name, vg.name));
  if (!pool->as<model::ThinPool>())
    return fail(Code::refused, fmt::format("Logical volume {}/{} is not a thin pool.", vg.name, name));
  return pool;
}

// The segment of a volume that is not made of nothing: what it reads, and how long it is.
struct Content {
  model::Thin thin;
  Extents extents;
};
Result<Content> snapshot_of(const Draft& draft) {
  const Vg& vg = draft.before();
  const LvCreateRequest& request = draft.request;
  const Lv* origin = vg.find_lv(request.base);
  if (!origin)
    return fail(Code::not_found,
                fmt::format("Snapshot origin LV {} not found in Volume group {}.", request.base, vg.name));
  Content out;
  out.extents = origin->extents();
  const auto* thin = origin->as<model::Thin>();
  const Lv* pool = nullptr;
  if (!request.pool.name.empty()) pool = TRY(find_pool(vg, request.pool.name));
  if (thin && (!pool || pool->id == thin->pool)) {
    out.thin.pool = thin->pool;
    out.thin.origin = origin->id;
    out.thin.external_origin = thin->external_origin;
    return out;
  }
  if (!pool) return fail(Code::refused, "Please specify either size or extents with snapshots.");
  if (origin->writable()) return fail(Code::refused, "Cannot use writable LV as the external origin.");
  if (activate::is_up(draft.context.world, vg, *origin))
    return fail(Code::refused, "Cannot use active LV for the external origin.");
  if (!origin->visible() || origin->as<model::ThinPool>() || origin->as<model::CachePool>())
    return fail(Code::refused,
                fmt::format("Logical volume {}/{} cannot be an external origin.", vg.name, origin->name));
  out.thin.pool = pool->id;
  out.thin.external_origin = origin->id;
  return out;
}

Result<Content> content_of(const Draft& draft) {
  if (!draft.request.virtual_size) return snapshot_of(draft);
  const LvCreateRequest& request = draft.request;
  const Lv* pool = TRY(find_pool(draft.before(), request.pool.name.empty() ? request.base : request.pool.name));
  Content out;
  out.extents = TRY(extents_of_bytes(draft.context, draft.before(), *request.virtual_size));
  out.thin.pool = pool->id;
  return out;
}

// The volume joins its pool.
Result<> add_volume(Draft& draft, Content content, Stages& stages) {
  Lv& pool = *draft.vg.find_lv(content.thin.pool);
  content.thin.transaction_id = pool.as<model::ThinPool>()->transaction_id;
  content.thin.device_id = TRY(next_thin_id(draft.vg, pool.id));
  ThinChange change{.pool = pool.id, .origin = content.thin.origin, .up = {}, .made = draft.id, .report = {}};
  if (content.thin.origin && !draft.request.attributes.activation_skip &&
      draft.context.config.flag("activation/auto_set_activation_skip"))
    draft.lv().flags.set(model::LvFlag::activation_skip);
  draft.lv().segments.push_back({Extents(), content.extents, {}, std::move(content.thin), {}, {}});
  queue_thin_message(pool, {draft.id, 0});
  if (comes_up(draft)) change.up = draft.id;
  change.report = fmt::format("Logical volume \"{}\" created.", draft.lv().name);
  warn_of_overprovisioning(draft.context, draft.vg, pool.id);
  return add_thin_stages(stages, std::move(draft.vg), change);
}

// The pool first, then the volume as if the pool had been there.
Result<step::Plan> make_with_pool(Draft& named) {
  Draft pool = TRY(begin_pool(named.context, named.view, named.request));
  Stages stages(named.context, named.view);
  TRY(make_thin_pool(pool, stages));
  std::vector<step::Step> up =
      TRY(activate::activate(stages.world(), named.view, pool.vg, pool.lv(), named.context.config, {}));
  up.emplace_back(step::Settle{});
  LvId pool_id = pool.id;
  stages.add_revocable(std::move(pool.vg), {}, std::move(up));
  Lv volume = named.lv();
  if (named.request.name.empty()) volume.name = model::next_lv_name(stages.vg());
  named.vg = stages.vg();
  named.vg.lvs.push_back(std::move(volume));
  Content content;
  content.extents = TRY(extents_of_bytes(named.context, named.before(), *named.request.virtual_size));
  content.thin.pool = pool_id;
  TRY(add_volume(named, std::move(content), stages));
  return stages.finish();
}

Result<step::Plan> make(Draft& draft) {
  if (draft.context.config.flag("global/activation") && !draft.context.world.dm_available)
    return fail(Code::unsupported,
                fmt::format("Thin volumes cannot be made: {}", draft.context.world.dm_unavailable_reason));
  if (draft.request.pool.make) return make_with_pool(draft);
  Content content = TRY(content_of(draft));
  Stages stages(draft.context, draft.view);
  TRY(add_volume(draft, std::move(content), stages));
  return stages.finish();
}

constexpr std::string_view kTypes[] = {"thin"};

}  // namespace

constexpr Kind thin_kind = {.types = kTypes, .make = make};

}  // namespace lvm::plan::create
