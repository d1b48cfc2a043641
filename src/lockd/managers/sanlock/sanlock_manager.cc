// SPDX-License-Identifier: LGPL-2.1-or-later
// The one file that knows libsanlock.
#include "lockd/managers/sanlock/sanlock_manager.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>

#include "base/fd.h"
#include "lockd/managers/sanlock/layout.h"

extern "C" {
#include <sanlock.h>
#include <sanlock_admin.h>
#include <sanlock_resource.h>
#include <sanlock_rv.h>
}

namespace lvm::lockd {
namespace {

namespace layout = lvm::lockd::sanlock;

constexpr std::uint32_t kLargeSector = 4096;

void set_name(char (&to)[SANLK_NAME_LEN], std::string_view name) {
  std::memset(to, 0, sizeof to);
  std::memcpy(to, name.data(), std::min(name.size(), sizeof to));
}

// The lease volume of a VG as sanlock sees it.
struct Volume {
  std::string lockspace, path;
  std::uint64_t align = 1 << 20;
  std::uint32_t sector = 512;

  std::uint32_t size_flags() const {
    std::uint32_t out = sector == kLargeSector ? SANLK_LSF_SECTOR4K : SANLK_LSF_SECTOR512;
    switch (align >> 20) {
      case 2: return out | SANLK_LSF_ALIGN2M;
      case 4: return out | SANLK_LSF_ALIGN4M;
      case 8: return out | SANLK_LSF_ALIGN8M;
      default: return out | SANLK_LSF_ALIGN1M;
    }
  }
  sanlk_lockspace space(std::uint32_t host_id = 0) const {
    sanlk_lockspace out{};
    set_name(out.name, lockspace);
    out.host_id = host_id;
    disk(out.host_id_disk, 0);
    return out;
  }
  void disk(sanlk_disk& out, std::uint64_t offset) const {
    std::memset(&out, 0, sizeof out);
    std::strncpy(out.path, path.c_str(), sizeof out.path - 1);
    out.offset = offset;
  }
};

// sanlk_resource ends in an array of its disks.
class Lease {
 public:
  Lease(const Volume& volume, std::string_view name, std::uint64_t offset) : storage_{} {
    set_name(get()->lockspace_name, volume.lockspace);
    set_name(get()->name, name);
    get()->num_disks = 1;
    volume.disk(get()->disks[0], offset);
  }
  sanlk_resource* get() { return reinterpret_cast<sanlk_resource*>(storage_.data()); }
  std::string name() { return {get()->name, ::strnlen(get()->name, sizeof get()->name)}; }

