// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <list>
#include <string>
#include <vector>

#include "lockd/executor.h"
#include "lockd/manager.h"
#include "lockd/request.h"

namespace lvm::lockd {

// A request that waits for its answer.
struct Pending {
  Request request;
  ClientId client = 0;
  Answer answer;
  int retries = 0;
  Time due{0};  // not to be tried before
};

// A lock as a client has it. Persistent ones belong to nobody: they stay when the client is gone.
struct HeldLock {
  Mode mode = Mode::unlocked;
  bool persistent = false;
  ClientId client = 0;
  std::uint32_t placements = 0;  // of the resource when the client last heard of them
};

// What can be locked: the global lock, a VG, an LV. The lock manager grants one lock to this host (mode); the holders
// here share it.
struct Resource {
  ResourceId id;
  Mode mode = Mode::unlocked;
  std::uint32_t version = 0;
  std::uint32_t placements = 0;  // how often the lock went to other drives
  bool value_changed = false;    // the version is to be written with the unlock
  std::vector<HeldLock> locks;
  std::list<Pending> queue;      // locks wanted and versions reported, in order
  std::list<Pending> unlocking;  // unlocks that are answered when the lock manager has unlocked
  std::string vg_args, lv_args;  // for the adopt file

  HeldLock* of_client(ClientId client);
  HeldLock* persistent_lock();
  // What is written when exclusive ends.
  std::optional<Value> value() const;
};

// Holds between requests of this host, without the lock manager: what to do with one that wants a lock.
struct Verdict {
  enum class Action : std::uint8_t {
    wait,         // somebody here holds it; or a retry is not due yet
    answer,       // with `result`
    keep,         // a transient lock becomes persistent
    share,        // the lock manager's shared lock covers it
    ask_lock,     // the lock manager decides
    ask_convert,  // the same, of a lock this client holds
  } action = Action::wait;
  int result = 0;
  bool shared_exists = false;
};
Verdict judge(Resource& resource, const Pending& wanted);

}  // namespace lvm::lockd
