// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dm/types.h"

namespace lvm::dm {

struct CreateRequest {
  std::string name;
  std::string uuid;
  std::optional<DeviceNumber> persistent;  // ask for this number
  friend bool operator==(const CreateRequest&, const CreateRequest&) = default;
};

struct SuspendOptions {
  bool flush = true;   // wait for I/O in flight to end (NOFLUSH otherwise)
  bool freeze = true;  // freeze the file system on it (SKIP_LOCKFS otherwise)
  friend bool operator==(const SuspendOptions&, const SuspendOptions&) = default;
};

// The device-mapper as LVM uses it: the kernel's through ioctls (dm/kernel), the embedded one
// (dm/user), or a recorder (dm/fake). Devices are addressed by dm UUID. Every call is one operation of
// the kernel's; nothing here knows about volumes.
class Engine {
 public:
  virtual ~Engine() = default;

  // False, with the reason in the error, when no device-mapper can be used at all.
  virtual Result<> available() = 0;
  // "4.47.0" for `lvm version`.
  virtual Result<std::string> driver_version() = 0;
  virtual Result<std::vector<TargetVersion>> targets() = 0;
  // Loads the module when the target is not there yet.
  virtual Result<> require_target(std::string_view type) = 0;

  // All devices, in the driver's order, with their UUIDs where they have one.
  virtual Result<std::vector<ListEntry>> list() = 0;
  // nullopt when there is no such device.
  virtual Result<std::optional<Info>> info(std::string_view uuid) = 0;
  virtual Result<std::optional<Info>> info(DeviceNumber device) = 0;
  virtual Result<Table> table(std::string_view uuid, bool inactive = false) = 0;
  // Both in one question, where the engine can: info() and, when it can be read, table().
  virtual Result<std::optional<LiveTable>> live_table(std::string_view uuid);
  virtual Result<std::vector<StatusLine>> status(std::string_view uuid) = 0;
  // The same with what the device says of itself: info() and, when it can be read, status().
  virtual Result<std::optional<LiveStatus>> live_status(std::string_view uuid);
  virtual Result<std::vector<DeviceNumber>> dependencies(std::string_view uuid) = 0;

  virtual Result<> create(const CreateRequest& request) = 0;
  virtual Result<> load(std::string_view uuid, const Table& table, bool read_only) = 0;
  virtual Result<> clear(std::string_view uuid) = 0;
  virtual Result<> suspend(std::string_view uuid, SuspendOptions options) = 0;
  // Swaps in the inactive table, if any. A link is made beside the node. Returns the device as it is then.
  virtual Result<Info> resume(std::string_view uuid, UdevFlags flags, const std::optional<NodeLink>& link) = 0;
  // Retries while the device is busy for a short time (activation/retry_deactivation) when `retry`.
  virtual Result<> remove(std::string_view uuid, UdevFlags flags, const std::optional<NodeLink>& link, bool retry) = 0;
  virtual Result<> rename(std::string_view uuid, const std::string& new_name, UdevFlags flags,
                          const std::optional<NodeLink>& old_link, const std::optional<NodeLink>& new_link) = 0;
  virtual Result<std::string> message(std::string_view uuid, Sectors sector, std::string_view text) = 0;

  // Sectors; sets /sys/.../read_ahead_kb. `at_least` only raises it.
  virtual Result<> set_read_ahead(std::string_view uuid, Sectors value, bool at_least) = 0;
  virtual Result<Sectors> read_ahead(DeviceNumber device) = 0;

  // Returns once udev has handled every event caused since the last call, or, where no udev runs, once
  // nodes and links are made by hand. Until then paths of changed devices may not be there.
  virtual Result<> settle() = 0;
  // Makes and removes nodes and links by hand so that they agree with the driver (vgmknodes). `wanted`: the dm
  // UUIDs of volumes and their links.
  virtual Result<> sync_nodes(const std::vector<std::pair<std::string, NodeLink>>& wanted) = 0;
};

}  // namespace lvm::dm