 private:
  alignas(sanlk_resource) std::array<char, sizeof(sanlk_resource) + sizeof(sanlk_disk)> storage_;
};

int write_lease(const Volume& volume, std::string_view name, std::uint64_t offset) {
  Lease lease(volume, name, offset);
  lease.get()->flags = volume.size_flags();
  return sanlock_write_resource(lease.get(), 0, 0, 0);
}

// What stands there: a name, or an error.
std::expected<std::string, int> read_lease(const Volume& volume, std::uint64_t offset) {
  Lease lease(volume, {}, offset);
  if (const int rv = sanlock_read_resource(lease.get(), 0); rv < 0) return std::unexpected(rv);
  return lease.name();
}

std::uint64_t device_size(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const off_t end = fd ? ::lseek(fd.get(), 0, SEEK_END) : 0;
  return end > 0 ? static_cast<std::uint64_t>(end) : 0;
}

std::uint32_t sector_size(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  int logical = 512;
  unsigned physical = 512;
  if (fd) {
    ::ioctl(fd.get(), BLKSSZGET, &logical);
    ::ioctl(fd.get(), BLKPBSZGET, &physical);
  }
  return logical == 4096 || physical == kLargeSector ? kLargeSector : 512;
}

// A place for another LV's lease, from `from` on, then from the start; -EMSGSIZE when the volume is full.
std::expected<std::uint64_t, int> find_free(const Volume& volume, std::uint64_t size, std::uint64_t from,
                                            std::string_view unwanted_name) {
  const std::uint64_t first = layout::kLvsAt * volume.align;
  from = std::max(from, first);
  std::optional<std::uint64_t> found;
  auto look = [&](std::uint64_t at, std::uint64_t end) -> int {
    for (; at + volume.align <= end; at += volume.align) {
      auto name = read_lease(volume, at);
      const bool never_written = !name && name.error() == SANLK_LEADER_MAGIC;
      if (!name && !never_written) return name.error() == -EMSGSIZE ? 0 : -error::lock_io;
      if (name && !unwanted_name.empty() && *name == unwanted_name) return -EEXIST;
      if (!never_written && *name != layout::kUnused) continue;
      found = at;
      return 0;
    }
    return 0;
  };
  if (const int rv = look(from, size); rv != 0) return std::unexpected(rv);
  if (!found && from > first)
    if (const int rv = look(first, from); rv != 0) return std::unexpected(rv);
  return found ? std::expected<std::uint64_t, int>(*found) : std::unexpected(-EMSGSIZE);
}

std::string_view state_name(std::uint32_t flags) {
  switch (flags & SANLK_HOST_MASK) {
    case SANLK_HOST_FREE: return "FREE";
    case SANLK_HOST_LIVE: return "LIVE";
    case SANLK_HOST_FAIL: return "FAIL";
    case SANLK_HOST_DEAD: return "DEAD";
    default: return "UNKNOWN";
  }
}

int map_acquire_error(int rv, bool adopt) {
  if (adopt && rv == -EUCLEAN) return -error::adopt_retry;
  if (adopt && rv == -ENOENT) return -error::adopt_none;
  switch (rv) {
    case SANLK_ACQUIRE_IDLIVE:
    case SANLK_ACQUIRE_OWNED:
    case SANLK_ACQUIRE_OTHER:
    case SANLK_ACQUIRE_OWNED_RETRY:
    case SANLK_ACQUIRE_SHRETRY:
    case -EAGAIN: return -EAGAIN;
    case SANLK_AIO_TIMEOUT: return -error::io_timeout;
    case SANLK_LEADER_MAGIC:
    case SANLK_LEADER_VERSION:
    case SANLK_LEADER_SECTORSIZE:
    case SANLK_LEADER_LOCKSPACE:
    case SANLK_LEADER_RESOURCE:
    case SANLK_LEADER_CHECKSUM:
    case SANLK_DBLOCK_CHECKSUM: return -error::lock_repair;
    case SANLK_LEADER_READ:
    case SANLK_LEADER_WRITE:
    case SANLK_DBLOCK_READ:
    case SANLK_DBLOCK_WRITE:
    case -EIO:
    case -ENOSPC: return -error::lock_io;
    case -EUCLEAN: return -error::orphan;
    case -EMSGSIZE: return -EMSGSIZE;
    default: return -error::lock_manager;
  }
}

class SanlockSpace final : public ManagedLockspace {
 public:
  SanlockSpace(Volume volume, LockspaceSpec spec, int timeout, int connection)
      : volume_(std::move(volume)), spec_(std::move(spec)), timeout_(timeout), connection_(connection) {}

  JoinResult join(const JoinOptions& options) override {
    JoinResult out;
    sanlk_lockspace space = volume_.space(spec_.host_id);
    int rv = sanlock_add_lockspace_timeout(&space, 0, static_cast<std::uint32_t>(timeout_));
    if (rv == -EEXIST && (options.adopt || options.adopt_only)) rv = 0;
    if (rv < 0) {
      out.manager_result = rv;
      out.result = rv == SANLK_HOSTID_BUSY || rv == SANLK_ADDLS_INVALID_HOSTID ? -error::host_id
                   : rv == -ENOENT || rv == -EINVAL                            ? -error::manager
                                                                               : -error::lock_manager;
      return out;
    }
    // Locks of a daemon that died keep the lockspace, so that the next one finds them.
    rv = sanlock_set_config(space.name, 0, SANLK_CONFIG_USED_BY_ORPHANS, nullptr);
    if (rv < 0) {
      sanlock_rem_lockspace(&space, 0);
      out.result = -error::lock_manager;
      out.manager_result = rv;
      return out;
    }
    sanlk_host* hosts = nullptr;
    int count = 0;
    if (sanlock_get_hosts(space.name, spec_.host_id, &hosts, &count, 0) >= 0 && count > 0)
      out.generation = hosts[0].generation;
    std::free(hosts);
    out.has_global = has_global() == 1;
    return out;
  }

  int leave(bool) override {
    sanlk_lockspace space = volume_.space(spec_.host_id);
    const int rv = sanlock_rem_lockspace(&space, 0);
    if (rv == -EBUSY) return -EBUSY;
    connection_.reset();
    if (freed_) {
      // The leases are nobody's from now on: who still has the VG's name finds no lock there.
      write_lease(volume_, layout::kRemoved, layout::kGlobalAt * volume_.align);
      write_lease(volume_, layout::kRemoved, layout::kVgAt * volume_.align);
      Volume unused = volume_;
      unused.lockspace = layout::kUnused;
      sanlk_lockspace none = unused.space();
      none.flags = volume_.size_flags();
      sanlock_write_lockspace(&none, 0, 0, static_cast<std::uint32_t>(timeout_));
    }
    return rv < 0 && rv != -ENOENT ? -error::lock_manager : 0;
  }

