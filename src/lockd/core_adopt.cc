// SPDX-License-Identifier: LGPL-2.1-or-later
// A daemon that died has left its locks with the lock manager, for volumes are still active under them. The next one
// takes them over before it serves anybody.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "lockd/core.h"

namespace lvm::lockd {

struct Core::Adoption {
  AdoptState state;
  std::vector<std::string> problems;
  std::size_t left = 0;
  std::function<void(std::vector<std::string>)> done;

  void finish_one() {
    if (--left == 0) done(std::move(problems));
  }
};

AdoptState Core::adopt_state() const {
  AdoptState out;
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

void Core::adopt(const AdoptState& state, std::function<void(std::vector<std::string>)> done) {
  auto adoption = std::make_shared<Adoption>();
  adoption->state = state;
  adoption->done = std::move(done);
  if (state.vgs.empty()) return adoption->done({});
  auto starting = std::make_shared<std::size_t>(state.vgs.size());
  for (const AdoptVg& vg : state.vgs) {
    Request request;
    request.op = Op::start;
    request.resource = ResourceKind::vg;
    request.manager = vg.manager;
    request.vg_name = vg.name;
    request.vg_uuid = vg.uuid;
    request.vg_args = vg.args;
    request.options.wait = true;
    request.options.adopt = true;
    internal(std::move(request), [this, adoption, starting, name = vg.name](int result) {
      if (result != 0) adoption->problems.push_back(fmt::format("lockspace of VG {}: error {}", name, result));
      if (--*starting == 0) adopt_locks(adoption);
    });
  }
}

void Core::adopt_locks(const std::shared_ptr<Adoption>& adoption) {
  adoption->left = 2 * adoption->state.vgs.size() + adoption->state.lvs.size();
  for (const AdoptLv& lv : std::vector(adoption->state.lvs)) adopt_lv(adoption, lv, lv.mode, false);
  // A command that died with the daemon may have left its VG's lock: taken over and given back.
  for (const AdoptVg& vg : std::vector(adoption->state.vgs)) {
    adopt_and_release(adoption, vg, ResourceKind::vg, Mode::shared);
    adopt_and_release(adoption, vg, ResourceKind::global, Mode::shared);
  }
}

void Core::adopt_lv(const std::shared_ptr<Adoption>& adoption, const AdoptLv& lv, Mode mode, bool second) {
  auto vg = std::ranges::find(adoption->state.vgs, lv.vg_uuid, &AdoptVg::uuid);
  if (vg == adoption->state.vgs.end()) {
    adoption->problems.push_back(fmt::format("LV {} is of no VG in the adopt file", lv.uuid));
    return adoption->finish_one();
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
    if (result != 0) adoption->problems.push_back(fmt::format("lock of LV {}: error {}", lv.uuid, result));
    adoption->finish_one();
  });
}

void Core::adopt_and_release(const std::shared_ptr<Adoption>& adoption, const AdoptVg& vg, ResourceKind kind,
                             Mode mode) {
  Request request;
  request.op = Op::lock;
  request.resource = kind;
  request.mode = mode;
  request.manager = vg.manager;
  request.vg_name = vg.name;
  request.options.adopt_only = true;
  internal(request, [this, adoption, vg, kind, mode, request](int result) mutable {
    if (result == -error::adopt_retry && mode == Mode::shared)
      return adopt_and_release(adoption, vg, kind, Mode::exclusive);
    if (result != 0) return adoption->finish_one();  // there was none
    request.mode = Mode::unlocked;
    request.options = {};
    internal(std::move(request), [adoption](int) { adoption->finish_one(); });
  });
}

}  // namespace lvm::lockd
