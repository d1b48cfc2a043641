// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/shared_locks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "cli/forms.h"
#include "model/relations.h"

namespace lvm::cli {
namespace {

using lockd::ManagerKind;
using lockd::Mode;
using lockd::Op;
using lockd::Reply;
using lockd::Request;
using lockd::ResourceKind;
namespace error = lockd::error;

constexpr std::array kLockOptions = {"force",   "shupdate",   "norefresh", "skipgl",   "skipvg",   "skiplv",  "auto",
                                     "nowait",  "autonowait", "adopt",     "adoptls",  "adoptgl",  "adoptvg", "adoptlv",
                                     "nodelay", "repair",     "repairgl",  "repairvg", "repairlv", "wait"};

Mode mode_of(lock::Mode mode) { return mode == lock::Mode::exclusive ? Mode::exclusive : Mode::shared; }

bool has_flag(const Reply& reply, std::string_view flag) {
  return std::ranges::find(reply.flags, flag) != reply.flags.end();
}

std::string holder(const std::optional<lockd::Owner>& owner) {
  if (!owner) return {};
  if (!owner->name.empty()) return fmt::format(" (host {})", owner->name);
  return owner->host_id != 0 ? fmt::format(" (host_id {})", owner->host_id) : std::string();
}

std::string because(int result, const std::optional<lockd::Owner>& owner) {
  switch (-result) {
    case EAGAIN: return "held by other host" + holder(owner);
    case error::io_timeout: return "lock manager i/o timeout";
    case error::starting: return "lockspace is starting";
    case error::vg_killed: return "storage for leases is lost: the VG is to be deactivated";
    case error::lock_io: return "storage errors of the locks";
    case error::device_open: return "there is no device for the lock; see lvmlockd(8)";
    case error::orphan: return "orphan lock needs to be adopted";
    case error::lock_repair: return "lock is damaged and needs repair";
    case error::removed: return "VG was removed";
    default: return fmt::format("error {}", result);
  }
}

}  // namespace

// One lock per VG and command: taken with the first guard, given back with the last.
class SharedLocks::VgGuard final : public lock::Guard {
 public:
  VgGuard(SharedLocks& locks, std::string name) : locks_(locks), name_(std::move(name)) {}
  ~VgGuard() override { locks_.unlock_vg(name_); }

 private:
  SharedLocks& locks_;
  std::string name_;
};

SharedLocks::SharedLocks(const Arguments& arguments, const config::Config& config, Messages& messages, Clock& clock)
    : arguments_(arguments),
      messages_(messages),
      clock_(clock),
      client_(lock::lockd_options(std::string(arguments.command().name),
                                  static_cast<int>(config.integer("global/lvmlockd_lock_retries")))) {
  in_use_ = config.flag("global/use_lvmlockd") && arguments.command().needs.scan && !arguments.has(Opt::nolocking) &&
            !arguments.has(Opt::readonly);
  std::string text(arguments.text(Opt::lockopt));
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    std::string word = text.substr(0, end);
    text.erase(0, end + 1);
    if (std::ranges::find(kLockOptions, word) == kLockOptions.end())
      messages_.warn(fmt::format("WARNING: Ignoring unknown lockopt value: {}", word));
    else
      words_.push_back(std::move(word));
  }
  if (!in_use_) return;
  struct Skip {
    bool SharedLocks::* member;
    std::string_view word, what;
  };
  constexpr std::array kSkips = {Skip{&SharedLocks::skip_global_, "skipgl", "global"},
                                 Skip{&SharedLocks::skip_vg_, "skipvg", "VG"},
                                 Skip{&SharedLocks::skip_lv_, "skiplv", "LV"}};
  for (const Skip& skip : kSkips)
    if (option(skip.word)) {
      this->*skip.member = true;
      messages_.warn(fmt::format("WARNING: skipping {} lock in lvmlockd.", skip.what));
    }
}

bool SharedLocks::option(std::string_view word) const { return std::ranges::find(words_, word) != words_.end(); }

void SharedLocks::connect() {
  if (tried_ || !in_use_) return;
  tried_ = true;
  auto connected = client_.connect();
  if (connected) return;
  if (connected.error().code() == Code::not_found) {
    messages_.warn("WARNING: lvmlockd process is not running.");
    return;
  }
  messages_.error(connected.error());
  messages_.warn("WARNING: lvmlockd connect failed.");
}

Reply SharedLocks::ask(Request request) {
  connect();
  return client_.ask(std::move(request));
}

