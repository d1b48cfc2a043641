// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "activate/live.h"
#include "cli/commands/commands.h"
#include "cli/session.h"
#include "dm/user/held.h"
#include "plan/lv_change.h"

namespace lvm::cli {
namespace {

// Volumes whose uppermost device was up; what lies below comes up with them.
std::vector<LvId> lvs_held(const model::Vg& vg, const dm::user::Held& held) {
  std::vector<LvId> out;
  for (const model::Lv& lv : vg.lvs)
    if (lv.visible() && held.uuids.contains(activate::top_uuid(vg, lv))) out.push_back(lv.id);
  return out;
}

}  // namespace

ExitStatus run_enginerevive(Session& session, const Arguments&) {
  auto held = dm::user::lost(session.engine().run_directory);
  if (!held) return session.refuse(held.error());
  if (!*held) return ExitStatus::ok;
  if (auto read = session.read_all(); !read) return session.refuse(read.error());
  std::vector<std::string> names;
  for (const world::VgView& view : session.world().vgs)
    if (!lvs_held(*view.vg, **held).empty()) names.push_back(view.vg->name);
  std::ptrdiff_t count = 0;
  ExitStatus status = ExitStatus::ok;
  for (const std::string& name : names) {
    status = worst(status, session.with_vg(name, [&](const world::VgView& view) {
      plan::LvActivateRequest request;
      request.activation = plan::Activation::yes;
      request.lvs = lvs_held(*view.vg, **held);
      request.ignore_activation_skip = true;
      const VgId id = view.vg->id;
      ExitStatus done = session.carry_out(plan::lv_activate(session.context(), view, request));
      const model::Vg& vg = *session.world().find_vg(id)->vg;
      count += std::ranges::count_if(request.lvs,
                                     [&](LvId lv) { return activate::is_up(session.world(), vg, *vg.find_lv(lv)); });
      return done;
    }));
  }
  session.messages().warn(fmt::format(
      "WARNING: The embedded engine was killed. {} volume(s) that it held are active again: what was written and not "
      "flushed may be lost.",
      count));
  return status;
}

}  // namespace lvm::cli
