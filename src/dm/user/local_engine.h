// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "dm/user/user_engine.h"

namespace lvm::dm::user {

class HeldNotes;
class Machine;

// The engine in this process: for the daemon, for programs that need no daemon (nbdkit), and for tests.
// Every call may come from any thread.
class LocalEngine final : public UserEngine {
 public:
  // Resyncs, rebuilds and merges run in threads of this process.
  LocalEngine();
  // A machine of the caller's, who may share it, drive its background work step by step, and ends it. `notes`, if any,
  // are of what it holds.
  explicit LocalEngine(std::shared_ptr<Machine> machine, HeldNotes* notes = nullptr);
  ~LocalEngine() override;

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

  Result<> attach(DeviceNumber number, const Backing& backing) override;
  Result<std::vector<std::pair<DeviceNumber, Backing>>> backings() override;
  Result<std::vector<Volume>> volumes() override;
  Result<std::unique_ptr<Block>> open(DeviceNumber device, bool writable) override;
  Result<std::optional<std::uint32_t>> wait_event(std::string_view uuid, std::uint32_t seen,
                                                  std::uint64_t timeout_milliseconds) override;

 private:
  std::shared_ptr<Machine> machine_;
  HeldNotes* const notes_ = nullptr;
  const bool owner_;  // of the machine
};

}  // namespace lvm::dm::user