Result<> SharedLocks::lock_global(lock::Mode mode) {
  if (!in_use_ || skip_global_ || global_ == Global::skipped) return {};
  const Global wanted = mode == lock::Mode::exclusive ? Global::exclusive : Global::shared;
  if (global_ == Global::exclusive || global_ == wanted) return {};
  connect();
  Request request;
  request.op = Op::lock;
  request.resource = ResourceKind::global;
  request.mode = mode_of(mode);
  request.options.adopt = option("adopt");
  request.options.adopt_only = option("adoptgl");
  request.options.repair = option("repair") || option("repairgl");
  const Reply reply = client_.ask_patiently(request, clock_);
  if (has_flag(reply, "DUP_GL_LS"))
    messages_.warn("Duplicate sanlock global lock: disable all but one with lvmlockctl --gl-disable <vgname>.");
  if (reply.result == 0 || reply.result == -EALREADY) {
    global_ = wanted;
    return {};
  }
  return global_failed(reply, mode);
}

Result<> SharedLocks::global_failed(const Reply& reply, lock::Mode mode) {
  const bool exclusive = mode == lock::Mode::exclusive;
  if (has_flag(reply, "NO_LM")) messages_.error("Start a lock manager, lvmlockd did not find one running.");
  if (has_flag(reply, "WARN_GL_REMOVED"))
    messages_.warn("WARNING: the VG with the sanlock global lock was removed; see lvmlockctl --gl-enable <vgname>.");
  std::string text;
  switch (-reply.result) {
    case error::no_daemon:
      text = exclusive ? "Global lock failed: check that lvmlockd is running." : "Reading without shared global lock.";
      break;
    case error::no_lockspace:
      text = exclusive ? "Global lock failed: check that global lockspace is started"
                       : "Skipping global lock: lockspace not found or started";
      break;
    default:
      text = fmt::format("{}: {}", exclusive ? "Global lock failed" : "Skipping global lock",
                         because(reply.result, reply.owner));
  }
  if (exclusive) return fail(Code::busy, std::move(text));
  messages_.error(text);
  global_ = Global::skipped;
  return {};
}

Result<bool> SharedLocks::lock_global_to_create(ManagerKind kind) {
  if (skip_global_) return false;
  connect();
  Request request;
  request.op = Op::lock;
  request.resource = ResourceKind::global;
  request.mode = Mode::exclusive;
  request.manager = kind;
  const Reply reply = client_.ask_patiently(request, clock_);
  if (reply.result == 0 || reply.result == -EALREADY) {
    global_ = Global::exclusive;
    return false;
  }
  // The first VG that sanlock locks brings the global lock with it.
  const bool first = kind == ManagerKind::sanlock && reply.result == -error::no_lockspace &&
                     has_flag(reply, "NO_GL_LS") && has_flag(reply, "NO_LOCKSPACES");
  if (first) {
    messages_.print("Enabling sanlock global lock");
    global_ = Global::skipped;
    return true;
  }
  TRY(global_failed(reply, lock::Mode::exclusive));
  return false;
}

void SharedLocks::unlock_global() {
  if (global_ != Global::shared && global_ != Global::exclusive) return;
  Request request;
  request.op = Op::lock;
  request.resource = ResourceKind::global;
  request.mode = Mode::unlocked;
  client_.ask(request);
  global_ = Global::none;
}

std::unique_ptr<lock::Guard> SharedLocks::lock_vg(const std::string& name, lock::Mode mode) {
  if (!in_use_ || skip_vg_) return nullptr;
  connect();
  VgState& state = vgs_[name];
  if (state.holders++ == 0 || (state.mode == lock::Mode::shared && mode == lock::Mode::exclusive)) {
    Request request;
    request.op = Op::lock;
    request.resource = ResourceKind::vg;
    request.mode = mode_of(mode);
    request.vg_name = name;
    request.options.adopt = option("adopt");
    request.options.adopt_only = option("adoptvg");
    request.options.repair = option("repair") || option("repairvg");
    const Reply reply = client_.ask_patiently(request, clock_);
    state.result = reply.result == -EALREADY ? 0 : reply.result;
    state.mode = mode;
    state.owner = reply.owner;
  }
  return std::make_unique<VgGuard>(*this, name);
}

