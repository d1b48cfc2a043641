// SPDX-License-Identifier: LGPL-2.1-or-later
// A daemon that died has left its locks with the lock manager, for volumes are still active under them. The next one
// takes them over before it serves anybody.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "lockd/core.h"

namespace lvm::lockd {

namespace {

constexpr Time kRetryAdoption{1000};

}  // namespace

struct Core::Adoption {
  AdoptState state;
  std::vector<std::string> problems;
  std::size_t starting = 0, left = 0;
  std::function<void(std::vector<std::string>)> done;
};

AdoptState Core::adopt_state() const {
  AdoptState out;
  out.lvs = not_adopted_;
  for (const auto& [name, space] : spaces_) {
    const LockspaceSpec& spec = space->spec();
    if (spec.vg_name.empty() || space->state() != Space::State::running) continue;
    out.vgs.push_back({spec.vg_uuid, spec.vg_name, space->kind(), spec.vg_args});
    for (const auto& [uuid, resource] : space->resources()) {
      if (resource.id.kind != ResourceKind::lv) continue;
      for (const HeldLock& lock : resource.locks)
        if (lock.persistent) out.lvs.push_back({spec.vg_uuid, uuid, resource.lv_args, lock.mode, resource.version});
    }
  }
  return out;
}

void Core::internal(Request request, std::function<void(int)> done) {
  submit(0, std::move(request), [done = std::move(done)](const Request&, const Reply& reply) {
    done(reply.result);
    return true;
  });
}

void Core::finish_one(const std::shared_ptr<Adoption>& adoption) {
  if (--adoption->left != 0) return;
  adopt_changed_ = true;
  for (const AdoptVg& vg : adoption->state.vgs) give_back_left(vg, adoption->problems.empty());
  adoption->done(std::move(adoption->problems));
}

void Core::adopt(const AdoptState& state, std::function<void(std::vector<std::string>)> done) {
  auto adoption = std::make_shared<Adoption>();
  adoption->state = state;
  adoption->done = std::move(done);
  if (state.vgs.empty()) return adoption->done({});
  adoption->starting = state.vgs.size();
  for (const AdoptVg& vg : state.vgs) adopt_vg(adoption, vg);
}

namespace {

Request start_again(const AdoptVg& vg) {
  Request request;
  request.op = Op::start;
  request.resource = ResourceKind::vg;
  request.manager = vg.manager;
  request.vg_name = vg.name;
  request.vg_uuid = vg.uuid;
  request.vg_args = vg.args;
  request.options.wait = true;
  request.options.adopt = true;
  return request;
}

}  // namespace

void Core::adopt_vg(const std::shared_ptr<Adoption>& adoption, const AdoptVg& vg) {
  internal(start_again(vg), [this, adoption, vg](int result) {
    // The lock manager may have died as well. For locks of active volumes it is waited for.
    const bool needed = std::ranges::find(adoption->state.lvs, vg.uuid, &AdoptLv::vg_uuid) != adoption->state.lvs.end();
    if (result == -error::manager && needed)
      return later(kRetryAdoption, [this, adoption, vg] { adopt_vg(adoption, vg); });
    if (result == -error::manager)
      adopt_late(vg);
    else if (result != 0)
      adoption->problems.push_back(fmt::format("lockspace of VG {}: error {}", vg.name, result));
    if (--adoption->starting == 0) adopt_locks(adoption);
  });
}

// No volume is active there, but a former daemon may have left locks.
void Core::adopt_late(const AdoptVg& vg) {
  later(kRetryAdoption, [this, vg] {
    internal(start_again(vg), [this, vg](int result) {
      if (result == -error::manager || result == -error::starting) return adopt_late(vg);
      give_back_left(vg, true);
    });
  });
}

void Core::adopt_locks(const std::shared_ptr<Adoption>& adoption) {
  adoption->left = 2 * adoption->state.vgs.size() + adoption->state.lvs.size();
  for (const AdoptLv& lv : std::vector(adoption->state.lvs)) adopt_lv(adoption, lv, lv.mode, false);
  // Locks of commands: who was at work under one may still be.
  for (const AdoptVg& vg : std::vector(adoption->state.vgs)) {
    adopt_and_keep(adoption, vg, ResourceKind::vg, Mode::shared);
    adopt_and_keep(adoption, vg, ResourceKind::global, Mode::shared);
  }
}

void Core::adopt_lv(const std::shared_ptr<Adoption>& adoption, const AdoptLv& lv, Mode mode, bool second) {
  auto vg = std::ranges::find(adoption->state.vgs, lv.vg_uuid, &AdoptVg::uuid);
  if (vg == adoption->state.vgs.end()) {
    adoption->problems.push_back(fmt::format("LV {} is of no VG in the adopt file", lv.uuid));
    return finish_one(adoption);
  }
  Request request;
  request.op = Op::lock;
  request.resource = ResourceKind::lv;
  request.mode = mode;
  request.manager = vg->manager;
  request.vg_name = vg->name;
  request.lv_uuid = lv.uuid;
  request.lv_args = lv.args;
  request.options.persistent = true;
  request.options.adopt_only = true;
  internal(std::move(request), [this, adoption, lv, mode, second](int result) {
    if (result == -error::adopt_retry && !second)
      return adopt_lv(adoption, lv, mode == Mode::shared ? Mode::exclusive : Mode::shared, true);
    if (result == -error::manager || result == -EAGAIN)
      return later(kRetryAdoption, [this, adoption, lv, mode] { adopt_lv(adoption, lv, mode, false); });
    if (result != 0) {
      adoption->problems.push_back(fmt::format("lock of LV {}: error {}", lv.uuid, result));
      not_adopted_.push_back(lv);  // the next daemon is to know of it, too
    }
    finish_one(adoption);
  });
}

void Core::adopt_and_keep(const std::shared_ptr<Adoption>& adoption, const AdoptVg& vg, ResourceKind kind, Mode mode) {
  Request request;
  request.op = Op::lock;
  request.resource = kind;
  request.mode = mode;
  request.manager = vg.manager;
  request.vg_name = vg.name;
  request.options.adopt_only = true;
  internal(std::move(request), [this, adoption, vg, kind, mode](int result) {
    if (result == -error::adopt_retry && mode == Mode::shared)
      return adopt_and_keep(adoption, vg, kind, Mode::exclusive);
    finish_one(adoption);  // or there was none
  });
}

// The daemon's own locks that it has adopted for commands, and locks that no volume needs: when no command of the
// former daemon's time is left.
void Core::give_back_left(const AdoptVg& vg, bool forget) {
  std::set<int> clients;
  for (const auto& [id, client] : clients_) clients.insert(client.first);
  if (options_.vg_in_use && options_.vg_in_use(vg.name, clients))
    return later(kRetryAdoption, [this, vg, forget] { give_back_left(vg, forget); });
  for (ResourceKind kind : {ResourceKind::vg, ResourceKind::global}) {
    Request request;
    request.op = Op::lock;
    request.resource = kind;
    request.mode = Mode::unlocked;
    request.manager = vg.manager;
    request.vg_name = vg.name;
    internal(std::move(request), [](int) {});
  }
  if (!forget) return;
  for (const std::string& name : {lockspace_name(vg.manager, vg.name), std::string(kGlobalLockspace)})
    if (SpacePtr space = find(name)) space->forget_left();
}

}  // namespace lvm::lockd
