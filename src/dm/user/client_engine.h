// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dm/user/daemon.h"
#include "dm/user/user_engine.h"

namespace lvm::dm::user {

struct ClientOptions {
  std::string run_directory;
  // Starts a daemon for the run directory and returns once it can be connected to. Empty: none is started.
  std::function<Result<>()> launch;
};

// Starts `command` (program and arguments) as a daemon: own session, standard streams on /dev/null but for
// standard error, which goes to "engine.log" in the run directory. Its standard output is a pipe: whatever the
// daemon writes there before it closes it is an error; nothing means it is ready.
Result<> launch_daemon(const std::vector<std::string>& command, const std::string& run_directory);

// The engine in the daemon of a run directory. Looking (list, info, volumes) starts no daemon: without one
// there are no devices. attach() and create() start it. Each thread should have a client of its own; a client
// is one connection, and its calls go one after the other. Volumes it opens have connections of their own.
class ClientEngine final : public UserEngine {
 public:
  explicit ClientEngine(ClientOptions options);
  ~ClientEngine() override;

  // nullopt when none runs.
  Result<std::optional<DaemonInfo>> daemon_info();

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
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lvm::dm::user
