// SPDX-License-Identifier: LGPL-2.1-or-later
// Where the global lock is. dlm and idm have a lockspace of its own; with sanlock it is in the lockspace of one VG.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "lockd/core.h"

namespace lvm::lockd {

void Core::global_request(Pending pending) {
  ManagerKind kind = global_kind_;
  // The cluster-wide one wins over the one of a VG.
  if (kind == ManagerKind::none || (kind == ManagerKind::sanlock && pending.request.manager == ManagerKind::dlm))
    kind = pending.request.manager;
  if (kind != ManagerKind::none) return global_of(kind, std::move(pending));
  probe_managers([this, pending = std::move(pending)](const std::vector<ManagerKind>& running) mutable {
    if (running.size() == 1) return global_of(running.front(), std::move(pending));
    Reply out;
    out.result = -error::no_lockspace;
    if (running.empty()) out.flags.emplace_back("NO_LM");
    answer(pending, std::move(out));
  });
}

void Core::global_of(ManagerKind kind, Pending pending) {
  if (manager(kind) == nullptr) return reply(pending, -EPROTONOSUPPORT);
  if (kind == ManagerKind::sanlock) return global_sanlock(std::move(pending), false);
  const bool unlocks = pending.request.mode == Mode::unlocked;
  SpacePtr space = find(std::string(kGlobalLockspace));
  if (unlocks && !space) return reply(pending, -ENOENT);
  global_kind_ = kind;
  const RequestOptions& options = pending.request.options;
  if (!space) space = start_global(kind, {options.adopt, options.adopt_only, options.nodelay, options.repair});
  // While it starts, the request waits in it.
  space->submit(std::move(pending));
}

void Core::global_sanlock(Pending pending, bool looked) {
  for (const auto& [name, space] : spaces_)
    if (space->has_global() && space->state() == Space::State::running) return space->submit(std::move(pending));
  std::vector<SpacePtr> unsure;
  for (const auto& [name, space] : spaces_)
    if (space->kind() == ManagerKind::sanlock && space->state() == Space::State::running) unsure.push_back(space);
  if (looked || unsure.empty()) {
    if (pending.request.mode == Mode::unlocked) return reply(pending, -ENOENT);
    return reply(pending, -error::no_lockspace);
  }
  // Another host may have enabled it since these VGs were started.
  auto left = std::make_shared<std::size_t>(unsure.size());
  auto asked = std::make_shared<Pending>(std::move(pending));
  for (const SpacePtr& space : unsure)
    space->look_for_global([this, left, asked] {
      if (--*left == 0) global_sanlock(std::move(*asked), true);
    });
}

bool Core::global_enabled_somewhere() const {
  return std::ranges::any_of(spaces_, [](const auto& each) { return each.second->has_global(); });
}

void Core::probe_managers(std::function<void(std::vector<ManagerKind>)> done) {
  auto running = std::make_shared<std::vector<ManagerKind>>();
  executor_.run(
      "worker",
      [this, running] {
        for (const auto& each : managers_)
          if (each->running()) running->push_back(each->kind());
      },
      [running, done = std::move(done)] { done(*running); });
}

}  // namespace lvm::lockd
