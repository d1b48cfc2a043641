// SPDX-License-Identifier: LGPL-2.1-or-later
// What is done to a lockspace as a whole.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "lockd/space.h"

namespace lvm::lockd {

// What gives back all locks waits for the commands that still work under one. (LV locks of active volumes are another
// matter.)
bool Space::may_serve(const Pending& op) const {
  const Request& request = op.request;
  const bool ends = request.op == Op::stop || request.op == Op::drop_vg || request.op == Op::rename_before ||
                    (request.op == Op::free && request.resource != ResourceKind::lv);
  if (!ends || (request.op == Op::stop && request.options.force)) return true;
  return std::ranges::none_of(resources_, [&](const auto& each) {
    return std::ranges::any_of(each.second.locks,
                               [&](const HeldLock& lock) { return !lock.persistent && lock.client != op.client; });
  });
}

bool Space::serve_op() {
  const auto at = std::ranges::find_if(ops_, [this](const Pending& op) { return may_serve(op); });
  if (at == ops_.end()) return false;
  Pending pending = std::move(*at);
  ops_.erase(at);
  const Request& request = pending.request;
  switch (request.op) {
    case Op::stop: op_stop(std::move(pending)); break;
    case Op::kill_vg: op_kill(std::move(pending)); break;
    case Op::drop_vg: op_drop(std::move(pending)); break;
    case Op::free:
      if (request.resource == ResourceKind::lv)
        op_free_lv(std::move(pending));
      else
        op_free_vg(std::move(pending));
      break;
    case Op::busy: op_busy(std::move(pending)); break;
    case Op::rename_before: op_rename_before(std::move(pending)); break;
    case Op::enable: op_set_global(std::move(pending), true); break;
    case Op::disable: op_set_global(std::move(pending), false); break;
    case Op::find_free_lock: op_find_free_lock(std::move(pending)); break;
    case Op::query_lock: op_query(std::move(pending)); break;
    case Op::set_remote_lv_lock: op_set_remote(std::move(pending)); break;
    default: reply(pending, -EPROTONOSUPPORT); break;
  }
  return true;
}

void Space::op_stop(Pending pending) {
  if (has_lv_locks() && !pending.request.options.force) return reply(pending, -EBUSY);
  leave(std::move(pending), false);
}

// From now on nothing may be locked any more: the storage of the locks is lost. What is active has to be made inactive
// by force, and then the lockspace be dropped.
void Space::op_kill(Pending pending) {
  port_.log(fmt::format("S {} kill_vg", spec_.name));
  killed_ = true;
  reply(pending, 0);
}

void Space::op_drop(Pending pending) {
  port_.log(fmt::format("S {} drop_vg", spec_.name));
  leave(std::move(pending), true);
}

// Goes on only when no other host has the lockspace started.
void Space::when_alone(Pending pending, std::function<void(Pending)> go_on) {
  auto count = std::make_shared<HostCount>();
  run([this, count] { *count = managed_->hosts(); },
      [this, count, pending = std::move(pending), go_on = std::move(go_on)]() mutable {
        if (count->result == 0 && count->others == 0) return go_on(std::move(pending));
        Reply out;
        out.result = count->result < 0 ? count->result : -EBUSY;
        if (count->others > 0 && count->unknown == count->others) out.flags.emplace_back("HOSTS_UNKNOWN");
        reply(pending, std::move(out));
      });
}

void Space::op_busy(Pending pending) {
  when_alone(std::move(pending), [this](const Pending& alone) { reply(alone, 0); });
}

void Space::op_free_vg(Pending pending) {
  if (has_lv_locks()) return reply(pending, -EBUSY);
  when_alone(std::move(pending),
             [this](Pending alone) { leave(std::move(alone), false, [this] { return managed_->free_vg(); }); });
}

void Space::op_rename_before(Pending pending) {
  if (has_lv_locks()) return reply(pending, -EBUSY);
  when_alone(std::move(pending), [this](Pending alone) { leave(std::move(alone), false); });
}

void Space::simple_op(Pending pending, std::function<int()> call) {
  auto result = std::make_shared<int>(0);
  run([result, call = std::move(call)] { *result = call(); },
      [this, result, pending = std::move(pending)] { reply(pending, *result); });
}

void Space::op_set_global(Pending pending, bool enable) {
  auto result = std::make_shared<int>(0);
  run([this, result, enable] { *result = managed_->set_global(enable); },
      [this, result, enable, pending = std::move(pending)] {
        if (*result == 0) has_global_ = enable;
        reply(pending, *result);
      });
}

void Space::op_find_free_lock(Pending pending) {
  const std::int64_t size = pending.request.lv_size_bytes;
  simple_op(std::move(pending), [this, size] { return managed_->find_free_lock(size); });
}

void Space::op_free_lv(Pending pending) {
  ResourceId id{ResourceKind::lv, pending.request.lv_uuid, pending.request.lv_args, pending.request.drives};
  simple_op(std::move(pending), [this, id] { return managed_->free_lv(id); });
}

void Space::op_set_remote(Pending pending) {
  ResourceId id{ResourceKind::lv, pending.request.lv_uuid, pending.request.lv_args, {}};
  const Mode mode = pending.request.mode;
  simple_op(std::move(pending), [this, id, mode] { return managed_->set_remote(id, mode); });
}

void Space::op_query(Pending pending) {
  Reply out;
  const bool lv = pending.request.resource == ResourceKind::lv;
  auto found = resources_.find(lv ? pending.request.lv_uuid : std::string(kVgResource));
  if (found != resources_.end()) {
    const HeldLock* persistent = found->second.persistent_lock();
    out.mode = persistent != nullptr ? persistent->mode : found->second.mode;
  }
  reply(pending, std::move(out));
}

// Gives everything back and leaves. A lock manager that cannot let go yet (busy) keeps us in.
void Space::leave(Pending pending, bool force, std::function<int()> before_leaving) {
  state_ = State::leaving;
  fail_all(-ESTALE);
  std::vector<std::pair<Resource*, std::optional<Value>>> held;
  for (auto& [name, resource] : resources_)
    if (resource.mode != Mode::unlocked) held.emplace_back(&resource, resource.value());
  auto result = std::make_shared<int>(0);
  auto given_back = std::make_shared<bool>(false);
  auto job = [this, result, given_back, force, held, before_leaving = std::move(before_leaving)] {
    if (before_leaving) *result = before_leaving();
    if (*result != 0) return;
    if (!force)
      for (const auto& [resource, value] : held) managed_->unlock(resource->id, resource->mode, value);
    *given_back = true;
    *result = managed_->leave(force);
  };
  run(std::move(job), [this, result, given_back, force, held, pending = std::move(pending)] {
    if (*result < 0 && !force) {
      port_.log(fmt::format("S {} leave failed {}", spec_.name, *result));
      state_ = State::running;
      if (*given_back)
        for (const auto& [resource, value] : held) {
          resource->mode = Mode::unlocked;
          resource->locks.clear();
        }
      return reply(pending, *result);
    }
    state_ = State::ended;
    resources_.clear();
    port_.log(fmt::format("S {} stopped", spec_.name));
    reply(pending, 0);
    port_.changed(*this);
  });
}

}  // namespace lvm::lockd
