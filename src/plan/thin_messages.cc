// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/thin_messages.h"

#include <fmt/format.h>

#include "activate/activate.h"
#include "activate/naming.h"

namespace lvm::plan {
namespace {

// Empty for a message that creates what is no thin volume.
std::string text_of(const model::Vg& vg, const model::ThinMessage& message) {
  if (!message.create) return fmt::format("delete {}", message.remove_id);
  const model::Lv* lv = vg.find_lv(message.create);
  const auto* thin = lv ? lv->as<model::Thin>() : nullptr;
  if (!thin) return {};
  const model::Lv* origin = thin->origin ? vg.find_lv(thin->origin) : nullptr;
  const auto* parent = origin ? origin->as<model::Thin>() : nullptr;
  if (parent) return fmt::format("create_snap {} {}", thin->device_id, parent->device_id);
  return fmt::format("create_thin {}", thin->device_id);
}

}  // namespace

void queue_thin_message(model::Lv& pool, model::ThinMessage message) {
  auto& body = *pool.as<model::ThinPool>();
  // Messages that are queued together are one transaction.
  if (body.messages.empty()) ++body.transaction_id;
  body.messages.push_back(message);
}

Result<std::vector<step::Step>> send_thin_messages(const Context& context, const world::VgView& view,
                                                   const model::Vg& vg, LvId pool) {
  const model::Lv& lv = *vg.find_lv(pool);
  const auto& body = *lv.as<model::ThinPool>();
  std::string uuid = activate::layer_uuid(vg, lv, "tpool");
  std::vector<step::Step> steps;
  std::vector<activate::WantedDevice> up;
  if (!context.world.find_live(uuid)) {
    up = TRY(activate::wanted(context.world, view, vg, lv, context.config, {}));
    steps = TRY(activate::activate(context.world, view, vg, lv, context.config, {}));
  }
  std::string name = dm::device_name(vg.name, lv.name, "tpool");
  if (const auto* live = context.world.find_live(uuid)) name = live->info.name;
  for (const model::ThinMessage& message : body.messages) {
    std::string text = text_of(vg, message);
    if (text.empty())
      return fail(Code::corrupt,
                  fmt::format("A message of thin pool {}/{} creates what is no thin volume.", vg.name, lv.name));
    steps.emplace_back(step::Message{uuid, name, Sectors(), std::move(text)});
  }
  steps.emplace_back(step::Message{
      uuid, name, Sectors(), fmt::format("set_transaction_id {} {}", body.transaction_id - 1, body.transaction_id)});
  for (auto device = up.rbegin(); device != up.rend(); ++device)
    if (!context.world.find_live(device->uuid))
      steps.emplace_back(step::RemoveDevice{device->uuid, device->name, device->udev, device->link});
  if (!up.empty()) steps.emplace_back(step::Settle{});
  return steps;
}

}  // namespace lvm::plan
