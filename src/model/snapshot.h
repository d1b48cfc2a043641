// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/area.h"

// Copy-on-write snapshots, thin pools and thin volumes.
namespace lvm::model {

// The hidden LV "snapshotN" that ties a snapshot (the store) to its origin. The store is an ordinary LV and
// what users call the snapshot.
struct Snapshot {
  LvId origin;
  LvId store;
  Sectors chunk_size;
  bool merging = false;
  std::string problem(Extents count) const;
  template <class Self, class Visit>
  static void references(Self& self, Visit&& visit) {
    visit(Role::snapshot_origin, self.origin);
    visit(Role::snapshot_store, self.store);
  }
  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

enum class Discards : std::uint8_t { ignore, nopassdown, passdown };

// Sent to the kernel's pool when it is next active; kept until it has answered.
struct ThinMessage {
  LvId create;                  // a new thin volume, or none
  std::uint32_t remove_id = 0;  // else the device id that goes
  friend bool operator==(const ThinMessage&, const ThinMessage&) = default;
};

struct ThinPool {
  LvId metadata, data;
  std::uint64_t transaction_id = 0;
  Sectors chunk_size;
  Discards discards = Discards::passdown;
  bool zero_new_blocks = false;
  // Whether the kernel is shown only the first 33161216 sectors of the metadata; asked of large ones only.
  std::optional<bool> crop_metadata;
  std::vector<ThinMessage> messages;
  std::string problem(Extents count) const;
  template <class Self, class Visit>
  static void references(Self& self, Visit&& visit) {
    visit(Role::thin_pool_metadata, self.metadata);
    visit(Role::thin_pool_data, self.data);
    for (auto& message : self.messages)
      if (message.create) visit(Role::thin_created, message.create);
  }
  friend bool operator==(const ThinPool&, const ThinPool&) = default;
};

inline constexpr std::uint32_t kMaxThinDeviceId = (1U << 24) - 1;

struct Thin {
  LvId pool;
  std::uint64_t transaction_id = 0;  // of the pool, when this was made
  std::uint32_t device_id = 0;       // 1 to kMaxThinDeviceId, unique in the pool
  LvId external_origin;              // read where the volume has no data of its own
  LvId origin;                       // what this is a snapshot of
  LvId merge;                        // this is to become that one's contents
  std::string historical_origin;     // the origin when it is known by history only: "-name"
  std::string problem(Extents count) const;
  template <class Self, class Visit>
  static void references(Self& self, Visit&& visit) {
    visit(Role::thin_pool, self.pool);
    if (self.external_origin) visit(Role::external_origin, self.external_origin);
    if (self.origin) visit(Role::thin_origin, self.origin);
    if (self.merge) visit(Role::thin_merge_origin, self.merge);
  }
  friend bool operator==(const Thin&, const Thin&) = default;
};

}  // namespace lvm::model
