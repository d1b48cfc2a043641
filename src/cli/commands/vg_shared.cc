// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/vg_shared.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "cli/block_facts.h"
#include "cli/operands.h"
#include "plan/lv_change.h"
#include "plan/lv_locks.h"
#include "plan/shared_vg.h"
#include "plan/vg_remove.h"

namespace lvm::cli {
namespace {

using lockd::ManagerKind;
using lockd::Op;
using lockd::Reply;
using lockd::Request;
using lockd::ResourceKind;
namespace error = lockd::error;

constexpr Bytes kLeaseVolumeSize{std::uint64_t{256} << 20};
constexpr Bytes kLeaseVolumeSizeLargeBlocks{std::uint64_t{1024} << 20};

ExitStatus set_lease_volume_active(Session& session, const std::string& vg_name, bool active) {
  const world::VgView* view = session.world().find_vg(vg_name);
  const model::Lv* leases = view ? plan::lease_volume(*view->vg) : nullptr;
  if (!leases) return ExitStatus::ok;
  plan::LvActivateRequest request;
  request.lvs = {leases->id};
  request.activation = active ? plan::Activation::yes : plan::Activation::no;
  if (!active) session.look_at_users(*view->vg, request.lvs);
  return session.carry_out(plan::lv_activate(session.context(), *view, request));
}

bool any_active(Session& session, const model::Vg& vg) {
  return !plan::live_holders(session.world(), vg, plan::LockHolders(vg)).empty();
}

std::string start_problem(int result, std::string_view type) {
  switch (-result) {
    case error::no_daemon: return "lvmlockd is not running";
    case error::host_id: return fmt::format("invalid host_id for {}", type);
    case error::manager: return fmt::format("lock manager {} is not running", type);
    case error::arguments: return fmt::format("invalid parameters for {}", type);
    case error::lock_repair: return "lock storage is damaged; see --lockopt repair";
    case EPROTONOSUPPORT: return fmt::format("lock manager {} is not supported by lvmlockd", type);
    default: return fmt::format("error {}", result);
  }
}

// What start_vg says of one VG. True: it starts, or has started.
bool start_vg(Session& session, const world::VgView& view) {
  const model::Vg vg = *view.vg;
  Messages& messages = session.messages();
  SharedLocks& locks = session.shared_locks();
  if (vg.lock_type == "sanlock") {
    if (!plan::lease_volume(vg)) {
      messages.error(
          fmt::format("VG {} start failed: its volume with leases, {}, is missing", vg.name, plan::kLeaseVolume));
      return false;
    }
    if (set_lease_volume_active(session, vg.name, true) != ExitStatus::ok) return false;
  }
  Request request = vg_request(Op::start, vg);
  request.host_id = session.config().integer("local/host_id");
  request.options.nodelay = locks.option("nodelay");
  request.options.adopt_only = locks.option("adoptls");
  request.options.adopt = locks.option("adopt");
  request.options.repair = locks.option("repair") || locks.option("repairvg");
  const world::VgView* now = session.world().find_vg(vg.name);
  if (vg.lock_type == "idm" && now) request.drives = voting_drives(session.world(), *now->vg);
  const Reply reply = locks.ask(request);
  if (reply.result == -EEXIST || reply.result == -error::starting) return true;
  if (reply.result == 0) {
    messages.print(fmt::format("VG {} starting {} lockspace", vg.name, vg.lock_type));
    return true;
  }
  messages.error(fmt::format("VG {} start failed: {}", vg.name, start_problem(reply.result, vg.lock_type)));
  set_lease_volume_active(session, vg.name, false);
  return false;
}

ExitStatus wait_for_start(Session& session, bool long_wait) {
  SharedLocks& locks = session.shared_locks();
  locks.unlock_global();
  if (locks.option("nowait") || locks.option("autonowait")) return ExitStatus::ok;
  session.messages().print(long_wait ? "Starting locking.  Waiting for sanlock may take 20 sec to 3 min..."
                                     : "Starting locking.  Waiting until locks are ready...");
  session.messages().flush();
  Request wait;
  wait.op = Op::start_wait;
  const Reply reply = locks.ask(wait);
  if (reply.result == 0) return ExitStatus::ok;
  return session.refuse(
      Error(Code::busy, fmt::format("Lock start failed: {}", start_problem(reply.result, "the lock manager"))));
}

bool listed(const config::Config& config, config::Key setting, const std::string& vg) {
  if (!config.is_set(setting)) return true;
  const std::vector<std::string> names = config.strings(setting);
  return std::ranges::find(names, vg) != names.end();
}

// sanlock's leases are larger where blocks are.
Bytes lease_volume_size(Session& session, const world::VgView& view) {
  constexpr std::uint32_t kLargeBlock = 4096;
  const plan::BlockFacts blocks = device_blocks(session, view);
  const bool large =
      std::ranges::any_of(blocks.pvs, [](const auto& pv) { return pv.second.logical_block_size == kLargeBlock; });
  return large ? kLeaseVolumeSizeLargeBlocks : kLeaseVolumeSize;
}

// The manager's arguments for the VG; for sanlock its volume for leases is made first.
Result<std::string> init_vg(Session& session, const std::string& name, ManagerKind kind, bool enable_global) {
  if (kind == ManagerKind::sanlock) {
    const world::VgView& view = *session.world().find_vg(name);
    auto plan = plan::lease_volume_create(session.context(), view, lease_volume_size(session, view));
    if (!plan) return std::unexpected(plan.error());
    if (session.carry_out(std::move(plan)) != ExitStatus::ok)
      return fail(Code::io, fmt::format("Failed to create sanlock lv {} in vg {}", plan::kLeaseVolume, name));
  }
  Request request = vg_request(Op::init, *session.world().find_vg(name)->vg);
  request.manager = kind;
  request.vg_args = kind == ManagerKind::sanlock ? std::string(plan::kLeaseVolume) : std::string();
  request.options.enable = enable_global;
  const Reply reply = session.shared_locks().ask(request);
  if (reply.result == 0) return reply.vg_args;
  if (reply.result == -EEXIST)
    return fail(Code::exists, fmt::format("A lockspace of VG {}'s name is there: VG names must differ in their first "
                                          "letters.",
                                          name));
  return fail(Code::refused,
              fmt::format("VG {} init failed: {}", name, start_problem(reply.result, lockd::to_string(kind))));
}

}  // namespace

Result<std::optional<ManagerKind>> wanted_lock_type(Session& session) {
  const Arguments& arguments = session.arguments();
  const std::string_view type = arguments.text(Opt::locktype);
  const bool shared = arguments.has(Opt::shared);
  if (!shared && (type.empty() || type == "none")) return std::optional<ManagerKind>();
  if (type == "clvm") return fail(Code::unsupported, "Clustered volume groups (clvm) are not supported.");
  if (!session.config().flag("global/use_lvmlockd"))
    return fail(Code::usage, shared ? "Using a shared lock type requires lvmlockd (lvm.conf use_lvmlockd.)"
                                    : "Using a shared lock type requires lvmlockd.");
  if (!type.empty() && type != "none") return std::optional(lockd::manager_kind(type));
  Request which;
  which.op = Op::running_lm;
  const Reply reply = session.shared_locks().ask(which);
  if (reply.result == -EXFULL) return fail(Code::usage, "Found multiple lock managers, select one with --lock-type.");
  if (reply.result <= 0) return fail(Code::usage, "Failed to detect a running lock manager to select lock type.");
  return std::optional(static_cast<ManagerKind>(reply.result));
}

ExitStatus share_new_vg(Session& session, const std::string& name, ManagerKind kind, bool enable_global) {
  auto undo = [&] {
    set_lease_volume_active(session, name, false);
    const world::VgView* view = session.world().find_vg(name);
    if (view) session.carry_out(plan::vg_remove(session.context(), *view, {2, true}));
    return ExitStatus::failed;
  };
  auto args = init_vg(session, name, kind, enable_global);
  if (!args) {
    session.refuse(args.error());
    session.messages().error(fmt::format("Failed to initialize lock args for lock type {}", lockd::to_string(kind)));
    return undo();
  }
  plan::VgLockRequest request{std::string(lockd::to_string(kind)), *args, {}, true};
  if (session.carry_out(plan::vg_set_lock(session.context(), *session.world().find_vg(name), request)) !=
      ExitStatus::ok)
    return undo();
  session.messages().print(fmt::format("Volume group \"{}\" successfully created", name));
  if (!start_vg(session, *session.world().find_vg(name))) {
    session.messages().error("Failed to start locking");
    return ExitStatus::failed;
  }
  return wait_for_start(session, false);
}

ExitStatus run_lock_start(Session& session) {
  SharedLocks& locks = session.shared_locks();
  if (!locks.in_use()) {
    session.messages().error("Using lock start and lock stop requires lvmlockd.");
    return ExitStatus::ok;
  }
  // A VG's lock is to be had when it is started.
  locks.ignore_vg_locks();
  const bool automatic = locks.option("auto") || locks.option("autonowait");
  bool started = false, sanlock = false;
  ExitStatus status = for_each_vg(session, [&](const world::VgView& view) {
    const model::Vg& vg = *view.vg;
    if (!vg.shared()) return ExitStatus::ok;
    if (session.force() == 0 &&
        (!listed(session.config(), "activation/lock_start_list", vg.name) ||
         (automatic && !listed(session.config(), "activation/auto_lock_start_list", vg.name)))) {
      session.messages().verbose(fmt::format("Not starting {} since it does not pass lock_start_list", vg.name));
      return ExitStatus::ok;
    }
    const bool is_sanlock = vg.lock_type == "sanlock";
    if (!start_vg(session, view)) return ExitStatus::failed;
    started = true;
    sanlock |= is_sanlock;
    return ExitStatus::ok;
  });
  return started ? worst(status, wait_for_start(session, sanlock)) : status;
}

ExitStatus run_lock_stop(Session& session) {
  if (!session.shared_locks().in_use()) {
    session.messages().error("Using lock start and lock stop requires lvmlockd.");
    return ExitStatus::ok;
  }
  return for_each_vg(session, [&](const world::VgView& view) {
    const model::Vg vg = *view.vg;
    if (!vg.shared()) return ExitStatus::ok;
    Request request = vg_request(Op::stop, vg);
    request.options.force = session.shared_locks().option("force");
    const int result = session.shared_locks().ask(request).result;
    if (result != 0 && result != -error::no_lockspace) {
      session.messages().error(
          fmt::format("VG {} stop failed: {}", vg.name,
                      result == -EBUSY ? "LVs must first be deactivated" : start_problem(result, vg.lock_type)));
      return ExitStatus::failed;
    }
    return set_lease_volume_active(session, vg.name, false);
  });
}

namespace {

// No host has an LV of it active: each lock can be had, and is given back.
Result<> prove_inactive(Session& session, const model::Vg& vg) {
  for (const model::Lv& lv : vg.lvs) {
    if (lv.lock_args.empty()) continue;
    std::vector<std::string> drives;
    if (const world::VgView* view = session.world().find_vg(vg.name); view && vg.lock_type == "idm")
      drives = voting_drives(session.world(), *view->vg, {lv.id});
    TRY(session.shared_locks().lock_lv({vg, lv, lockd::Mode::exclusive, false, drives}));
    session.shared_locks().unlock_lv(vg, lv, false);
  }
  return {};
}

Result<> check_alone(Session& session, const model::Vg& vg, Op op) {
  const Reply reply = session.shared_locks().ask(vg_request(op, vg));
  if (reply.result == 0) return {};
  if (reply.result != -EBUSY)
    return fail(Code::busy, fmt::format("VG {}: the locks cannot be given up: error {}", vg.name, reply.result));
  const bool unknown = std::ranges::find(reply.flags, "HOSTS_UNKNOWN") != reply.flags.end();
  return fail(Code::busy, fmt::format("Lockspace for \"{}\" not stopped on other hosts{}", vg.name,
                                      unknown ? ": their state is not known yet, try again in a while" : ""));
}

ExitStatus to_local(Session& session, const world::VgView& view) {
  const model::Vg vg = *view.vg;
  const bool forced = session.shared_locks().option("force");
  if (!vg.shared()) {
    session.messages().print(fmt::format("Volume group \"{}\" successfully changed", vg.name));
    return ExitStatus::ok;
  }
  if (forced) {
    if (!session.ask({fmt::format("Forcibly change VG {} lock type to none? [y/n]: ", vg.name),
                      fmt::format("VG lock type not changed for {}", vg.name)}))
      return ExitStatus::failed;
  } else {
    if (auto inactive = prove_inactive(session, vg); !inactive) return session.refuse(inactive.error());
    const Op op = vg.lock_type == "sanlock" ? Op::free : Op::busy;
    if (auto alone = check_alone(session, vg, op); !alone) return session.refuse(alone.error());
  }
  ExitStatus status = set_lease_volume_active(session, vg.name, false);
  if (status != ExitStatus::ok) return status;
  plan::VgLockRequest request;
  request.forced = forced;
  status = session.carry_out(plan::vg_set_lock(session.context(), *session.world().find_vg(vg.name), request));
  if (!forced && vg.lock_type != "sanlock") session.shared_locks().ask(vg_request(Op::free, vg));
  return status;
}

ExitStatus to_shared(Session& session, const world::VgView& view, ManagerKind kind) {
  const std::string name = view.vg->name;
  if (view.vg->lock_type == lockd::to_string(kind))
    return session.refuse(
        Error(Code::refused, fmt::format("VG {} has lock type {} already.", name, view.vg->lock_type)));
  if (view.vg->shared())
    return session.refuse(Error(
        Code::refused, fmt::format("VG {} has lock type {}: change it to none first.", name, view.vg->lock_type)));
  auto args = init_vg(session, name, kind, false);
  if (!args) {
    session.refuse(args.error());
    session.messages().error(fmt::format("Failed to initialize lock args for lock type {}", lockd::to_string(kind)));
    set_lease_volume_active(session, name, false);
    return ExitStatus::failed;
  }
  const world::VgView* now = session.world().find_vg(name);
  plan::VgLockRequest request{std::string(lockd::to_string(kind)), *args, {}, false};
  model::Vg shared = *now->vg;
  shared.lock_type = request.type;
  shared.lock_args = request.args;
  // Each LV that has a lock of its own gets one: one without would be open to every host.
  const plan::LockHolders holders(shared);
  std::string previous;
  for (const model::Lv& lv : shared.lvs) {
    if (!holders.has_lock(lv)) continue;
    const Reply reply = session.shared_locks().init_lv(shared, lv, previous);
    if (reply.result != 0)
      return session.refuse(
          Error(Code::refused, fmt::format("Failed to make a lock for {}/{}: error {}", name, lv.name, reply.result)));
    request.lv_args[lv.id] = previous = reply.lv_args;
  }
  ExitStatus status = session.carry_out(plan::vg_set_lock(session.context(), *now, request));
  return worst(status, set_lease_volume_active(session, name, false));
}

}  // namespace

ExitStatus run_lock_type(Session& session) {
  const std::string_view type = session.arguments().text(Opt::locktype);
  SharedLocks& locks = session.shared_locks();
  const ManagerKind kind = lockd::manager_kind(type);
  if (kind == ManagerKind::none && type != "none")
    return session.refuse(Error(Code::unsupported, fmt::format("Lock type {} is not supported.", type)));
  if (kind != ManagerKind::none && !locks.in_use())
    return session.refuse(Error(Code::refused, "Using a shared lock type requires lvmlockd."));
  if (kind == ManagerKind::none && locks.option("force")) {
    locks.ignore_vg_locks();
    locks.go_without_global();
  } else if (locks.in_use()) {
    // The VG's lock, or that nobody else uses it, is what matters here.
    if (auto global = locks.lock_global_to_create(kind); !global) session.messages().error(global.error());
    locks.go_without_global();
  }
  return for_each_vg(session, [&](const world::VgView& view) {
    if (any_active(session, *view.vg))
      return session.refuse(
          Error(Code::refused, fmt::format("Changing VG {} lock type not allowed with active LVs", view.vg->name)));
    return kind == ManagerKind::none ? to_local(session, view) : to_shared(session, view, kind);
  });
}

ExitStatus remove_shared_vg(Session& session, const world::VgView& view) {
  const model::Vg vg = *view.vg;
  auto plan = plan::vg_remove(session.context(), view, {session.force(), session.yes()});
  if (!plan || session.arguments().has(Opt::plan) || session.test_mode()) return session.carry_out(std::move(plan));
  for (const step::Question& question : plan->questions)
    if (!session.ask(question)) return ExitStatus::failed;
  plan->questions.clear();
  if (auto alone = check_alone(session, vg, Op::busy); !alone) return session.refuse(alone.error());
  // The volumes first, each under its lock; then the locks; then the VG.
  step::Plan last;
  last.stages.push_back(std::move(plan->stages.back()));
  plan->stages.pop_back();
  if (!plan->stages.empty()) {
    const ExitStatus status = session.carry_out(std::move(*plan));
    if (status != ExitStatus::ok) return status;
    last.stages.front().before = session.world().find_vg(vg.name)->vg;
  }
  if (vg.lock_type == "sanlock") {
    if (auto freed = check_alone(session, vg, Op::free); !freed) return session.refuse(freed.error());
    const ExitStatus status = set_lease_volume_active(session, vg.name, false);
    if (status != ExitStatus::ok) return status;
  }
  const ExitStatus status = session.carry_out(std::move(last));
  if (status == ExitStatus::ok && vg.lock_type != "sanlock") session.shared_locks().ask(vg_request(Op::free, vg));
  return status;
}

ExitStatus rename_shared_vg(Session& session, const world::VgView& view, const std::string& new_name) {
  const model::Vg vg = *view.vg;
  if (any_active(session, vg)) return session.refuse(Error(Code::refused, "LVs must be inactive before vgrename."));
  if (session.arguments().has(Opt::plan) || session.test_mode())
    return session.carry_out(plan::vg_rename(session.context(), view, {new_name}));
  if (auto inactive = prove_inactive(session, vg); !inactive) return session.refuse(inactive.error());
  if (auto alone = check_alone(session, vg, Op::rename_before); !alone) return session.refuse(alone.error());
  ExitStatus status = set_lease_volume_active(session, vg.name, false);
  if (status == ExitStatus::ok)
    status = session.carry_out(plan::vg_rename(session.context(), *session.world().find_vg(vg.name), {new_name}));
  const std::string name = status == ExitStatus::ok ? new_name : vg.name;
  if (status == ExitStatus::ok && vg.lock_type == "sanlock") {
    status = set_lease_volume_active(session, name, true);
    Request request = vg_request(Op::rename_final, *session.world().find_vg(name)->vg);
    if (const int result = session.shared_locks().ask(request).result; result != 0)
      status = session.refuse(
          Error(Code::io, fmt::format("VG {}: the leases could not be renamed: error {}", name, result)));
  }
  if (!start_vg(session, *session.world().find_vg(name))) status = ExitStatus::failed;
  return status;
}

}  // namespace lvm::cli
