// SPDX-License-Identifier: LGPL-2.1-or-later
// Lockspaces begin and end.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "lockd/core.h"

namespace lvm::lockd {

void Core::start(Pending pending) {
  Request& request = pending.request;
  Manager* with = manager(request.manager);
  if (with == nullptr) return reply(pending, -EPROTONOSUPPORT);
  if (request.vg_name.empty()) return reply(pending, -EINVAL);
  LockspaceSpec spec{lockspace_name(request.manager, request.vg_name),
                     request.vg_name,
                     request.vg_uuid,
                     request.vg_args,
                     0,
                     request.drives,
                     static_cast<std::uint64_t>(request.version)};
  spec.host_id = request.host_id > 0 ? static_cast<std::uint32_t>(request.host_id) : options_.host_id;
  if (SpacePtr there = find(spec.name)) {
    if (there->spec().vg_name != request.vg_name) return reply(pending, -EEXIST);
    if (there->starting()) return reply(pending, -error::starting);
    if (there->state() != Space::State::running) return reply(pending, -EAGAIN);
    if (!request.drives.empty()) there->set_drives(request.drives);
    return reply(pending, -EEXIST);
  }
  if (global_kind_ == ManagerKind::none) global_kind_ = request.manager;
  const RequestOptions& options = request.options;
  const JoinOptions join{options.adopt, options.adopt_only, options.nodelay, options.repair};
  if (request.manager != ManagerKind::sanlock) start_global(request.manager, join);
  auto space = std::make_shared<Space>(executor_, *this, *with, std::move(spec));
  spaces_[space->spec().name] = space;
  space->start(std::move(pending), join);
}

Core::SpacePtr Core::start_global(ManagerKind kind, const JoinOptions& options) {
  const std::string name(kGlobalLockspace);
  if (SpacePtr there = find(name)) return there;
  auto space = std::make_shared<Space>(executor_, *this, *manager(kind), LockspaceSpec{.name = name});
  spaces_[name] = space;
  Pending start;
  start.request.op = Op::start;
  space->start(std::move(start), options);
  return space;
}

void Core::start_wait(Pending pending) {
  start_waits_.push_back(std::move(pending));
  settle();
}

// Answers those who wait for lockspaces to start.
void Core::settle() {
  if (std::ranges::any_of(spaces_, [](const auto& each) { return each.second->starting(); })) return;
  for (const Pending& pending : std::exchange(start_waits_, {})) {
    auto failure = start_failures_.find(pending.client);
    const int result = failure == start_failures_.end() ? 0 : failure->second;
    start_failures_.erase(pending.client);
    reply(pending, result);
  }
}

// Lockspaces in use stay, unless by force: the answer is then that it is busy.
void Core::stop_all(Pending pending) {
  struct Count {
    Pending asked;
    std::size_t left = 0;
    int result = 0;
  };
  auto count = std::make_shared<Count>();
  const bool waits = pending.request.options.wait;
  const bool force = pending.request.options.force;
  count->asked = std::move(pending);
  std::vector<SpacePtr> targets;
  for (const auto& [name, space] : spaces_)
    if (!space->spec().vg_name.empty()) targets.push_back(space);
  count->left = targets.size();
  if (!waits || targets.empty()) reply(count->asked, 0);
  for (const SpacePtr& space : targets) {
    Pending stop;
    stop.request.op = Op::stop;
    stop.request.vg_name = space->spec().vg_name;
    stop.request.options.force = force;
    stop.answer = [this, count, waits](const Request&, const Reply& result) {
      if (result.result != 0) count->result = result.result;
      if (--count->left == 0 && waits) reply(count->asked, count->result);
      return true;
    };
    space->submit(std::move(stop));
  }
  if (targets.empty()) stop_unused();
}

}  // namespace lvm::lockd
