// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/lease_room.h"

#include <fmt/format.h>

#include <cerrno>

#include "plan/shared_vg.h"

namespace lvm::cli {

Result<> make_lease_room(Session& session, const std::string& vg_name) {
  const world::VgView* view = session.world().find_vg(vg_name);
  SharedLocks& locks = session.shared_locks();
  if (!view || !locks.in_use() || view->vg->lock_type != "sanlock" || session.test_mode()) return {};
  const model::Lv* leases = plan::lease_volume(*view->vg);
  if (!leases) return {};
  lockd::Request request = vg_request(lockd::Op::find_free_lock, *view->vg);
  request.lv_size_bytes = static_cast<std::int64_t>(to_bytes(view->vg->size_of(leases->extents())).n);
  if (locks.ask(request).result != -EMSGSIZE) return {};
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

}  // namespace lvm::cli
