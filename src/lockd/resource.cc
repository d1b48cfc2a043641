// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/resource.h"

#include <algorithm>
#include <cerrno>

namespace lvm::lockd {

HeldLock* Resource::of_client(ClientId client) {
  auto found = std::ranges::find_if(locks, [&](const HeldLock& l) { return !l.persistent && l.client == client; });
  return found == locks.end() ? nullptr : &*found;
}

HeldLock* Resource::persistent_lock() {
  auto found = std::ranges::find_if(locks, [](const HeldLock& lock) { return lock.persistent; });
  return found == locks.end() ? nullptr : &*found;
}

std::optional<Value> Resource::value() const {
  if (mode != Mode::exclusive || id.kind == ResourceKind::lv) return std::nullopt;
  if (id.kind == ResourceKind::global) return Value{version + 1, false};
  if (!value_changed) return std::nullopt;
  return Value{version, false};
}

namespace {

Verdict answer(int result, bool shared_exists = false) { return {Verdict::Action::answer, result, shared_exists}; }

// From one mode to the other by its holder. Never waits: two sharers that both want to be exclusive would for ever.
Verdict judge_conversion(const Resource& resource, Mode wanted) {
  if (wanted == Mode::exclusive && resource.locks.size() > 1) return answer(-EAGAIN);
  return {Verdict::Action::ask_convert};
}

}  // namespace

Verdict judge(Resource& resource, const Pending& wanted) {
  const Mode mode = wanted.request.mode;
  HeldLock* own = resource.of_client(wanted.client);
  HeldLock* persistent = resource.persistent_lock();
  // A lock that the lock manager could not weaken is still to be weakened there.
  const auto is_in = [&](const HeldLock& lock) {
    return lock.mode == mode && (mode != Mode::shared || resource.mode == mode);
  };
  if (wanted.request.options.persistent) {
    if (persistent) return is_in(*persistent) ? answer(-EALREADY) : judge_conversion(resource, mode);
    if (own) return own->mode == mode ? Verdict{Verdict::Action::keep} : answer(-EEXIST);
  } else {
    if (own) return is_in(*own) ? answer(-EALREADY) : judge_conversion(resource, mode);
    // What is active here may be used here.
    if (persistent && persistent->mode == Mode::exclusive) return answer(0);
    if (persistent) return mode == Mode::shared ? answer(0) : answer(-EEXIST, true);
  }
  if (resource.mode == Mode::exclusive) return {};
  if (resource.mode == Mode::shared) return mode == Mode::shared ? Verdict{Verdict::Action::share} : Verdict{};
  return {Verdict::Action::ask_lock};
}

}  // namespace lvm::lockd
