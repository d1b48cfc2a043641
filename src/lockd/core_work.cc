// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests that belong to no running lockspace.
#include <cerrno>
#include <utility>

#include "lockd/core.h"

namespace lvm::lockd {

void Core::init_vg(Pending pending) {
  const Request& request = pending.request;
  Manager* with = manager(request.manager);
  if (with == nullptr) return reply(pending, -EPROTONOSUPPORT);
  // Another VG whose cut name is the same would share its locks.
  SpacePtr same = find(lockspace_name(request.manager, request.vg_name));
  if (same) return reply(pending, -EEXIST);
  if (global_kind_ == ManagerKind::none) global_kind_ = request.manager;
  const bool first = global_kind_ == ManagerKind::sanlock && !global_enabled_somewhere() && spaces_.empty();
  const bool enable = request.options.enable || (!request.options.disable && first);
  InitVg init{request.vg_name, request.vg_args, request.set_lock_args, request.align_mb, enable};
  auto result = std::make_shared<InitResult>();
  executor_.run(
      "worker", [with, init, result] { *result = with->init_vg(init); },
      [this, result, pending = std::move(pending)] {
        Reply out;
        out.result = result->result;
        out.vg_args = result->args;
        answer(pending, std::move(out));
      });
}

void Core::init_lv(Pending pending) {
  const Request& request = pending.request;
  Manager* with = manager(request.manager);
  if (with == nullptr) return reply(pending, -EPROTONOSUPPORT);
  InitLv init{request.vg_name, request.vg_args, request.lv_name, request.lv_uuid, request.previous_lv_args};
  auto result = std::make_shared<InitResult>();
  // On the thread of its lockspace: two leases must not find the same free place.
  executor_.run(
      lockspace_name(request.manager, request.vg_name), [with, init, result] { *result = with->init_lv(init); },
      [this, result, pending = std::move(pending)] {
        Reply out;
        out.result = result->result;
        out.vg_args = pending.request.vg_args;
        out.lv_args = result->args;
        answer(pending, std::move(out));
      });
}

void Core::running_lm(Pending pending) {
  probe_managers([this, pending = std::move(pending)](const std::vector<ManagerKind>& running) {
    if (running.size() == 1) return reply(pending, static_cast<int>(running.front()));
    reply(pending, running.empty() ? -ENOLCK : -EXFULL);
  });
}

void Core::vg_status(Pending pending) {
  SpacePtr space = find_vg(pending.request.vg_name);
  Reply out;
  if (!space) {
    out.result = -error::no_lockspace;
  } else if (space->starting()) {
    out.result = -error::starting;
  } else {
    out.owner = Owner{space->spec().host_id, space->generation(), 0, {}, {}};
  }
  answer(pending, std::move(out));
}

void Core::rename_final(Pending pending) {
  const Request& request = pending.request;
  Manager* with = manager(request.manager);
  if (with == nullptr) return reply(pending, -EPROTONOSUPPORT);
  auto result = std::make_shared<int>(0);
  executor_.run(
      "worker",
      [with, result, name = request.vg_name, args = request.vg_args] { *result = with->rename_vg(name, args); },
      [this, result, pending = std::move(pending)] { reply(pending, *result); });
}

void Core::refresh_lv(Pending pending) {
  Manager* with = manager(ManagerKind::dlm);
  if (with == nullptr) return reply(pending, -EPROTONOSUPPORT);
  auto result = std::make_shared<int>(0);
  executor_.run(
      "worker", [with, result, path = pending.request.path] { *result = with->refresh_lv(path); },
      [this, result, pending = std::move(pending)] { reply(pending, *result); });
}

}  // namespace lvm::lockd
