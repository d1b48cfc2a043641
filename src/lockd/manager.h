// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cerrno>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lockd/names.h"
#include "lockd/request.h"

// A lock manager: who decides among hosts. One file per kind implements it (managers/). All calls may block and are
// made on a thread of the lockspace, never two at a time for one lockspace. Results are 0 or negative numbers of
// names.h or errno.
namespace lvm::lockd {

// What a lock carries from holder to holder.
struct Value {
  std::uint32_t version = 0;
  bool removed = false;

  friend bool operator==(const Value&, const Value&) = default;
};

struct ResourceId {
  ResourceKind kind = ResourceKind::vg;
  std::string name;                 // GLLK, VGLK, or the LV's UUID with dashes
  std::string lv_args;              // sanlock: where the lease is
  std::vector<std::string> drives;  // idm: those that vote, when the request named them
};

struct LockOptions {
  bool adopt = false;       // an orphan of ours, or else a new one
  bool adopt_only = false;  // an orphan of ours, or nothing
  bool repair = false;
};

struct LockResult {
  int result = 0;
  int manager_result = 0;
  bool retry = false;  // -EAGAIN that may be gone in a second
  std::optional<Owner> owner;
  std::optional<Value> value;
};

struct JoinOptions {
  bool adopt = false;
  bool adopt_only = false;
  bool nodelay = false;
  bool repair = false;
};

struct JoinResult {
  int result = 0;
  int manager_result = 0;
  std::uint64_t generation = 0;
  bool has_global = false;  // sanlock: the global lock is enabled here
};

struct HostCount {
  int result = 0;
  int others = 0;   // live ones beside us
  int unknown = 0;  // of these, hosts of which nothing is known yet
};

struct LockspaceSpec {
  std::string name;  // lvm_NAME
  std::string vg_name, vg_uuid, vg_args;
  std::uint32_t host_id = 0;
  std::vector<std::string> drives;
  std::uint64_t generation = 0;  // of the VG whose drives these are
};

// A lockspace of a lock manager, from prepare() on.
class ManagedLockspace {
 public:
  virtual ~ManagedLockspace() = default;
  virtual std::uint64_t previous_generation() { return 0; }
  // The slow part: until it returns no lock can be had.
  virtual JoinResult join(const JoinOptions& options) = 0;
  // `force`: what is held is left to the lock manager (drop).
  virtual int leave(bool force) = 0;
  // From unlocked. Never waits for other holders.
  virtual LockResult lock(const ResourceId& resource, Mode mode, const LockOptions& options) = 0;
  // Between shared and exclusive; the value is written when the old mode is exclusive.
  virtual LockResult convert(const ResourceId& resource, Mode from, Mode to, const std::optional<Value>& value) = 0;
  virtual int unlock(const ResourceId& resource, Mode held, const std::optional<Value>& value) = 0;
  virtual HostCount hosts() = 0;
  // Where another set of drives decides from now on (idm).
  virtual void set_drives(const std::vector<std::string>&) {}
  // A held lock goes to these drives; `joint`: it stays on the former ones as well. One that is not held: the next is
  // asked of these. The result 1: it was on others; `value` is what stands on the new ones.
  virtual LockResult place(const ResourceId&, const std::vector<std::string>& /*drives*/, std::uint64_t /*generation*/,
                           bool /*joint*/) {
    return {};
  }
  // What a former daemon of this host has left in this lockspace, and nobody has taken over, is given back.
  virtual void forget_left() {}

  // The global lock in a VG's lockspace, and leases on a volume (sanlock).
  virtual int set_global(bool) { return -EPROTONOSUPPORT; }
  virtual int has_global() { return 0; }
  virtual int find_free_lock(std::int64_t) { return 0; }
  virtual int free_lv(const ResourceId&) { return 0; }
  virtual int free_vg() { return 0; }
  // A test's: as if another host held the lock.
  virtual int set_remote(const ResourceId&, Mode) { return -EOPNOTSUPP; }
};

struct InitVg {
  std::string vg_name, vg_args, set_lock_args;
  std::int64_t align_mb = 0;
  bool enable_global = false;
};
struct InitLv {
  std::string vg_name, vg_args, lv_name, lv_uuid, previous_lv_args;
};
struct InitResult {
  int result = 0;
  std::string args;
};

class Manager {
 public:
  virtual ~Manager() = default;
  virtual ManagerKind kind() const = 0;
  virtual bool running() = 0;
  // The quick part of starting: whether the arguments can work at all.
  virtual std::expected<std::unique_ptr<ManagedLockspace>, int> prepare(const LockspaceSpec& spec) = 0;
  virtual InitResult init_vg(const InitVg& request) = 0;
  virtual InitResult init_lv(const InitLv& request) = 0;
  // Leases on a volume carry the name of their VG (sanlock).
  virtual int rename_vg(const std::string& /*new_name*/, const std::string& /*args*/) { return 0; }
  // Lockspaces that a former daemon left joined; nullopt where that cannot be.
  virtual std::optional<std::vector<std::string>> left_lockspaces() { return std::nullopt; }
  virtual int refresh_lv(const std::string& /*path*/) { return 0; }
};

}  // namespace lvm::lockd
