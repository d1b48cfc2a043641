// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/space.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace lvm::lockd {

Space::Space(Executor& executor, SpacePort& port, Manager& manager, LockspaceSpec spec)
    : executor_(executor), port_(port), manager_(manager), spec_(std::move(spec)) {}

void Space::run(Step job, Step done) {
  busy_ = true;
  executor_.run(spec_.name, std::move(job), [self = shared_from_this(), done = std::move(done)] {
    self->busy_ = false;
    done();
    self->work();
  });
}

void Space::start(Pending first, const JoinOptions& options) {
  started_by_ = first.client;
  auto prepared = std::make_shared<std::expected<std::unique_ptr<ManagedLockspace>, int>>();
  run([this, prepared] { *prepared = manager_.prepare(spec_); },
      [this, prepared, first = std::move(first), options]() mutable {
        if (!*prepared) return fail_start(first, prepared->error(), false);
        managed_ = std::move(**prepared);
        state_ = State::joining;
        join(std::move(first), options);
      });
}

void Space::join(Pending first, const JoinOptions& options) {
  const bool waits = first.request.options.wait;
  if (!waits) {
    Reply begun;
    begun.previous_generation = managed_->previous_generation();
    reply(first, std::move(begun));
  }
  auto joined = std::make_shared<JoinResult>();
  run([this, joined, options] { *joined = managed_->join(options); },
      [this, joined, first = std::move(first), waits] {
        if (joined->result != 0) return fail_start(first, joined->result, !waits);
        state_ = State::running;
        generation_ = joined->generation;
        has_global_ = joined->has_global;
        port_.log(fmt::format("S {} started", spec_.name));
        port_.changed(*this);
        if (waits) reply(first, 0);
      });
}

void Space::fail_start(const Pending& first, int result, bool answered) {
  port_.log(fmt::format("S {} start failed {}", spec_.name, result));
  state_ = State::ended;
  start_result_ = result;
  if (!answered) reply(first, result);
  fail_all(result == -error::manager ? result : -error::no_lockspace);
  port_.changed(*this);
}

void Space::submit(Pending pending) {
  const Request& request = pending.request;
  if (state_ == State::leaving) return reply(pending, -ESTALE);
  if (state_ == State::ended) return reply(pending, -error::no_lockspace);
  if (killed_ && !(request.op == Op::lock && request.mode == Mode::unlocked) && request.op != Op::stop &&
      request.op != Op::drop_vg && request.op != Op::kill_vg && request.op != Op::free)
    return reply(pending, -error::vg_killed);
  if (request.op == Op::lock && request.mode == Mode::unlocked)
    unlock(std::move(pending));
  else if (request.op == Op::lock || request.op == Op::update || request.op == Op::place)
    resource_of(request).queue.push_back(std::move(pending));
  else
    ops_.push_back(std::move(pending));
  work();
}

// Everything that can be done now. The lock manager's answers call it again.
void Space::work() {
  if (working_) return;
  working_ = true;
  auto self = shared_from_this();
  while (!busy_ && state_ == State::running && step()) {
  }
  working_ = false;
}

bool Space::step() {
  if (std::exchange(tell_drives_, false)) {
    run([this, drives = spec_.drives] { managed_->set_drives(drives); }, [] {});
    return true;
  }
  if (serve_op()) return true;
  for (auto& [name, resource] : resources_)
    if (serve(resource)) return true;
  for (const auto& [name, resource] : resources_) {
    if (resource.id.kind != ResourceKind::lv || resource.mode != Mode::unlocked || !resource.locks.empty() ||
        !resource.queue.empty() || !resource.unlocking.empty())
      continue;
    forget_idle(name);
    return true;
  }
  if (!std::exchange(forget_left_, false)) return false;
  run([this] { managed_->forget_left(); }, [] {});
  return true;
}

void Space::forget_idle(const std::string& name) { resources_.erase(name); }

