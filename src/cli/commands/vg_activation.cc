// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/vg_activation.h"

#include <fmt/format.h>

#include "activate/activate.h"
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

ExitStatus activate_vg(Session& session, const world::VgView& first) {
  const Arguments& arguments = session.arguments();
  plan::LvActivateRequest request;
  request.activation = *activation_wanted(arguments);
  bool up = request.activation != plan::Activation::no;
  VgId id = first.vg->id;
  ExitStatus status = up ? convert::before_activation(session, first, visible_lvs(*first.vg)) : ExitStatus::ok;
  const world::VgView& view = *session.world().find_vg(id);
  request.lvs = visible_lvs(*view.vg);
  request.ignore_activation_skip = arguments.has(Opt::ignoreactivationskip);
  request.partial = arguments.has(Opt::partial) || arguments.activation_mode() == ActivationMode::partial;
  request.complete = arguments.activation_mode() == ActivationMode::complete;
  request.whole_vg = true;
  if (request.activation == plan::Activation::automatic && view.vg->flags.has(model::VgFlag::no_autoactivate))
    return ExitStatus::ok;
  if (request.activation != plan::Activation::automatic) session.lock_also(request.lvs);
  status = worst(status, session.carry_out(plan::lv_activate(session.context(), view, request)));
  if (arguments.has(Opt::plan)) return status;
  if (up) status = worst(status, convert::attend_merges(session, id, request.lvs));
  model::VgPtr vg = session.world().find_vg(id)->vg;
  std::size_t active = 0;
  for (const model::Lv& lv : vg->lvs)
    if (lv.visible() && session.world().find_live(activate::top_uuid(*vg, lv))) ++active;
  if (!arguments.has(Opt::sysinit) || active > 0)
    session.messages().print(fmt::format("{} logical volume(s) in volume group \"{}\" now active", active, vg->name));
  return status;
}

}  // namespace lvm::cli
