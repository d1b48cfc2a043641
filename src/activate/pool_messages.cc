// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "activate/activate.h"
#include "activate/naming.h"
#include "dm/types.h"

// What the metadata has queued for a thin pool's target.
namespace lvm::activate {
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

Result<step::PoolMessages> pool_messages(const world::World& world, const model::Vg& vg, const model::Lv& lv) {
  const auto& body = *lv.as<model::ThinPool>();
  step::PoolMessages out{
      layer_uuid(vg, lv, "tpool"), dm::device_name(vg.name, lv.name, "tpool"), {}, body.transaction_id};
  if (const auto* live = world.find_live(out.uuid)) out.name = live->info.name;
  for (const model::ThinMessage& message : body.messages) {
    std::string text = text_of(vg, message);
    if (text.empty())
      return fail(Code::corrupt,
                  fmt::format("A message of thin pool {}/{} creates what is no thin volume.", vg.name, lv.name));
    out.messages.push_back(std::move(text));
  }
  return out;
}

}  // namespace lvm::activate
