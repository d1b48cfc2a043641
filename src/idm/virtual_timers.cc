// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/virtual_timers.h"

#include <algorithm>

namespace lvm::idm {

Timers::Id VirtualTimers::at(Time when, Action action) {
  const Id id = ++last_;
  when = std::max(when, now_);
  events_.emplace(Key{when, id}, std::move(action));
  when_.emplace(id, when);
  return id;
}

void VirtualTimers::cancel(Id id) {
  auto found = when_.find(id);
  if (found == when_.end()) return;
  events_.erase(Key{found->second, id});
  when_.erase(found);
}

Time VirtualTimers::next_event() const { return events_.empty() ? Time::max() : events_.begin()->first.first; }

bool VirtualTimers::run_one() {
  if (events_.empty()) return false;
  auto event = events_.extract(events_.begin());
  now_ = event.key().first;
  when_.erase(event.key().second);
  event.mapped()();
  return true;
}

void VirtualTimers::run_until(Time when) {
  while (next_event() <= when) run_one();
  now_ = std::max(now_, when);
}

}  // namespace lvm::idm
