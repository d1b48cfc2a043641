// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "lockd/resource.h"

namespace lvm::lockd {

class Space;

// What a lockspace tells the core.
class SpacePort {
 public:
  virtual ~SpacePort() = default;
  virtual bool client_alive(ClientId client) = 0;
  // Completes the reply and gives it to the client; false when it is gone.
  virtual bool answer(const Pending& pending, Reply reply) = 0;
  virtual void log(const std::string& text) = 0;
  // LV locks have changed, or the lockspace has begun or ended.
  virtual void changed(Space& space) = 0;
};

// A lockspace: the locks of a VG on this host, or the global one's. A state machine: requests come in, at most one call
// of the lock manager is under way, its result moves things on.
class Space : public std::enable_shared_from_this<Space> {
 public:
  enum class State : std::uint8_t { preparing, joining, running, leaving, ended };

  Space(Executor& executor, SpacePort& port, Manager& manager, LockspaceSpec spec);

  // `first` is answered when joining has begun, or (its option `wait`) has ended.
  void start(Pending first, const JoinOptions& options);
  void submit(Pending pending);
  void close(ClientId client);
  void advance() { work(); }
  std::optional<Time> next_due() const;

  const LockspaceSpec& spec() const { return spec_; }
  ManagerKind kind() const { return manager_.kind(); }
  State state() const { return state_; }
  bool starting() const { return state_ == State::preparing || state_ == State::joining; }
  int start_result() const { return start_result_; }
  ClientId started_by() const { return started_by_; }
  std::uint64_t generation() const { return generation_; }
  bool has_global() const { return has_global_; }
  bool killed() const { return killed_; }
  bool has_lv_locks() const;
  const std::map<std::string, Resource>& resources() const { return resources_; }
  void set_drives(std::vector<std::string> drives);
  // See ManagedLockspace.
  void forget_left();
  // Asks the lock manager again whether the global lock is here; `done` afterwards.
  void look_for_global(std::function<void()> done);
  // Raw lines for lvmlockctl --info.
  std::string info() const;

 private:
  using Step = std::function<void()>;
  void run(Step job, Step done);
  void join(Pending first, const JoinOptions& options);
  void fail_start(const Pending& first, int result, bool answered);
  void work();
  bool step();

  // space_locks.cc
  Resource& resource_of(const Request& request);
  bool serve(Resource& resource);
  bool serve_update(Resource& resource);
  bool serve_place(Resource& resource);
  void finish_place(Resource& resource, const Pending& pending, const LockResult& result);
  bool serve_wanted(Resource& resource);
  void ask_lock(Resource& resource, std::list<Pending>::iterator at);
  void ask_convert(Resource& resource, std::list<Pending>::iterator at);
  void finish_lock(Resource& resource, Pending pending, const LockResult& result);
  bool take_value(Resource& resource, const LockResult& result);
  void grant(Resource& resource, Pending& pending);
  void unlock(Pending pending);
  void unlock_in_manager(Resource& resource);
  void forget_idle(const std::string& name);

  // space_ops.cc
  bool serve_op();
  bool may_serve(const Pending& op) const;
  void op_stop(Pending pending);
  void op_kill(Pending pending);
  void op_drop(Pending pending);
  void op_free_vg(Pending pending);
  void op_busy(Pending pending);
  void op_rename_before(Pending pending);
  void op_set_global(Pending pending, bool enable);
  void op_find_free_lock(Pending pending);
  void op_free_lv(Pending pending);
  void op_query(Pending pending);
  void op_set_remote(Pending pending);
  void when_alone(Pending pending, std::function<void(Pending)> go_on);
  void simple_op(Pending pending, std::function<int()> call);
  void leave(Pending pending, bool force, std::function<int()> before_leaving = {});
  void fail_all(int result);

  void reply(const Pending& pending, int result);
  bool reply(const Pending& pending, Reply reply);

  Executor& executor_;
  SpacePort& port_;
  Manager& manager_;
  LockspaceSpec spec_;
  std::unique_ptr<ManagedLockspace> managed_;
  State state_ = State::preparing;
  bool busy_ = false;
  bool tell_drives_ = false, forget_left_ = false;  // to the lock manager, when it is not busy
  bool working_ = false;
  int start_result_ = 0;
  ClientId started_by_ = 0;
  std::uint64_t generation_ = 0;
  bool has_global_ = false;
  bool killed_ = false;
  std::list<Pending> ops_;
  std::map<std::string, Resource> resources_;
};

}  // namespace lvm::lockd
