// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/lease_room.h"

#include <fmt/format.h>

#include <cerrno>

#include "activate/live.h"
#include "plan/lv_change.h"
#include "plan/shared_vg.h"

namespace lvm::cli {
namespace {

// The VG's volume of leases, where sanlock locks it; null: there is none to speak of.
const model::Lv* leases_of(Session& session, const model::Vg& vg) {
  const bool in_use = session.shared_locks().in_use() && vg.lock_type == "sanlock" && !session.test_mode();
  return in_use ? plan::lease_volume(vg) : nullptr;
}

}  // namespace

Result<> make_lease_room(Session& session, const std::string& vg_name) {
  const world::VgView* view = session.world().find_vg(vg_name);
  const model::Lv* leases = view ? leases_of(session, *view->vg) : nullptr;
  if (!leases) return {};
  lockd::Request request = vg_request(lockd::Op::find_free_lock, *view->vg);
  request.lv_size_bytes = static_cast<std::int64_t>(to_bytes(view->vg->size_of(leases->extents())).n);
  if (session.shared_locks().ask(request).result != -EMSGSIZE) return {};
  const std::int64_t megabytes = session.config().integer("global/sanlock_lv_extend");
  if (megabytes <= 0)
    return fail(Code::no_space, fmt::format("No room for another lock on {}/{}, and global/sanlock_lv_extend is 0: it "
                                            "does not grow.",
                                            vg_name, plan::kLeaseVolume));
  session.messages().print(fmt::format("Extending sanlock lv {}/{}", vg_name, plan::kLeaseVolume));
  // What stands on the new extents is no lease, or one of nobody: the lock manager writes each place before it is used.
  const Bytes by{static_cast<std::uint64_t>(megabytes) << 20};
  if (session.carry_out(plan::lease_volume_extend(session.context(), *view, by)) != ExitStatus::ok)
    return fail(Code::no_space, fmt::format("Failed to extend sanlock lv {}/{}", vg_name, plan::kLeaseVolume));
  return {};
}

ExitStatus follow_lease_volume(Session& session, const world::VgView& view) {
  const model::Lv* leases = leases_of(session, *view.vg);
  const world::LiveDevice* live = leases ? activate::own_device(session.world(), *view.vg, *leases) : nullptr;
  if (!live) return ExitStatus::ok;
  const auto table = session.system().dm.table(live->info.uuid);
  if (!table || dm::table_length(*table) >= view.vg->size_of(leases->extents())) return ExitStatus::ok;
  return session.carry_out(plan::lv_refresh(session.context(), view, {leases->id}, false));
}

}  // namespace lvm::cli
