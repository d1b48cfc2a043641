// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/vg_activation.h"

#include <fmt/format.h>

#include "activate/activate.h"
#include "activate/live.h"
#include "cli/commands/lv_attributes.h"
#include "cli/convert/merge.h"
#include "plan/lv_change.h"

namespace lvm::cli {

std::vector<LvId> visible_lvs(const model::Vg& vg) {
  std::vector<LvId> out;
  for (const model::Lv& lv : vg.lvs)
    if (lv.visible()) out.push_back(lv.id);
  return out;
}

namespace {

// A VG of which anything is open stays up as a whole. False: it was said.
bool may_go_down(Session& session, const model::Vg& vg) {
  session.look_at_users(vg, visible_lvs(vg));
  std::vector<const model::Lv*> open;
  for (const model::Lv& lv : vg.lvs)
    if (lv.visible() && activate::in_use(session.world(), vg, lv)) open.push_back(&lv);
  if (open.empty()) return true;
  session.messages().error(activate::check_unused(session.world(), vg, *open.front()).error());
  session.messages().error(
      fmt::format("Can't deactivate volume group \"{}\" with {} open logical volume(s)", vg.name, open.size()));
  return false;
}

}  // namespace

ExitStatus activate_vg(Session& session, const world::VgView& first) {
  const Arguments& arguments = session.arguments();
  plan::LvActivateRequest request;
  request.activation = *activation_wanted(arguments);
  bool up = request.activation != plan::Activation::no;
  VgId id = first.vg->id;
  if (!up && !may_go_down(session, *first.vg)) return ExitStatus::failed;
  ExitStatus status = up ? convert::before_activation(session, first, visible_lvs(*first.vg)) : ExitStatus::ok;
  const world::VgView& view = *session.world().find_vg(id);
  request.lvs = visible_lvs(*view.vg);
  request.ignore_activation_skip = arguments.has(Opt::ignoreactivationskip);
  request.partial = arguments.activation_mode() == ActivationMode::partial;
  request.complete = arguments.activation_mode() == ActivationMode::complete;
  request.unmonitored = arguments.yes_no(Opt::monitor) == false;
  if (request.activation == plan::Activation::automatic && view.vg->flags.has(model::VgFlag::no_autoactivate))
    return ExitStatus::ok;
  if (request.activation != plan::Activation::automatic) session.lock_also(request.lvs);
  status = worst(status, session.carry_out(plan::lv_activate(session.context(), view, request)));
  if (arguments.has(Opt::plan) || view.foreign) return status;
  if (up) status = worst(status, convert::attend_conversions(session, id, request.lvs));
  model::VgPtr vg = session.world().find_vg(id)->vg;
  std::size_t active = 0;
  for (const model::Lv& lv : vg->lvs)
    if (lv.visible() && activate::is_up(session.world(), *vg, lv)) ++active;
  if (!up || !arguments.has(Opt::sysinit) || active > 0)
    session.messages().print(fmt::format("{} logical volume(s) in volume group \"{}\" now active", active, vg->name));
  return status;
}

}  // namespace lvm::cli
