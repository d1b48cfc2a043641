// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "lockd/manager.h"

namespace lvm::lockd {

// Locks in memory, of one or more hosts: what `lvmlockd --test` and the tests have instead of a lock manager.
class Cluster {
 public:
  using Host = std::uint32_t;
  struct Entry {
    std::map<Host, Mode> holders;
    std::set<Host> orphans;  // holders whose daemon died
    Value value;
  };

  // The daemon of a host dies: its locks stay, without anybody who could give them back.
  void crash(Host host);
  // The machine itself has gone and is known to be down.
  void fence(Host host);
  bool holds(Host host, const std::string& lockspace, const std::string& resource);

 private:
  friend class MemoryManager;
  friend class MemoryLockspace;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Entry> entries_;  // by lockspace and resource
  std::map<std::string, std::set<Host>> joined_;
  std::map<std::string, std::set<std::string>> leases_;  // sanlock: LVs with a lease, by VG
  std::set<std::string> global_in_;                      // sanlock: lockspaces with the global lock enabled
  std::uint64_t next_offset_ = 67;                       // MiB
};

// One host's view. `kind` tells which lock manager's shape of arguments and of the global lock it has.
class MemoryManager final : public Manager {
 public:
  MemoryManager(ManagerKind kind, std::shared_ptr<Cluster> cluster, Cluster::Host host, bool running = true)
      : kind_(kind), cluster_(std::move(cluster)), host_(host), running_(running) {}

  ManagerKind kind() const override { return kind_; }
  bool running() override { return running_; }
  std::expected<std::unique_ptr<ManagedLockspace>, int> prepare(const LockspaceSpec& spec) override;
  InitResult init_vg(const InitVg& request) override;
  InitResult init_lv(const InitLv& request) override;
  std::optional<std::vector<std::string>> left_lockspaces() override;

 private:
  ManagerKind kind_;
  std::shared_ptr<Cluster> cluster_;
  Cluster::Host host_;
  bool running_;
};

}  // namespace lvm::lockd
