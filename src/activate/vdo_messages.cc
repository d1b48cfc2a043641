// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/vdo_messages.h"

#include "activate/naming.h"
#include "dm/types.h"

namespace lvm::activate {

std::vector<step::Step> vdo_messages(const model::Vg& vg, const model::Lv& pool, const model::VdoPool* before) {
  const auto& body = *pool.as<model::VdoPool>();
  std::string uuid = layer_uuid(vg, pool, "vpool"), name = dm::device_name(vg.name, pool.name, "vpool");
  std::vector<step::Step> out;
  auto tell = [&](const char* text) { out.emplace_back(step::Message{uuid, name, Sectors(), text}); };
  bool compresses = !before || before->use_compression, deduplicates = !before || before->use_deduplication;
  if (body.use_compression != compresses) tell(body.use_compression ? "compression on" : "compression off");
  if (body.use_deduplication != deduplicates) tell(body.use_deduplication ? "index-enable" : "index-disable");
  return out;
}

}  // namespace lvm::activate
