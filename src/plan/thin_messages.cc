// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/thin_messages.h"

#include "activate/activate.h"
#include "activate/naming.h"

namespace lvm::plan {

void queue_thin_message(model::Lv& pool, model::ThinMessage message) {
  auto& body = *pool.as<model::ThinPool>();
  // Messages that are queued together are one transaction.
  if (body.messages.empty()) ++body.transaction_id;
  body.messages.push_back(message);
}

Result<std::vector<step::Step>> send_thin_messages(const Context& context, const world::VgView& view,
                                                   const model::Vg& vg, LvId pool) {
  const model::Lv& lv = *vg.find_lv(pool);
  std::vector<step::Step> steps;
  std::vector<activate::WantedDevice> up;
  if (!context.world.find_live(activate::layer_uuid(vg, lv, "tpool"))) {
    up = TRY(activate::wanted(context.world, view, vg, lv, context.config, {}));
    activate::Options quiet;
    quiet.messages = false;
    steps = TRY(activate::activate(context.world, view, vg, lv, context.config, quiet));
  }
  step::PoolMessages messages = TRY(activate::pool_messages(context.world, vg, lv));
  steps.emplace_back(std::move(messages));
  for (auto device = up.rbegin(); device != up.rend(); ++device)
    if (!context.world.find_live(device->uuid))
      steps.emplace_back(step::RemoveDevice{device->uuid, device->name, device->udev, device->link});
  if (!up.empty()) steps.emplace_back(step::Settle{});
  return steps;
}

}  // namespace lvm::plan