  LockResult lock(const ResourceId& resource, Mode mode, const LockOptions& options) override {
    LockResult out;
    const auto offset = offset_of(resource);
    if (!offset) return {.result = -error::arguments};
    Lease lease(volume_, resource.name, *offset);
    lease.get()->flags = SANLK_RES_PERSISTENT | (mode == Mode::shared ? SANLK_RES_SHARED : 0u);
    std::uint32_t flags = SANLK_ACQUIRE_OWNER_NOWAIT;
    if (options.adopt_only)
      flags |= SANLK_ACQUIRE_ORPHAN_ONLY;
    else if (options.adopt)
      flags |= SANLK_ACQUIRE_ORPHAN;
    sanlk_options owner{};
    std::strncpy(owner.owner_name, "lvmlockd", sizeof owner.owner_name - 1);
    std::array<sanlk_resource*, 1> leases{lease.get()};
    int rv = sanlock_acquire(connection_.get(), -1, flags, 1, leases.data(), &owner);
    if (rv < 0 && options.repair && map_acquire_error(rv, false) == -error::lock_repair) {
      write_lease(volume_, resource.name, *offset);
      rv = sanlock_acquire(connection_.get(), -1, flags, 1, leases.data(), &owner);
    }
    if (rv >= 0) return out;
    out.manager_result = rv;
    out.result = map_acquire_error(rv, options.adopt || options.adopt_only);
    // Disabled meanwhile, by another host.
    if (resource.kind == ResourceKind::global && rv == SANLK_LEADER_RESOURCE && has_global() == 0)
      out.result = -EUNATCH;
    if (out.result == -EAGAIN) {
      out.retry = mode == Mode::shared && rv != SANLK_ACQUIRE_OWNED_RETRY;
      out.owner = owner_of(resource, *offset);
      // A shared lock is taken by way of an exclusive one: for a moment two sharers are in each other's way.
      if (resource.kind == ResourceKind::lv && mode == Mode::exclusive) out.retry = false;
    }
    return out;
  }

  LockResult convert(const ResourceId& resource, Mode, Mode to, const std::optional<Value>&) override {
    const auto offset = offset_of(resource);
    if (!offset) return {.result = -error::arguments};
    Lease lease(volume_, resource.name, *offset);
    lease.get()->flags = SANLK_RES_PERSISTENT | (to == Mode::shared ? SANLK_RES_SHARED : 0u);
    const int rv = sanlock_convert(connection_.get(), -1, SANLK_CONVERT_OWNER_NOWAIT, lease.get());
    if (rv >= 0) return {};
    LockResult out{.result = map_acquire_error(rv, false), .manager_result = rv};
    if (out.result == -EAGAIN) out.owner = owner_of(resource, *offset);
    return out;
  }

  int unlock(const ResourceId& resource, Mode, const std::optional<Value>&) override {
    const auto offset = offset_of(resource);
    if (!offset) return -error::arguments;
    Lease lease(volume_, resource.name, *offset);
    std::array<sanlk_resource*, 1> leases{lease.get()};
    return std::min(0, sanlock_release(connection_.get(), -1, 0, 1, leases.data()));
  }

  HostCount hosts() override {
    sanlk_host* hosts = nullptr;
    int count = 0;
    sanlk_lockspace space = volume_.space();
    const int rv = sanlock_get_hosts(space.name, 0, &hosts, &count, 0);
    HostCount out;
    if (rv == -EAGAIN)
      out.others = out.unknown = 1;  // nothing is known yet
    else if (rv < 0)
      out.result = -error::lock_manager;
    for (int i = 0; i < (rv < 0 ? 0 : count); ++i) {
      if (hosts[i].host_id == spec_.host_id) continue;
      const std::string_view state = state_name(hosts[i].flags);
      if (state == "FREE" || state == "DEAD") continue;
      ++out.others;
      if (state == "UNKNOWN") ++out.unknown;
    }
    std::free(hosts);
    return out;
  }

  int set_global(bool enable) override {
    const std::uint64_t offset = layout::kGlobalAt * volume_.align;
    const std::string_view from = enable ? kGlobalDisabled : kGlobalResource;
    const std::string_view to = enable ? kGlobalResource : kGlobalDisabled;
    if ((has_global() == 1) == enable) return 0;
    // Renamed while nobody holds it: by its holder.
    Lease old_lease(volume_, from, offset), new_lease(volume_, to, offset);
    std::array<sanlk_resource*, 2> leases{old_lease.get(), new_lease.get()};
    int rv = sanlock_acquire(connection_.get(), -1, SANLK_ACQUIRE_OWNER_NOWAIT, 1, leases.data(), nullptr);
    if (rv < 0) return map_acquire_error(rv, false);
    rv = sanlock_release(connection_.get(), -1, SANLK_REL_RENAME, 2, leases.data());
    return rv < 0 ? -error::lock_manager : 0;
  }

