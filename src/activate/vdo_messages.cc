// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/vdo_messages.h"

#include "activate/naming.h"
#include "dm/types.h"

namespace lvm::activate {

std::vector<step::Step> vdo_messages(const model::Vg& vg, const model::Lv& pool) {
  const auto& body = *pool.as<model::VdoPool>();
  std::string uuid = layer_uuid(vg, pool, "vpool"), name = dm::device_name(vg.name, pool.name, "vpool");
  std::vector<step::Step> out;
  if (!body.use_compression) out.emplace_back(step::Message{uuid, name, Sectors(), "compression off"});
  if (!body.use_deduplication) out.emplace_back(step::Message{uuid, name, Sectors(), "index-disable"});
  return out;
}

}  // namespace lvm::activate