void SharedLocks::unlock_vg(const std::string& name) {
  VgState& state = vgs_[name];
  if (--state.holders > 0) return;
  const bool held = state.result == 0;
  const bool changed = held && state.mode == lock::Mode::exclusive && versions_.contains(name);
  Request request;
  request.resource = ResourceKind::vg;
  request.vg_name = name;
  if (changed) {
    request.op = Op::update;
    request.version = versions_[name];
    client_.ask(request);
  }
  versions_.erase(name);
  vgs_.erase(name);
  if (!held) return;
  request.op = Op::lock;
  request.mode = Mode::unlocked;
  client_.ask(request);
}

Result<> SharedLocks::check_vg(const model::Vg& vg, bool must) {
  if (!vg.shared() || skip_vg_) return {};
  const bool reading = arguments_.has(Opt::nolocking) || arguments_.has(Opt::readonly);
  if (!in_use_) {
    if (!must && (reading || arguments_.has(Opt::shared))) return {};
    return fail(Code::refused,
                fmt::format("Cannot access VG {} with lock type {} that requires lvmlockd.", vg.name, vg.lock_type));
  }
  auto found = vgs_.find(vg.name);
  if (found != vgs_.end() && found->second.result == 0) return {};
  const int result = found == vgs_.end() ? -error::no_lockspace : found->second.result;
  if (result != -error::no_lockspace && result != -error::no_daemon)
    messages_.error(fmt::format("VG {} lock failed: {}", vg.name, because(result, found->second.owner)));
  if (must) return fail(Code::busy, fmt::format("Cannot access VG {} due to failed lock.", vg.name));
  messages_.error(fmt::format("Reading VG {} without a lock.", vg.name));
  return {};
}

bool SharedLocks::follow_drives(const world::World& world) {
  bool again = false;
  for (auto& [name, state] : vgs_) {
    const world::VgView* view = world.find_vg(name);
    if (state.result != 0 || !view || view->unusable || view->summary_only || view->vg->lock_type != "idm") continue;
    Request request = vg_request(Op::place, *view->vg);
    request.drives = voting_drives(world, *view->vg);
    const Reply reply = ask(request);
    again |= has_flag(reply, "MOVED");
    if (reply.result == 0 || reply.result == -EPROTONOSUPPORT) continue;
    // Whoever has it there may be changing the VG; and a lock of which nobody knows where it is, is none.
    request.op = Op::lock;
    request.mode = Mode::unlocked;
    ask(request);
    state.result = reply.result;
    state.owner = reply.owner;
  }
  return again;
}

Result<> SharedLocks::place(const Drives& drives) {
  Request request = drives.lv ? lv_request(Op::place, drives.vg, *drives.lv) : vg_request(Op::place, drives.vg);
  request.version = drives.vg.seqno;
  request.drives = drives.paths;
  request.options.joint = drives.joint;
  const Reply reply = ask(request);
  if (reply.result == 0) return {};
  if (reply.result == -EPROTONOSUPPORT) {
    messages_.warn(
        fmt::format("WARNING: this lvmlockd keeps the locks of VG {} on the drives that it had when it was "
                    "started: stop and start it on all hosts.",
                    drives.vg.name));
    return {};
  }
  const std::string name = drives.lv ? drives.vg.name + "/" + drives.lv->name : drives.vg.name;
  return fail(Code::busy, fmt::format("The lock of {} cannot go to the drives as they are to be: {}", name,
                                      because(reply.result, reply.owner)));
}

Request vg_request(Op op, const model::Vg& vg) {
  Request out;
  out.op = op;
  out.resource = ResourceKind::vg;
  out.manager = lockd::manager_kind(vg.lock_type);
  out.vg_name = vg.name;
  out.vg_uuid = vg.id.dashed();
  out.vg_args = vg.lock_args;
  out.version = vg.seqno;
  return out;
}

Request SharedLocks::lv_request(Op op, const model::Vg& vg, const model::Lv& lv) const {
  Request out = vg_request(op, vg);
  out.resource = ResourceKind::lv;
  out.version = 0;  // the VG's lock carries it
  out.lv_name = lv.name;
  out.lv_uuid = lv.id.dashed();
  out.lv_args = lv.lock_args;
  return out;
}

Result<> SharedLocks::lock_lv(const LvRequest& request) {
  if (skip_lv_ || request.lv.lock_args.empty()) return {};
  Request wanted = lv_request(Op::lock, request.vg, request.lv);
  wanted.mode = request.mode;
  wanted.options.persistent = request.persistent;
  wanted.options.adopt = option("adopt");
  wanted.options.adopt_only = option("adoptlv");
  wanted.options.repair = option("repair") || option("repairlv");
  wanted.drives = request.drives;
  const Reply reply = ask(wanted);
  if (reply.result == 0 || reply.result == -EALREADY) return {};
  if (reply.result == -EEXIST && has_flag(reply, "SH_EXISTS") && option("shupdate")) {
    messages_.warn(fmt::format("WARNING: extending LV with shared lock; other hosts may need to refresh it: {}/{}",
                               request.vg.name, request.lv.name));
    return {};
  }
  return std::unexpected(lv_error(request.vg, request.lv, reply));
}