  int has_global() override {
    auto name = read_lease(volume_, layout::kGlobalAt * volume_.align);
    return name && *name == kGlobalResource ? 1 : 0;
  }

  int find_free_lock(std::int64_t size) override {
    auto found = find_free(volume_, size > 0 ? static_cast<std::uint64_t>(size) : device_size(volume_.path), 0, {});
    return found ? 0 : found.error();
  }

  int free_lv(const ResourceId& resource) override {
    const auto offset = offset_of(resource);
    if (!offset) return -error::arguments;
    // Only if it is this LV's.
    auto name = read_lease(volume_, *offset);
    if (!name || *name != resource.name) return -ENOENT;
    return write_lease(volume_, layout::kUnused, *offset) < 0 ? -error::lock_io : 0;
  }

  int free_vg() override {
    freed_ = true;
    return 0;
  }

 private:
  std::optional<std::uint64_t> offset_of(const ResourceId& resource) const {
    if (resource.kind == ResourceKind::global) return layout::kGlobalAt * volume_.align;
    if (resource.kind == ResourceKind::vg) return layout::kVgAt * volume_.align;
    return layout::offset_of(resource.lv_args);
  }

  std::optional<Owner> owner_of(const ResourceId& resource, std::uint64_t offset) const {
    Lease lease(volume_, resource.name, offset);
    sanlk_host* owners = nullptr;
    int count = 0;
    std::optional<Owner> out;
    if (sanlock_read_resource_owners(lease.get(), 0, &owners, &count) >= 0)
      for (int i = 0; i < count && !out; ++i)
        if (owners[i].host_id != spec_.host_id)
          out = Owner{static_cast<std::uint32_t>(owners[i].host_id), owners[i].generation, owners[i].timestamp, {}, {}};
    std::free(owners);
    if (!out) return out;
    sanlk_lockspace space = volume_.space();
    sanlk_host* hosts = nullptr;
    if (sanlock_get_hosts(space.name, out->host_id, &hosts, &count, 0) >= 0 && count > 0)
      out->state = state_name(hosts[0].flags);
    std::free(hosts);
    return out;
  }

  Volume volume_;
  LockspaceSpec spec_;
  int timeout_;
  Fd connection_;
  bool freed_ = false;
};

class SanlockManager final : public Manager {
 public:
  explicit SanlockManager(ManagerOptions options) : options_(std::move(options)) {}
  ManagerKind kind() const override { return ManagerKind::sanlock; }

  bool running() override {
    std::uint32_t version = 0, protocol = 0;
    return sanlock_version(0, &version, &protocol) >= 0;
  }

  std::expected<std::unique_ptr<ManagedLockspace>, int> prepare(const LockspaceSpec& spec) override {
    if (!running()) return std::unexpected(-error::manager);
    if (spec.host_id < 1 || spec.host_id > layout::kMostHosts) return std::unexpected(-error::host_id);
    auto volume = open_volume(spec.vg_name, spec.vg_args);
    if (!volume) return std::unexpected(volume.error());
    sanlk_lockspace space = volume->space(spec.host_id);
    std::uint32_t timeout = 0;
    const int rv = sanlock_read_lockspace(&space, 0, &timeout);
    if (rv < 0)
      return std::unexpected(map_acquire_error(rv, false) == -error::lock_repair ? -error::lock_repair
                                                                                 : -error::lock_io);
    const int connection = sanlock_register();
    if (connection < 0) return std::unexpected(-error::manager);
    std::string arguments = "--kill " + spec.vg_name;
    const std::string program = options_.lvm_program_folder + "/lvmlockctl";
    if (sanlock_killpath(connection, 0, program.c_str(), arguments.data()) < 0 ||
        sanlock_restrict(connection, SANLK_RESTRICT_SIGKILL) < 0) {
      ::close(connection);
      return std::unexpected(-error::manager);
    }
    return std::make_unique<SanlockSpace>(std::move(*volume), spec, options_.sanlock_timeout, connection);
  }

