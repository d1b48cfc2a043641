// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lockd/adopt_file.h"
#include "lockd/executor.h"
#include "lockd/space.h"

namespace lvm::lockd {

struct CoreOptions {
  ManagerKind global = ManagerKind::none;  // --gl-type
  std::uint32_t host_id = 0;               // --host-id, --host-id-file
  // A command of this host that none of these processes is works on the VG: one that a former daemon served.
  std::function<bool(const std::string& vg_name, const std::set<int>& clients)> vg_in_use = nullptr;
};

// lvmlockd without sockets, threads and time: requests in, answers out. Single-threaded; the executor brings results
// and time.
class Core final : public SpacePort {
 public:
  using Log = std::function<void(const std::string&)>;
  // One manager of each kind that is supported.
  Core(Executor& executor, std::vector<std::unique_ptr<Manager>> managers, CoreOptions options, Log log);

  ClientId connect();
  void submit(ClientId client, Request request, Answer answer);
  void disconnect(ClientId client);
  // Retries whose time has come.
  void advance();
  std::optional<Time> next_due() const;

  // No lockspace but the global one, which ends with the daemon.
  bool may_end() const;
  // Ends what nothing uses: before the daemon goes.
  void stop_unused();
  // Raw lines of lvmlockctl --info.
  std::string info() const;

  // What a daemon that starts anew must know (lvmlockd.adopt), and whether it has changed since it was last asked for.
  AdoptState adopt_state() const;
  bool take_adopt_changed() { return std::exchange(adopt_changed_, false); }
  // Joins left lockspaces and takes their locks over. `done`: with what went wrong, empty when nothing.
  void adopt(const AdoptState& state, std::function<void(std::vector<std::string>)> done);

  // SpacePort.
  bool client_alive(ClientId client) override { return clients_.contains(client); }
  bool answer(const Pending& pending, Reply reply) override;
  void log(const std::string& text) override { log_(text); }
  void changed(Space& space) override;

 private:
  using SpacePtr = std::shared_ptr<Space>;
  Manager* manager(ManagerKind kind) const;
  SpacePtr find_vg(const std::string& vg_name) const;
  SpacePtr find(const std::string& name) const;
  bool any_vg_space(ManagerKind kind) const;
  void reply(const Pending& pending, int result);

  // core_start.cc
  void start(Pending pending);
  SpacePtr start_global(ManagerKind kind, const JoinOptions& options);
  void start_wait(Pending pending);
  void settle();
  void stop_all(Pending pending);

  // core_global.cc
  void global_request(Pending pending);
  void global_of(ManagerKind kind, Pending pending);
  void global_sanlock(Pending pending, bool looked);
  void probe_managers(std::function<void(std::vector<ManagerKind>)> done);
  bool global_enabled_somewhere() const;

  // core_work.cc
  void init_vg(Pending pending);
  void init_lv(Pending pending);
  void running_lm(Pending pending);
  void vg_status(Pending pending);
  void rename_final(Pending pending);
  void refresh_lv(Pending pending);
  void lockspace_request(Pending pending);

  // core_adopt.cc
  struct Adoption;
  void finish_one(const std::shared_ptr<Adoption>& adoption);
  void adopt_vg(const std::shared_ptr<Adoption>& adoption, const AdoptVg& vg);
  void adopt_late(const AdoptVg& vg);
  void adopt_locks(const std::shared_ptr<Adoption>& adoption);
  void adopt_lv(const std::shared_ptr<Adoption>& adoption, const AdoptLv& lv, Mode mode, bool second);
  void adopt_and_keep(const std::shared_ptr<Adoption>& adoption, const AdoptVg& vg, ResourceKind kind, Mode mode);
  void give_back_left(const AdoptVg& vg, bool forget);
  void later(Time after, std::function<void()> action) {
    later_.emplace_back(executor_.now() + after, std::move(action));
  }
  void internal(Request request, std::function<void(int)> done);

  Executor& executor_;
  std::vector<std::unique_ptr<Manager>> managers_;
  CoreOptions options_;
  Log log_;
  ManagerKind global_kind_;
  ClientId last_client_ = 0;
  std::map<ClientId, std::pair<int, std::string>> clients_;  // process and command, for display
  std::map<std::string, SpacePtr> spaces_;
  std::vector<SpacePtr> ended_;
  std::list<Pending> start_waits_;
  std::map<ClientId, int> start_failures_;
  bool global_removed_ = false;
  bool adopt_changed_ = false;
  std::vector<AdoptLv> not_adopted_;
  std::list<std::pair<Time, std::function<void()>>> later_;
};

}  // namespace lvm::lockd
