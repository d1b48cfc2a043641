// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/snapshot/family.h"

#include <algorithm>

#include "dm/user/snapshot/store.h"

namespace lvm::dm::user {

Result<> SnapshotOrigin::change(Bytes offset, Bytes length, const SnapshotStore* except,
                                const std::function<Result<>()>& change) {
  std::shared_lock lock(mutex_);
  for (const auto& member : members_)
    if (member.store.get() != except) member.store->preserve(offset, length);
  return change();
}

void SnapshotOrigin::join(std::shared_ptr<SnapshotStore> store, const void* owner) {
  std::unique_lock lock(mutex_);
  for (auto& member : members_)
    if (member.store == store) {
      member.owner = owner;
      return;
    }
  members_.push_back({std::move(store), owner});
}

void SnapshotOrigin::leave(const void* owner) {
  std::unique_lock lock(mutex_);
  std::erase_if(members_, [&](const Member& member) { return member.owner == owner; });
}

std::shared_ptr<SnapshotOrigin> SnapshotFamily::origin(DeviceNumber device) {
  std::lock_guard lock(mutex_);
  auto& known = origins_[device];
  auto origin = known.lock();
  if (!origin) known = origin = std::make_shared<SnapshotOrigin>();
  return origin;
}

std::shared_ptr<SnapshotStore> SnapshotFamily::store(DeviceNumber cow) {
  std::lock_guard lock(mutex_);
  auto& known = stores_[cow];
  auto store = known.lock();
  if (!store) known = store = std::make_shared<SnapshotStore>();
  return store;
}

}  // namespace lvm::dm::user