std::optional<Time> Space::next_due() const {
  std::optional<Time> out;
  const Time now = executor_.now();
  for (const auto& [name, resource] : resources_)
    for (const Pending& pending : resource.queue)
      if (pending.due > now && (!out || pending.due < *out)) out = pending.due;
  return out;
}

bool Space::has_lv_locks() const {
  return std::ranges::any_of(resources_, [](const auto& each) {
    return each.second.id.kind == ResourceKind::lv && !each.second.locks.empty();
  });
}

void Space::set_drives(std::vector<std::string> drives) {
  spec_.drives = std::move(drives);
  tell_drives_ = true;
  work();
}

void Space::forget_left() {
  forget_left_ = true;
  work();
}

void Space::look_for_global(std::function<void()> done) {
  if (state_ != State::running || busy_) return done();
  auto found = std::make_shared<int>(0);
  run([this, found] { *found = managed_->has_global(); },
      [this, found, done = std::move(done)] {
        has_global_ = *found == 1;
        done();
      });
}

// Answers everything that waits.
void Space::fail_all(int result) {
  std::list<Pending> all = std::move(ops_);
  ops_.clear();
  for (auto& [name, resource] : resources_) {
    all.splice(all.end(), resource.queue);
    all.splice(all.end(), resource.unlocking);
  }
  for (const Pending& pending : all) reply(pending, result);
}

void Space::reply(const Pending& pending, int result) {
  Reply out;
  out.result = result;
  reply(pending, std::move(out));
}

bool Space::reply(const Pending& pending, Reply out) {
  out.generation = generation_;
  if (out.result != 0 && out.result != -EALREADY && out.result != -ENOENT)
    port_.log(fmt::format("S {} {} {} {} result {}", spec_.name, to_string(pending.request.op),
                          to_string(pending.request.resource), to_string(pending.request.mode), out.result));
  return port_.answer(pending, std::move(out));
}

std::string Space::info() const {
  std::string out = fmt::format(
      "info=ls ls_name={} vg_name={} vg_uuid={} vg_args={} lm_type={} host_id={} generation={} create_fail={} "
      "create_done={} thread_work={} thread_stop={} thread_done={} kill_vg={} fence_pr=0 no_timeout=0 "
      "sanlock_gl_enabled={}\n",
      spec_.name, spec_.vg_name.empty() ? "." : spec_.vg_name, spec_.vg_uuid.empty() ? "." : spec_.vg_uuid,
      spec_.vg_args.empty() ? "." : spec_.vg_args, to_string(kind()), spec_.host_id, generation_,
      state_ == State::ended && start_result_ != 0 ? 1 : 0, starting() ? 0 : 1, busy_ ? 1 : 0,
      state_ == State::leaving ? 1 : 0, state_ == State::ended ? 1 : 0, killed_ ? 1 : 0, has_global_ ? 1 : 0);
  auto action = [&](std::string_view word, const Pending& pending) {
    const Request& request = pending.request;
    out += fmt::format(
        "info={} client_id={} flags=0x{:x} version={} op={} rt={} mode={} lm_type={} result=0 lm_rv=0 "
        "owner_host_id=0 owner_generation=0\n",
        word, pending.client, request.options.persistent ? 1 : 0, request.version, to_string(request.op),
        to_string(request.resource), to_string(request.mode), to_string(kind()));
  };
  for (const Pending& pending : ops_) action("ls_action", pending);
  for (const auto& [name, resource] : resources_) {
    auto sharers = std::ranges::count_if(resource.locks, [](const HeldLock& l) { return l.mode == Mode::shared; });
    out += fmt::format("info=r name={} type={} mode={} sh_count={} version={}\n", name, to_string(resource.id.kind),
                       to_string(resource.mode), sharers, resource.version);
    for (const HeldLock& lock : resource.locks)
      out += fmt::format("info=lk mode={} version={} flags=0x{:x} client_id={}\n", to_string(lock.mode),
                         resource.version, lock.persistent ? 1 : 0, lock.persistent ? 0 : lock.client);
    for (const Pending& pending : resource.queue) action("r_action", pending);
  }
  return out;
}

}  // namespace lvm::lockd
