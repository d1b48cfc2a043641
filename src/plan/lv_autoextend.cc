// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/lv_autoextend.h"

#include <fmt/format.h>

#include "activate/activate.h"
#include "activate/naming.h"
#include "activate/profile.h"
#include "model/autoextend.h"
#include "model/relations.h"
#include "plan/cow.h"
#include "plan/resize_parts.h"

namespace lvm::plan {
namespace {

using model::Lv;
using model::Vg;

bool is_store(const Vg& vg, const Lv& lv) {
  model::Relations relations(vg);
  return origin_of_store(relations, lv) != nullptr;
}

model::AutoextendPolicy policy_of(const config::Config& config, const Lv& lv) {
  auto number = [&](config::Key key) { return static_cast<std::uint32_t>(config.integer(key)); };
  if (lv.as<model::ThinPool>())
    return {number("activation/thin_pool_autoextend_threshold"), number("activation/thin_pool_autoextend_percent")};
  if (lv.as<model::VdoPool>())
    return {number("activation/vdo_pool_autoextend_threshold"), number("activation/vdo_pool_autoextend_percent")};
  return {number("activation/snapshot_autoextend_threshold"), number("activation/snapshot_autoextend_percent")};
}

struct InUse {
  dm::Usage data, metadata;
};
InUse in_use(const dm::StatusBody& status) {
  if (const auto* snapshot = std::get_if<dm::SnapshotStatus>(&status)) return {snapshot->store, {}};
  if (const auto* pool = std::get_if<dm::ThinPoolStatus>(&status)) return {pool->data, pool->metadata};
  if (const auto* vdo = std::get_if<dm::VdoStatus>(&status)) return {vdo->blocks, {}};
  return {};
}

LvSize extents(Extents count) { return {LvSize::Unit::extents, LvSize::Sign::none, count.n}; }

}  // namespace

std::string policy_device(const Vg& vg, const Lv& lv) {
  if (lv.as<model::ThinPool>()) return activate::layer_uuid(vg, lv, "tpool");
  if (lv.as<model::VdoPool>()) return activate::layer_uuid(vg, lv, "vpool");
  return is_store(vg, lv) ? activate::top_uuid(vg, lv) : std::string();
}

Result<step::Plan> lv_autoextend(const Context& context, const world::VgView& view, LvResizeRequest request,
                                 const dm::StatusBody* status) {
  const Vg& vg = *view.vg;
  const Lv& lv = *vg.find_lv(request.lv);
  if (policy_device(vg, lv).empty())
    return fail(Code::refused, "Policy-based resize is supported only for snapshot, thin pool and vdo pool volumes.");
  model::AutoextendPolicy policy = policy_of(activate::settings_of(context.config, vg, &lv), lv);
  if (!policy.enabled()) return step::Plan();
  if (!status)
    return fail(Code::refused, fmt::format("Can't read state of locally inactive LV {}/{}.", vg.name, lv.name));
  InUse used = in_use(*status);
  auto data = model::autoextended(policy, lv.extents(), used.data.used, used.data.total);
  if (LvId metadata = pool_metadata(lv)) {
    auto more = model::autoextended(policy, vg.find_lv(metadata)->extents(), used.metadata.used, used.metadata.total);
    if (more) request.pool_metadata = extents(*more);
  }
  if (!data && !request.pool_metadata) return step::Plan();
  request.only_metadata = !data;
  if (data) request.size = extents(*data);
  return lv_resize(context, view, request);
}

}  // namespace lvm::plan