Error SharedLocks::lv_error(const model::Vg& vg, const model::Lv& lv, const Reply& reply) {
  const std::string name = vg.name + "/" + lv.name;
  switch (-reply.result) {
    case EAGAIN: return Error(Code::busy, fmt::format("LV locked by other host{}: {}", holder(reply.owner), name));
    case EEXIST: return Error(Code::busy, "LV is already locked with incompatible mode: " + name);
    case error::no_daemon:
      return Error(Code::refused, fmt::format("LV {} lock failed: check that lvmlockd is running.", name));
    case error::no_lockspace:
      return Error(Code::refused, fmt::format("LV {} lock failed: lockspace is inactive", name));
    default: return Error(Code::busy, fmt::format("LV {} lock failed: {}", name, because(reply.result, reply.owner)));
  }
}

Result<> SharedLocks::unlock_lv(const model::Vg& vg, const model::Lv& lv, bool persistent) {
  if (skip_lv_ || lv.lock_args.empty()) return {};
  Request wanted = lv_request(Op::lock, vg, lv);
  wanted.mode = Mode::unlocked;
  wanted.options.persistent = persistent;
  const Reply reply = ask(wanted);
  if (reply.result == 0 || reply.result == -ENOENT) return {};
  return std::unexpected(lv_error(vg, lv, reply));
}

Reply SharedLocks::init_lv(const model::Vg& vg, const model::Lv& lv, const std::string& previous) {
  Reply out;
  if (vg.lock_type != "sanlock") {
    out.lv_args = vg.lock_type;
    return out;
  }
  Request wanted = lv_request(Op::init, vg, lv);
  wanted.lv_args.clear();
  wanted.previous_lv_args = previous;
  return ask(wanted);
}

void SharedLocks::free_lv(const model::Vg& vg, const model::Lv& lv) { ask(lv_request(Op::free, vg, lv)); }

lock::Mode shared_vg_mode(const Arguments& arguments, lock::Mode mode) {
  const std::string_view name = arguments.command().name;
  const bool shared = (name == "vgchange" && (arguments.form_id() == form::vgchange::activate ||
                                              arguments.form_id() == form::vgchange::refresh ||
                                              arguments.form_id() == form::vgchange::lock_stop)) ||
                      (name == "lvchange" && (arguments.form_id() == form::lvchange::activate ||
                                              arguments.form_id() == form::lvchange::refresh));
  return shared ? lock::Mode::shared : mode;
}

bool only_deactivates(const Arguments& arguments) {
  const std::string_view name = arguments.command().name;
  if (name == "vgchange" && arguments.form_id() == form::vgchange::lock_stop) return true;
  const bool activation = (name == "vgchange" && arguments.form_id() == form::vgchange::activate) ||
                          (name == "lvchange" && arguments.form_id() == form::lvchange::activate);
  return activation && arguments.activation() == Activation::off;
}

std::vector<std::string> voting_drives(const world::World& world, const model::Vg& vg, const std::vector<LvId>& lvs) {
  std::set<PvId> used;
  const model::Relations relations(vg);
  for (const LvId id : lvs) {
    const std::uint32_t at = relations.position(id);
    if (at == model::Relations::kNone) continue;
    for (const std::uint32_t part : relations.with_parts(at))
      for (const model::Segment& segment : vg.lvs[part].segments)
        for (const model::Area& area : model::areas(segment.body))
          if (const auto* extent = std::get_if<model::PvArea>(&area)) used.insert(extent->pv);
  }
  std::vector<std::string> out;
  for (const model::Pv& pv : vg.pvs) {
    if (!used.empty() && !used.contains(pv.id)) continue;
    const auto device = std::ranges::find_if(
        world.pvs, [&](const world::PvDevice& each) { return each.id == pv.id && !each.duplicate; });
    // One that is being made has no label yet, but a device.
    const bool made = std::ranges::find(world.devices, pv.device_hint, &device::Device::path) != world.devices.end();
    if (device != world.pvs.end())
      out.push_back(device->device.path);
    else
      out.push_back(made && !pv.missing() ? pv.device_hint : std::string());
  }
  return out;
}

}  // namespace lvm::cli
