// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/messages.h"
#include "config/config.h"
#include "lock/client/lockd_client.h"
#include "lock/locks.h"
#include "model/vg.h"
#include "world/world.h"

namespace lvm::cli {

// A command's locks among hosts: what it asks lvmlockd for, and what it says when it does not get it.
class SharedLocks {
 public:
  SharedLocks(const Arguments& arguments, const config::Config& config, Messages& messages, Clock& clock);

  // global/use_lvmlockd, and the command is not one that goes without locks.
  bool in_use() const { return in_use_; }
  lockd::Reply ask(lockd::Request request);

  // Reading goes on without the global lock, changing does not.
  Result<> lock_global(lock::Mode mode);
  // Of a VG that is to be made: with sanlock there may be no global lock yet. True: this VG is to have it.
  Result<bool> lock_global_to_create(lockd::ManagerKind kind);
  void unlock_global();
  // --lock-start brings the lockspace that it would be in.
  void go_without_global() { global_ = Global::skipped; }

  // The guard gives the lock back, and tells lvmlockd the VG's new version. That it could not be had is said by
  // check_vg(), when it is known whether the VG is shared.
  std::unique_ptr<lock::Guard> lock_vg(const std::string& name, lock::Mode mode);
  // `must`: without its lock the VG may not be used.
  Result<> check_vg(const model::Vg& vg, bool must);
  // The VGs' locks are to be on the drives that the metadata name (idm). True: one was not, what was read does not
  // count.
  bool follow_drives(const world::World& world);
  struct Drives {
    const model::Vg& vg;
    const model::Lv* lv = nullptr;  // or the VG's lock
    std::vector<std::string> paths;
    bool joint = false;  // and on the former ones as well
  };
  Result<> place(const Drives& drives);
  void set_version(const std::string& vg, std::uint32_t seqno) { versions_[vg] = seqno; }
  // A VG that shall be left as it is (--lock-type none --lockopt force).
  void ignore_vg_locks() { skip_vg_ = skip_lv_ = true; }

  // --- LVs: an empty Result is a lock got; errors are what LVM2 says ---
  struct LvRequest {
    const model::Vg& vg;
    const model::Lv& lv;
    lockd::Mode mode = lockd::Mode::exclusive;
    bool persistent = false;
    std::vector<std::string> drives;
  };
  Result<> lock_lv(const LvRequest& request);
  // Given back, or there was none.
  Result<> unlock_lv(const model::Vg& vg, const model::Lv& lv, bool persistent);
  // A new LV's lock: what goes into the metadata.
  lockd::Reply init_lv(const model::Vg& vg, const model::Lv& lv, const std::string& previous);
  void free_lv(const model::Vg& vg, const model::Lv& lv);

  bool option(std::string_view word) const;  // of --lockopt

 private:
  enum class Global : std::uint8_t { none, shared, exclusive, skipped };
  class VgGuard;
  void unlock_vg(const std::string& name);
  void connect();
  lockd::Request lv_request(lockd::Op op, const model::Vg& vg, const model::Lv& lv) const;
  static Error lv_error(const model::Vg& vg, const model::Lv& lv, const lockd::Reply& reply);
  Result<> global_failed(const lockd::Reply& reply, lock::Mode mode);

  const Arguments& arguments_;
  Messages& messages_;
  Clock& clock_;
  lock::LockdClient client_;
  bool in_use_ = false, tried_ = false;
  bool skip_global_ = false, skip_vg_ = false, skip_lv_ = false;
  std::vector<std::string> words_;
  Global global_ = Global::none;
  struct VgState {
    int result = 0;
    int holders = 0;  // guards
    lock::Mode mode = lock::Mode::shared;
    std::optional<lockd::Owner> owner;
  };
  std::map<std::string, VgState> vgs_;
  std::map<std::string, std::uint32_t> versions_;
};

// A question about the lock of a VG, as its metadata describe it.
lockd::Request vg_request(lockd::Op op, const model::Vg& vg);

// Which lock lvmlockd is asked for where this host's is taken in `mode`: to activate volumes is no change of their VG.
lock::Mode shared_vg_mode(const Arguments& arguments, lock::Mode mode);
// Deactivation goes on without locks: it may be all that is left to do.
bool only_deactivates(const Arguments& arguments);

// PVs that vote on a lock, by path; an empty one is missing. Of these LVs, or without any of the whole VG.
std::vector<std::string> voting_drives(const world::World& world, const model::Vg& vg,
                                       const std::vector<LvId>& lvs = {});

}  // namespace lvm::cli
