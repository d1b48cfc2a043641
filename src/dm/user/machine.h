// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "dm/user/device.h"
#include "dm/user/ring.h"
#include "dm/user/user_engine.h"

namespace lvm::dm::user {

class ImageBlock;
class SnapshotFamily;

struct MachineOptions {
  // Background work runs in threads. Otherwise it runs in work() only: every run is the same then.
  bool threads = true;
  // The pieces of a long read go to the kernel at once.
  bool io_uring = io_uring_wanted();
  // Milliseconds; the machine's monotonic clock when empty.
  std::function<std::uint64_t()> now;
};

// All devices of an engine and what they stand on. Every call may come from any thread.
class Machine final : public std::enable_shared_from_this<Machine> {
 public:
  explicit Machine(MachineOptions options = {});
  ~Machine();

  bool threads() const { return options_.threads; }
  std::uint64_t now() const;
  SnapshotFamily& snapshots() { return *snapshots_; }
  Rings& rings() { return *rings_; }

  // --- what devices stand on ---
  Result<> attach(DeviceNumber number, const Backing& backing);
  // Anything else, for tests. Stays until it is replaced.
  void attach(DeviceNumber number, std::shared_ptr<Block> block);
  std::vector<std::pair<DeviceNumber, Backing>> backings();

  // --- devices ---
  Result<std::shared_ptr<Device>> create(const CreateRequest& request);
  std::shared_ptr<Device> find(std::string_view uuid);
  std::shared_ptr<Device> find(DeviceNumber number);
  std::vector<std::shared_ptr<Device>> devices();  // in the order of their numbers
  Result<> remove(const std::shared_ptr<Device>& device);
  // All that nobody has open, those above before those below: the end of an engine.
  void remove_all();
  // The end without an end, for tests: as if the process had been killed. Without threads only.
  void abandon();
  // Lets all go that waits for suspended devices.
  void resume_all();
  Result<> rename(Device& device, const std::string& new_name, const std::optional<NodeLink>& link);
  void set_link(Device& device, const std::optional<NodeLink>& link);
  std::string name_of(const Device& device);
  Info info(const Device& device);
  Volume volume(const Device& device);
  Sectors read_ahead(const Device& device);
  void set_read_ahead(Device& device, Sectors value, bool at_least);

  Result<std::unique_ptr<Block>> open(DeviceNumber number, bool writable);
  void raise_event(Device& device);
  Result<std::optional<std::uint32_t>> wait_event(Device& device, std::uint32_t seen, std::uint64_t milliseconds);

  // One piece of the background work of each device, without threads. True when some has more to do now.
  bool work();

  Result<TableSite::Lower> open_lower(Device& upper, const DeviceRef& device, bool writable);

 private:
  struct Attached {
    Backing backing;
    std::weak_ptr<ImageBlock> file;  // as long as a table uses it
    std::shared_ptr<Block> other;
  };
  class Hold;

  Device* find_locked(std::string_view uuid);
  // An image that is in use has another number now when its path leads to another file.
  Result<> check_not_replaced(DeviceNumber number, const Backing& backing) const;
  Result<TableSite::Lower> open_backing(const Device& upper, DeviceNumber number);
  // How many devices stand upon each other from `device` down; kTooDeep also when `upper` is among them.
  unsigned depth_below(DeviceNumber device, DeviceNumber upper, unsigned limit) const;
  Info info_locked(const Device& device) const;

  const MachineOptions options_;
  std::unique_ptr<SnapshotFamily> snapshots_;
  const std::shared_ptr<Rings> rings_;
  std::mutex mutex_;
  std::condition_variable events_;
  std::map<DeviceNumber, Attached> attached_;
  std::map<DeviceNumber, std::shared_ptr<Device>> devices_;
  std::map<std::string, DeviceNumber, std::less<>> by_uuid_, by_name_;
};

}  // namespace lvm::dm::user
