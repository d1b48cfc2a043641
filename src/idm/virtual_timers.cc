// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/virtual_timers.h"

#include <algorithm>
#include <utility>

namespace lvm::idm {
namespace {

constexpr Time kLeastLimit = std::chrono::seconds(5), kMostLimit = std::chrono::seconds(20);

}  // namespace

Timers::Id VirtualTimers::at(Time when, Action action) {
  std::uint32_t slot = static_cast<std::uint32_t>(slots_.size());
  if (free_.empty()) {
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  slots_[slot].action = std::move(action);
  const Event event{std::max(when, now_), ++last_, slot};
  const Time ahead = event.when - now_;
  if (ahead == Time{0}) {
    soon_.push_back(event);
  } else if (ahead >= kLeastLimit && ahead <= kMostLimit && (limits_.empty() || limits_.back().when <= event.when)) {
    limits_.push_back(event);
  } else {
    heap_.push_back(event);
    std::push_heap(heap_.begin(), heap_.end());
  }
  return static_cast<Id>(++slots_[slot].use) << 32 | slot;
}

void VirtualTimers::cancel(Id id) {
  const auto slot = static_cast<std::uint32_t>(id);
  if (slot < slots_.size() && slots_[slot].use == id >> 32) slots_[slot].action = nullptr;
}

void VirtualTimers::free_front(std::deque<Event>& queue) const {
  while (!queue.empty() && cancelled(queue.front())) {
    free_.push_back(queue.front().slot);
    queue.pop_front();
  }
}

const VirtualTimers::Event* VirtualTimers::front() const {
  free_front(soon_);
  free_front(limits_);
  while (!heap_.empty() && cancelled(heap_.front())) {
    free_.push_back(heap_.front().slot);
    std::pop_heap(heap_.begin(), heap_.end());
    heap_.pop_back();
  }
  const Event* out = heap_.empty() ? nullptr : &heap_.front();
  for (const std::deque<Event>* queue : {&soon_, &limits_})
    if (!queue->empty() && (out == nullptr || *out < queue->front())) out = &queue->front();
  return out;
}

void VirtualTimers::pop(const Event& event) {
  for (std::deque<Event>* queue : {&soon_, &limits_})
    if (!queue->empty() && &queue->front() == &event) return queue->pop_front();
  std::pop_heap(heap_.begin(), heap_.end());
  heap_.pop_back();
}

Time VirtualTimers::next_event() const {
  const Event* next = front();
  return next == nullptr ? Time::max() : next->when;
}

bool VirtualTimers::run_one() {
  const Event* next = front();
  if (next == nullptr) return false;
  now_ = next->when;
  const std::uint32_t slot = next->slot;
  pop(*next);
  Action action = std::exchange(slots_[slot].action, nullptr);
  free_.push_back(slot);
  action();
  return true;
}

void VirtualTimers::run_until(Time when) {
  while (next_event() <= when) run_one();
  now_ = std::max(now_, when);
}

}  // namespace lvm::idm
