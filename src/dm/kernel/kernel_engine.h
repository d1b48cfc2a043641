// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/trace.h"
#include "dm/engine.h"
#include "dm/kernel/ioctl.h"
#include "dm/kernel/memory_lock.h"
#include "dm/kernel/nodes.h"
#include "dm/kernel/udev.h"

namespace lvm::dm {

struct KernelOptions {
  std::string device_directory = "/dev";  // devices/dir; the control node is in its "mapper"
  std::string sysfs = "/sys";
  UdevOptions udev;
  std::uint32_t removal_attempts = 25;  // of a busy device, when the caller wants retries
  std::uint32_t removal_pause_milliseconds = 200;
};

// The device-mapper of the running kernel. Nothing about devices is remembered between calls but what
// settle() has to bring to an end (paths, events), and which devices are suspended (memory_lock.h).
class KernelEngine final : public Engine {
 public:
  KernelEngine(KernelOptions options, Clock& clock, Trace& trace);
  // With the system call replaced, for tests.
  KernelEngine(KernelOptions options, Clock& clock, Trace& trace, Driver::Call call);

  Result<> available() override;
  Result<std::string> driver_version() override;
  Result<std::vector<TargetVersion>> targets() override;
  Result<> require_target(std::string_view type) override;
  Result<std::vector<ListEntry>> list() override;
  Result<std::optional<Info>> info(std::string_view uuid) override;
  Result<std::optional<Info>> info(DeviceNumber device) override;
  Result<Table> table(std::string_view uuid, bool inactive = false) override;
  Result<std::optional<LiveTable>> live_table(std::string_view uuid) override;
  Result<std::optional<LiveStatus>> live_status(std::string_view uuid) override;
  Result<std::vector<StatusLine>> status(std::string_view uuid) override;
  Result<std::vector<DeviceNumber>> dependencies(std::string_view uuid) override;
  Result<> create(const CreateRequest& request) override;
  Result<> load(std::string_view uuid, const Table& table, bool read_only) override;
  Result<> clear(std::string_view uuid) override;
  Result<> suspend(std::string_view uuid, SuspendOptions options) override;
  Result<Info> resume(std::string_view uuid, UdevFlags flags, const std::optional<NodeLink>& link) override;
  Result<> remove(std::string_view uuid, UdevFlags flags, const std::optional<NodeLink>& link, bool retry) override;
  Result<> rename(std::string_view uuid, const std::string& new_name, UdevFlags flags,
                  const std::optional<NodeLink>& old_link, const std::optional<NodeLink>& new_link) override;
  Result<std::string> message(std::string_view uuid, Sectors sector, std::string_view text) override;
  Result<> set_read_ahead(std::string_view uuid, Sectors value, bool at_least) override;
  Result<Sectors> read_ahead(DeviceNumber device) override;
  Result<> settle() override;
  Result<> sync_nodes(const std::vector<std::pair<std::string, NodeLink>>& wanted) override;

 private:
  Result<std::optional<Driver::Reply>> ask(const Request& request);
  Result<std::optional<Info>> info(const Request& request);
  // An ioctl of which udev hears. Its reply is header only.
  Result<Info> run_with_event(Request request, UdevFlags flags);

  KernelOptions options_;
  Clock& clock_;
  Driver driver_;
  MemoryLock memory_;
  UdevCookie udev_;
  Nodes nodes_;
  std::vector<std::string> present_targets_;
  // What is known of devices that were made or resumed since paths were last settled.
  struct Known {
    DeviceNumber number;  // which a device keeps
    bool made = false;
  };
  std::map<std::string, Known, std::less<>> known_;  // by uuid
};

}  // namespace lvm::dm