  InitResult init_vg(const InitVg& request) override {
    if (!running()) return {-error::manager, {}};
    const std::string name = request.vg_args.empty() ? std::string(kLeaseVolume) : request.vg_args;
    Volume volume{lockspace_name(ManagerKind::sanlock, request.vg_name),
                  layout::device_path(options_.device_folder, request.vg_name, name)};
    volume.sector = sector_size(volume.path);
    const std::uint64_t wanted = request.align_mb > 0 ? static_cast<std::uint64_t>(request.align_mb) : 8;
    volume.align = (volume.sector == kLargeSector ? wanted : 1) << 20;
    const std::uint64_t size = device_size(volume.path);
    if (size == 0) return {-error::device_open, {}};
    if (size < (layout::kLvsAt + 1) * volume.align) return {-EMSGSIZE, {}};
    sanlk_lockspace space = volume.space();
    space.flags = volume.size_flags();
    if (sanlock_write_lockspace(&space, 0, 0, static_cast<std::uint32_t>(options_.sanlock_timeout)) < 0)
      return {-error::lock_io, {}};
    const std::string_view global = request.enable_global ? kGlobalResource : kGlobalDisabled;
    if (write_lease(volume, global, layout::kGlobalAt * volume.align) < 0 ||
        write_lease(volume, kVgResource, layout::kVgAt * volume.align) < 0)
      return {-error::lock_io, {}};
    for (std::uint64_t at = layout::kLvsAt * volume.align; at + volume.align <= size; at += volume.align)
      if (write_lease(volume, layout::kUnused, at) < 0) return {-error::lock_io, {}};
    return {0, "1.0.0:" + name};
  }

  InitResult init_lv(const InitLv& request) override {
    if (!running()) return {-error::manager, {}};
    auto volume = open_volume(request.vg_name, request.vg_args);
    if (!volume) return {volume.error(), {}};
    std::uint64_t from = 0;
    {
      const std::lock_guard guard(mutex_);
      from = next_free_[request.vg_name];
    }
    if (auto previous = layout::offset_of(request.previous_lv_args)) from = *previous + volume->align;
    auto at = find_free(*volume, device_size(volume->path), from, request.lv_uuid);
    if (!at) return {at.error(), {}};
    if (write_lease(*volume, request.lv_uuid, *at) < 0) return {-error::lock_io, {}};
    const std::lock_guard guard(mutex_);
    next_free_[request.vg_name] = *at + volume->align;
    return {0, fmt::format("1.0.0:{}", *at)};
  }

  int rename_vg(const std::string& new_name, const std::string& args) override {
    auto volume = open_volume(new_name, args);
    if (!volume) return volume.error();
    sanlk_lockspace space = volume->space();
    space.flags = volume->size_flags();
    if (sanlock_write_lockspace(&space, 0, 0, static_cast<std::uint32_t>(options_.sanlock_timeout)) < 0)
      return -error::lock_io;
    const std::uint64_t size = device_size(volume->path);
    for (std::uint64_t at = layout::kGlobalAt * volume->align; at + volume->align <= size; at += volume->align) {
      // With an empty lockspace the name of any is read.
      Volume any = *volume;
      any.lockspace.clear();
      auto name = read_lease(any, at);
      if (!name) return -error::lock_io;
      if (write_lease(*volume, *name, at) < 0) return -error::lock_io;
    }
    return 0;
  }

  std::optional<std::vector<std::string>> left_lockspaces() override {
    sanlk_lockspace* spaces = nullptr;
    int count = 0;
    std::vector<std::string> out;
    if (sanlock_get_lockspaces(&spaces, &count, 0) < 0) return out;
    for (int i = 0; i < count; ++i) {
      std::string name(spaces[i].name, ::strnlen(spaces[i].name, sizeof spaces[i].name));
      if (name.starts_with("lvm_")) out.push_back(std::move(name));
    }
    std::free(spaces);
    return out;
  }

 private:
  std::expected<Volume, int> open_volume(const std::string& vg_name, const std::string& args) const {
    const auto name = layout::volume_of(args);
    if (!name) return std::unexpected(-error::arguments);
    Volume out{lockspace_name(ManagerKind::sanlock, vg_name),
               layout::device_path(options_.device_folder, vg_name, *name)};
    if (device_size(out.path) == 0) return std::unexpected(-error::device_open);
    out.sector = sector_size(out.path);
    sanlk_disk disk;
    out.disk(disk, 0);
    const int align = sanlock_align(&disk);
    if (align <= 0) return std::unexpected(-error::arguments);
    out.align = static_cast<std::uint64_t>(align);
    return out;
  }

  ManagerOptions options_;
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> next_free_;  // by VG
};

}  // namespace

std::unique_ptr<Manager> make_sanlock_manager(const ManagerOptions& options) {
  return std::make_unique<SanlockManager>(options);
}

}  // namespace lvm::lockd
