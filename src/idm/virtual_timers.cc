// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/virtual_timers.h"

#include <algorithm>
#include <utility>

namespace lvm::idm {

Timers::Id VirtualTimers::at(Time when, Action action) {
  std::uint32_t slot = static_cast<std::uint32_t>(slots_.size());
  if (free_.empty()) {
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  slots_[slot].action = std::move(action);
  heap_.push_back({std::max(when, now_), ++last_, slot});
  std::push_heap(heap_.begin(), heap_.end());
  return static_cast<Id>(++slots_[slot].use) << 32 | slot;
}

void VirtualTimers::cancel(Id id) {
  const auto slot = static_cast<std::uint32_t>(id);
  if (slot < slots_.size() && slots_[slot].use == id >> 32) slots_[slot].action = nullptr;
}

void VirtualTimers::drop_cancelled() const {
  while (!heap_.empty() && !slots_[heap_.front().slot].action) {
    free_.push_back(heap_.front().slot);
    std::pop_heap(heap_.begin(), heap_.end());
    heap_.pop_back();
  }
}

Time VirtualTimers::next_event() const {
  drop_cancelled();
  return heap_.empty() ? Time::max() : heap_.front().when;
}

bool VirtualTimers::run_one() {
  drop_cancelled();
  if (heap_.empty()) return false;
  const Event event = heap_.front();
  std::pop_heap(heap_.begin(), heap_.end());
  heap_.pop_back();
  now_ = event.when;
  Action action = std::exchange(slots_[event.slot].action, nullptr);
  free_.push_back(event.slot);
  action();
  return true;
}

void VirtualTimers::run_until(Time when) {
  while (next_event() <= when) run_one();
  now_ = std::max(now_, when);
}

}  // namespace lvm::idm
