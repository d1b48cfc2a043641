// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "dm/engine.h"

namespace lvm::dm {

// A device-mapper in memory that behaves as the kernel's does: two tables a device, suspension, open
// counts, references between devices, and the kernel's errors. What it does is logged as text lines; the
// n-th change can be made to fail. Copying it takes a picture of the machine.
class FakeEngine final : public Engine {
 public:
  FakeEngine();

  // --- the machine around it ---
  // Tables may then name only disks that were added, within their size. Until the first call any number is
  // a disk without end.
  void add_disk(DeviceNumber number, Sectors size);
  void remove_disk(DeviceNumber number) { disks_.erase(number); }
  // Openers other than tables: mounted file systems, programs.
  void set_open_count(std::string_view uuid, std::int32_t count);
  // What status() says; otherwise it says the parameters of the table.
  void set_status(std::string_view uuid, std::vector<StatusLine> status);
  void raise_event(std::string_view uuid);
  // Why there is no device-mapper.
  void set_unavailable(std::optional<Error> why) { unavailable_ = std::move(why); }
  void set_targets(std::vector<TargetVersion> targets) { targets_ = std::move(targets); }
  // Answers messages to targets. Without it every message is EINVAL, as linear's.
  using MessageHandler = std::function<Result<std::string>(const Info&, Sectors, std::string_view)>;
  void set_message_handler(MessageHandler handler) { message_handler_ = std::move(handler); }

  // --- faults ---
  // The change after `skip` more ones fails with `error` and changes nothing.
  void fail_change(std::size_t skip, Error error);
  // After `allow` more changes every operation fails: the process is dead, the machine goes on.
  void stop_after(std::size_t allow);
  // Ends both kinds of fault: a new process looks at the machine. Nodes that were not settled stay undone.
  void restart();

  // --- what happened ---
  // "create vg-lv LVM-...", "load vg-lv [ro] 0 8192 linear 8:0 2048; ...", "suspend vg-lv [noflush]
  // [nofreeze]", "resume vg-lv udev=0x20 [link=vg/lv]", "remove ...", "rename a b ...", "clear a",
  // "message a 0 text", "read-ahead a 256 [at-least]", "settle", "sync-nodes". Failed ones begin with "! ".
  const std::vector<std::string>& log() const { return log_; }
  std::vector<std::string> take_log();
  // Changes asked for so far, failed ones included.
  std::size_t changes() const { return changes_; }
  // Paths below /dev, as they are once udev has settled: "/dev/mapper/vg-lv", "/dev/vg/lv" -> dm UUID.
  const std::map<std::string, std::string>& paths() const { return paths_; }
  // dmsetup's table of every device by name: "vg-lv: 0 8192 linear 8:0 2048", a line per target, with
  // " (suspended)" after the name and "*" before an inactive line.
  std::string dump() const;

  // --- Engine ---
  Result<> available() override;
  Result<std::string> driver_version() override;
  Result<std::vector<TargetVersion>> targets() override;
  Result<> require_target(std::string_view type) override;
  Result<std::vector<ListEntry>> list() override;
  Result<std::optional<Info>> info(std::string_view uuid) override;
  Result<std::optional<Info>> info(DeviceNumber device) override;
  Result<Table> table(std::string_view uuid, bool inactive = false) override;
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
  struct Device {
    std::string name, uuid;
    DeviceNumber number;
    std::optional<Table> live, inactive;
    bool suspended = false, read_only = false, inactive_read_only = false;
    bool loaded_once = false;  // its queue exists: sizes are checked at resume from then on
    std::int32_t openers = 0;
    std::uint32_t event_number = 0;
    Sectors read_ahead{256};
    std::optional<std::vector<StatusLine>> status;
    std::int32_t holders = 0;  // tables that name it
  };
  struct PathChange {
    std::string path, uuid;  // no uuid: the path goes
  };

  Result<> alive() const;
  // Logs the change and says whether a fault strikes it.
  Result<> change(std::string line);
  std::unexpected<Error> failed(std::string_view operation, std::string_view device, int error_number);
  Device* find(std::string_view uuid);
  const Device* find(DeviceNumber number) const;
  // Counts the table in or out at the devices it names.
  void hold(const std::optional<Table>& table, std::int32_t amount);
  void set_inactive(Device& device, std::optional<Table> table);
  // A raid's table that goes writes to its metadata first: on a suspended device that takes for ever, which no program
  // can handle, so it ends here.
  bool inactive_can_go(const Device& device) const;
  Result<Device*> need(std::string_view operation, std::string_view uuid);
  static std::int32_t open_count(const Device& device) { return device.openers + device.holders; }
  Info info_of(const Device& device) const;
  // Devices by number only; unknown ones and areas beyond the end are the kernel's errors.
  Result<Table> resolved(const Device& device, const Table& table);
  int check_sizes(const Table& table) const;
  void queue_paths(const Device& device, const std::optional<NodeLink>& link, bool present);

  // Tests have tens of thousands of devices: nothing here may walk over all of them for one.
  std::map<DeviceNumber, Device> devices_;
  std::unordered_map<std::string, DeviceNumber> by_uuid_;
  std::set<std::string> names_;
  std::uint32_t lowest_free_minor_ = 0;
  std::map<DeviceNumber, Sectors> disks_;
  std::vector<TargetVersion> targets_;
  std::optional<Error> unavailable_;
  MessageHandler message_handler_;
  std::vector<PathChange> pending_paths_;
  std::map<std::string, std::string> paths_;
  std::vector<std::string> log_;
  std::size_t changes_ = 0;
  std::map<std::size_t, Error> faults_;
  std::optional<std::size_t> stop_at_;
};

}  // namespace lvm::dm
