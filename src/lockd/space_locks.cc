// SPDX-License-Identifier: LGPL-2.1-or-later
// Locks of one lockspace: who waits, who is asked, who gets it.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "lockd/space.h"

namespace lvm::lockd {
namespace {

constexpr Time kRetryAfter{1000};

std::string resource_name(const Request& request) {
  switch (request.resource) {
    case ResourceKind::global: return std::string(kGlobalResource);
    case ResourceKind::lv: return request.lv_uuid;
    default: return std::string(kVgResource);
  }
}

bool is_local(const Pending& pending) { return pending.client == 0; }

}  // namespace

Resource& Space::resource_of(const Request& request) {
  const std::string name = resource_name(request);
  Resource& out = resources_[name];
  out.id.kind = request.resource == ResourceKind::none ? ResourceKind::vg : request.resource;
  out.id.name = name;
  if (!request.lv_args.empty()) out.id.lv_args = request.lv_args;
  if (!request.drives.empty() && request.resource == ResourceKind::lv && request.op == Op::lock)
    out.id.drives = request.drives;
  return out;
}

bool Space::serve(Resource& resource) {
  // Holders that vanished, and unlocks: when nobody is left the lock manager gets it back.
  if (resource.locks.empty() && resource.mode != Mode::unlocked) {
    unlock_in_manager(resource);
    return true;
  }
  return serve_update(resource) || serve_place(resource) || serve_wanted(resource);
}

bool Space::serve_update(Resource& resource) {
  auto at = std::ranges::find_if(resource.queue, [](const Pending& each) { return each.request.op == Op::update; });
  if (at == resource.queue.end()) return false;
  const Pending pending = std::move(*at);
  resource.queue.erase(at);
  const HeldLock* own = resource.of_client(pending.client);
  if (own == nullptr || own->mode != Mode::exclusive) {
    reply(pending, -EINVAL);
    return true;
  }
  const auto wanted = static_cast<std::uint32_t>(pending.request.version);
  resource.version = pending.request.options.next_version ? resource.version + 1 : wanted;
  resource.value_changed = true;
  reply(pending, 0);
  return true;
}

// What the client read of the VG says that these drives decide. A VG's lock that was on others was none: the flag MOVED
// tells every holder once that it has to read again.
bool Space::serve_place(Resource& resource) {
  auto at = std::ranges::find_if(resource.queue, [](const Pending& each) { return each.request.op == Op::place; });
  if (at == resource.queue.end()) return false;
  const Pending pending = std::move(*at);
  resource.queue.erase(at);
  const Request& request = pending.request;
  const bool of_lv = resource.id.kind == ResourceKind::lv;
  if (request.drives.empty() || (!of_lv && resource.of_client(pending.client) == nullptr)) {
    reply(pending, -EINVAL);
    return true;
  }
  auto result = std::make_shared<LockResult>();
  run(
      [this, result, id = resource.id, drives = request.drives, generation = request.version,
       joint = request.options.joint] {
        *result = managed_->place(id, drives, static_cast<std::uint64_t>(generation), joint);
      },
      [this, &resource, result, pending] { finish_place(resource, pending, *result); });
  return true;
}

void Space::finish_place(Resource& resource, const Pending& pending, const LockResult& placed) {
  const bool of_lv = resource.id.kind == ResourceKind::lv;
  const int result = placed.result;
  if (result > 0) ++resource.placements;
  if (!resource.value_changed && !take_value(resource, placed)) return reply(pending, -error::removed);
  if (result >= 0 && !pending.request.options.joint)
    (of_lv ? resource.id.drives : spec_.drives) = pending.request.drives;
  Reply out;
  out.result = std::min(result, 0);
  if (HeldLock* own = resource.of_client(pending.client); own != nullptr && result >= 0) {
    if (own->placements != resource.placements) out.flags.emplace_back("MOVED");
    own->placements = resource.placements;
  }
  reply(pending, std::move(out));
}

// In order; a shared request may not pass an exclusive one that came before it.
bool Space::serve_wanted(Resource& resource) {
  const Time now = executor_.now();
  bool exclusive_waits = false;
  for (auto at = resource.queue.begin(); at != resource.queue.end(); ++at) {
    if (at->due > now) {
      exclusive_waits |= at->request.mode == Mode::exclusive;
      continue;
    }
    const Verdict verdict = judge(resource, *at);
    switch (verdict.action) {
      case Verdict::Action::wait: exclusive_waits |= at->request.mode == Mode::exclusive; continue;
      case Verdict::Action::ask_convert: ask_convert(resource, at); return true;
      case Verdict::Action::ask_lock:
        if (exclusive_waits) continue;
        ask_lock(resource, at);
        return true;
      default: break;
    }
    if (verdict.action == Verdict::Action::share && exclusive_waits) continue;
    Pending pending = std::move(*at);
    resource.queue.erase(at);
    if (verdict.action == Verdict::Action::answer) {
      Reply out;
      out.result = verdict.result;
      if (verdict.shared_exists) out.flags.emplace_back("SH_EXISTS");
      reply(pending, std::move(out));
    } else if (verdict.action == Verdict::Action::keep) {
      resource.of_client(pending.client)->persistent = true;
      port_.changed(*this);
      reply(pending, 0);
    } else {
      grant(resource, pending);
    }
    return true;
  }
  return false;
}

void Space::ask_lock(Resource& resource, std::list<Pending>::iterator at) {
  Pending pending = std::move(*at);
  resource.queue.erase(at);
  auto result = std::make_shared<LockResult>();
  const RequestOptions& options = pending.request.options;
  LockOptions lock{options.adopt, options.adopt_only, options.repair};
  run([this, result, id = resource.id, mode = pending.request.mode, lock] { *result = managed_->lock(id, mode, lock); },
      [this, &resource, result, pending = std::move(pending)]() mutable {
        finish_lock(resource, std::move(pending), *result);
      });
}

void Space::finish_lock(Resource& resource, Pending pending, const LockResult& result) {
  if (result.result == 0) {
    resource.mode = pending.request.mode;
    resource.value_changed = false;
    if (!take_value(resource, result)) {
      // With nobody in it, it goes back to the lock manager.
      return reply(pending, -error::removed);
    }
    if (!is_local(pending) && !port_.client_alive(pending.client)) return;
    return grant(resource, pending);
  }
  const bool waits = resource.id.kind != ResourceKind::lv || result.retry;
  if (result.result == -EAGAIN && waits && pending.retries < pending.request.max_retries) {
    ++pending.retries;
    pending.due = executor_.now() + kRetryAfter;
    if (is_local(pending) || port_.client_alive(pending.client)) resource.queue.push_front(std::move(pending));
    return;
  }
  Reply out;
  out.result = result.result;
  out.manager_result = result.manager_result;
  out.owner = result.owner;
  reply(pending, std::move(out));
}

// False: what the lock is for is gone.
bool Space::take_value(Resource& resource, const LockResult& result) {
  if (!result.value || resource.id.kind == ResourceKind::lv) return true;
  if (result.value->removed) return false;
  if (result.value->version < resource.version)
    port_.log(fmt::format("S {} R {} version {} was {}", spec_.name, resource.id.name, result.value->version,
                          resource.version));
  resource.version = result.value->version;
  return true;
}

void Space::grant(Resource& resource, Pending& pending) {
  const Request& request = pending.request;
  resource.locks.push_back({request.mode, request.options.persistent, pending.client, resource.placements});
  if (request.resource == ResourceKind::lv) {
    resource.lv_args = request.lv_args;
    port_.changed(*this);
  }
  if (reply(pending, Reply{}) || is_local(pending)) return;
  // Nobody learnt of it: what a command does not know it holds would stay for ever.
  std::erase_if(resource.locks, [&](const HeldLock& lock) { return lock.client == pending.client; });
  port_.changed(*this);
}

void Space::ask_convert(Resource& resource, std::list<Pending>::iterator at) {
  Pending pending = std::move(*at);
  resource.queue.erase(at);
  auto result = std::make_shared<LockResult>();
  run([this, result, id = resource.id, from = resource.mode, to = pending.request.mode,
       value = resource.value()] { *result = managed_->convert(id, from, to, value); },
      [this, &resource, result, pending = std::move(pending)] {
        const bool persistent = pending.request.options.persistent;
        HeldLock* lock = persistent ? resource.persistent_lock() : resource.of_client(pending.client);
        if (result->result == 0) {
          if (resource.id.kind == ResourceKind::global && resource.mode == Mode::exclusive) ++resource.version;
          resource.value_changed = false;
          resource.mode = pending.request.mode;
          if (lock != nullptr) lock->mode = pending.request.mode;
          port_.changed(*this);
        } else if (lock != nullptr && pending.request.mode == Mode::shared) {
          // Whatever the lock manager did: its holder has stopped writing alone, and is not told that it may.
          lock->mode = Mode::shared;
          port_.changed(*this);
        }
        Reply out;
        out.result = result->result;
        out.manager_result = result->manager_result;
        out.owner = result->owner;
        reply(pending, std::move(out));
      });
}

void Space::unlock(Pending pending) {
  auto found = resources_.find(resource_name(pending.request));
  if (found == resources_.end()) return reply(pending, -ENOENT);
  Resource& resource = found->second;
  if (pending.request.options.unlock_cancel) {
    std::list<Pending> cancelled;
    for (auto at = resource.queue.begin(); at != resource.queue.end();) {
      auto here = at++;
      if (here->client == pending.client) cancelled.splice(cancelled.end(), resource.queue, here);
    }
    for (const Pending& each : cancelled) reply(each, -ECANCELED);
  }
  HeldLock* lock = pending.request.options.persistent ? resource.persistent_lock() : resource.of_client(pending.client);
  if (lock == nullptr) return reply(pending, -ENOENT);
  resource.locks.erase(resource.locks.begin() + (lock - resource.locks.data()));
  if (resource.id.kind == ResourceKind::lv) port_.changed(*this);
  if (!resource.locks.empty()) return reply(pending, 0);
  resource.unlocking.push_back(std::move(pending));
}

void Space::unlock_in_manager(Resource& resource) {
  auto result = std::make_shared<int>(0);
  run([this, result, id = resource.id, mode = resource.mode,
       value = resource.value()] { *result = managed_->unlock(id, mode, value); },
      [this, &resource, result] {
        if (*result != 0) port_.log(fmt::format("S {} R {} unlock error {}", spec_.name, resource.id.name, *result));
        if (resource.id.kind == ResourceKind::global && resource.mode == Mode::exclusive) ++resource.version;
        resource.mode = Mode::unlocked;
        resource.value_changed = false;
        const std::list<Pending> unlocking = std::move(resource.unlocking);
        resource.unlocking.clear();
        for (const Pending& pending : unlocking) reply(pending, 0);
      });
}

void Space::close(ClientId client) {
  auto self = shared_from_this();
  for (auto& [name, resource] : resources_) {
    std::erase_if(resource.queue, [&](const Pending& pending) { return pending.client == client; });
    std::erase_if(resource.locks, [&](const HeldLock& lock) { return !lock.persistent && lock.client == client; });
  }
  work();
}

}  // namespace lvm::lockd
