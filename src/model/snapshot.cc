// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/snapshot.h"

#include <fmt/format.h>

namespace lvm::model {

std::string Snapshot::problem(Extents) const {
  if (!origin) return "names no origin";
  if (!store) return "names no snapshot store";
  if (origin == store) return "is a snapshot of itself";
  if (!chunk_size) return "has no chunk size";
  return {};
}

std::string ThinPool::problem(Extents) const {
  if (!data || !metadata) return fmt::format("names no thin pool {}", data ? "metadata" : "data");
  if (!chunk_size) return "has no chunk size";
  for (const ThinMessage& message : messages)
    if (!message.create == (message.remove_id == 0)) return "has a message that neither creates nor deletes";
  return {};
}

std::string Thin::problem(Extents) const {
  if (!pool) return "names no thin pool";
  if (device_id == 0 || device_id > kMaxThinDeviceId)
    return fmt::format("has the device id {}, outside 1 to {}", device_id, kMaxThinDeviceId);
  return {};
}

}  // namespace lvm::model
