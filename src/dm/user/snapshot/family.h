// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "dm/types.h"
#include "dm/user/block.h"

namespace lvm::dm::user {

class SnapshotStore;

// The snapshots of one origin device (the "-real" device below snapshot-origin).
class SnapshotOrigin {
 public:
  // Changes of the origin go through here: what the snapshots still need of the range is copied out first, then
  // `change` runs, before another snapshot can join. `except` is the store that is being merged into the range.
  Result<> change(Bytes offset, Bytes length, const SnapshotStore* except, const std::function<Result<>()>& change);

  // No change of the origin is under way while `work` runs.
  Result<> alone(const std::function<Result<>()>& work) {
    std::unique_lock lock(mutex_);
    return work();
  }
  // `owner` tells a newer table's membership of the same store from an older one's.
  void join(std::shared_ptr<SnapshotStore> store, const void* owner);
  void leave(const void* owner);

 private:
  struct Member {
    std::shared_ptr<SnapshotStore> store;
    const void* owner;
  };
  std::shared_mutex mutex_;  // shared by changes, alone for who joins or leaves
  std::vector<Member> members_;
};

// What snapshots, their origins and merges of one machine must know of each other.
class SnapshotFamily {
 public:
  std::shared_ptr<SnapshotOrigin> origin(DeviceNumber device);
  // The exceptions kept on a COW device. Tables that name the same one share them: that is how a snapshot is
  // handed over to a larger table or to a merge.
  std::shared_ptr<SnapshotStore> store(DeviceNumber cow);

 private:
  std::mutex mutex_;
  std::map<DeviceNumber, std::weak_ptr<SnapshotOrigin>> origins_;
  std::map<DeviceNumber, std::weak_ptr<SnapshotStore>> stores_;
};

}  // namespace lvm::dm::user
