// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/managers/memory/cluster.h"

#include <fmt/format.h>

#include <cerrno>

namespace lvm::lockd {

void Cluster::crash(Host host) {
  const std::lock_guard guard(mutex_);
  for (auto& [key, entry] : entries_)
    if (entry.holders.contains(host)) entry.orphans.insert(host);
}

bool Cluster::holds(Host host, const std::string& lockspace, const std::string& resource) {
  const std::lock_guard guard(mutex_);
  auto found = entries_.find({lockspace, resource});
  return found != entries_.end() && found->second.holders.contains(host);
}

void Cluster::fence(Host host) {
  const std::lock_guard guard(mutex_);
  for (auto& [key, entry] : entries_) {
    entry.holders.erase(host);
    entry.orphans.erase(host);
  }
  for (auto& [name, hosts] : joined_) hosts.erase(host);
}

class MemoryLockspace final : public ManagedLockspace {
 public:
  MemoryLockspace(std::shared_ptr<Cluster> cluster, Cluster::Host host, LockspaceSpec spec)
      : cluster_(std::move(cluster)), host_(host), spec_(std::move(spec)) {}

  JoinResult join(const JoinOptions&) override {
    const std::lock_guard guard(cluster_->mutex_);
    cluster_->joined_[spec_.name].insert(host_);
    return {.generation = 1, .has_global = cluster_->global_in_.contains(spec_.name)};
  }

  int leave(bool) override {
    const std::lock_guard guard(cluster_->mutex_);
    cluster_->joined_[spec_.name].erase(host_);
    for (auto& [key, entry] : cluster_->entries_)
      if (key.first == spec_.name) entry.holders.erase(host_);
    return 0;
  }

  LockResult lock(const ResourceId& resource, Mode mode, const LockOptions& options) override {
    const std::lock_guard guard(cluster_->mutex_);
    Cluster::Entry& entry = entry_of(resource);
    if (entry.orphans.contains(host_)) {
      if (!options.adopt && !options.adopt_only) return {.result = -error::orphan};
      if (entry.holders.at(host_) != mode) return {.result = -error::adopt_retry};
      entry.orphans.erase(host_);
      return granted(entry);
    }
    if (options.adopt_only) return {.result = -error::adopt_none};
    return take(entry, mode);
  }

  LockResult place(const ResourceId& resource, const std::vector<std::string>& drives, std::uint64_t,
                   bool joint) override {
    const std::lock_guard guard(cluster_->mutex_);
    std::vector<std::string>& placed = placed_[resource.name];
    if (placed == drives || (placed.empty() && spec_.drives == drives)) return {};
    if (!joint) placed = drives;
    return {.result = 1};
  }

  LockResult convert(const ResourceId& resource, Mode, Mode to, const std::optional<Value>& value) override {
    const std::lock_guard guard(cluster_->mutex_);
    Cluster::Entry& entry = entry_of(resource);
    LockResult out = take(entry, to);
    if (out.result == 0 && value) entry.value = *value;
    return out;
  }

  int unlock(const ResourceId& resource, Mode, const std::optional<Value>& value) override {
    const std::lock_guard guard(cluster_->mutex_);
    Cluster::Entry& entry = entry_of(resource);
    if (value) entry.value = *value;
    return entry.holders.erase(host_) == 1 ? 0 : -ENOENT;
  }

  HostCount hosts() override {
    const std::lock_guard guard(cluster_->mutex_);
    const auto& joined = cluster_->joined_[spec_.name];
    return {.others = static_cast<int>(joined.size()) - static_cast<int>(joined.contains(host_))};
  }

  int set_global(bool enable) override {
    const std::lock_guard guard(cluster_->mutex_);
    if (enable)
      cluster_->global_in_.insert(spec_.name);
    else
      cluster_->global_in_.erase(spec_.name);
    return 0;
  }

  int has_global() override {
    const std::lock_guard guard(cluster_->mutex_);
    return cluster_->global_in_.contains(spec_.name) ? 1 : 0;
  }

  int free_lv(const ResourceId& resource) override {
    const std::lock_guard guard(cluster_->mutex_);
    cluster_->leases_[spec_.vg_name].erase(resource.name);
    cluster_->entries_.erase({spec_.name, resource.name});
    return 0;
  }

  int free_vg() override {
    const std::lock_guard guard(cluster_->mutex_);
    cluster_->global_in_.erase(spec_.name);
    cluster_->leases_.erase(spec_.vg_name);
    return 0;
  }

  int set_remote(const ResourceId& resource, Mode mode) override {
    const std::lock_guard guard(cluster_->mutex_);
    Cluster::Entry& entry = entry_of(resource);
    const Cluster::Host remote = host_ + 1;
    if (mode == Mode::shared || mode == Mode::exclusive)
      entry.holders[remote] = mode;
    else
      entry.holders.erase(remote);
    return 0;
  }

 private:
  Cluster::Entry& entry_of(const ResourceId& resource) { return cluster_->entries_[{spec_.name, resource.name}]; }

  static LockResult granted(const Cluster::Entry& entry) { return {.value = entry.value}; }

  LockResult take(Cluster::Entry& entry, Mode mode) const {
    for (const auto& [other, held] : entry.holders) {
      if (other == host_ || (mode == Mode::shared && held == Mode::shared)) continue;
      LockResult out{.result = -EAGAIN, .retry = false};
      out.owner = Owner{other, 1, 0, "LIVE", {}};
      return out;
    }
    entry.holders[host_] = mode;
    return granted(entry);
  }

  std::shared_ptr<Cluster> cluster_;
  Cluster::Host host_;
  LockspaceSpec spec_;
  std::map<std::string, std::vector<std::string>> placed_;
};

std::expected<std::unique_ptr<ManagedLockspace>, int> MemoryManager::prepare(const LockspaceSpec& spec) {
  if (!running_) return std::unexpected(-error::manager);
  return std::make_unique<MemoryLockspace>(cluster_, host_, spec);
}

InitResult MemoryManager::init_vg(const InitVg& request) {
  if (!running_) return {-error::manager, {}};
  if (kind_ == ManagerKind::idm) return {0, {}};
  if (kind_ == ManagerKind::dlm) return {0, "1.0.0:test"};
  const std::lock_guard guard(cluster_->mutex_);
  if (request.enable_global) cluster_->global_in_.insert(lockspace_name(kind_, request.vg_name));
  return {0, "1.0.0:" + (request.vg_args.empty() ? std::string(kLeaseVolume) : request.vg_args)};
}

InitResult MemoryManager::init_lv(const InitLv& request) {
  if (kind_ != ManagerKind::sanlock) return {0, std::string(to_string(kind_))};
  const std::lock_guard guard(cluster_->mutex_);
  if (!cluster_->leases_[request.vg_name].insert(request.lv_uuid).second) return {-EEXIST, {}};
  return {0, fmt::format("1.0.0:{}", cluster_->next_offset_++ << 20)};
}

std::optional<std::vector<std::string>> MemoryManager::left_lockspaces() {
  const std::lock_guard guard(cluster_->mutex_);
  std::vector<std::string> out;
  for (const auto& [name, hosts] : cluster_->joined_)
    if (hosts.contains(host_)) out.push_back(name);
  return out;
}

}  // namespace lvm::lockd
