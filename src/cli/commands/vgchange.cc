// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <limits>

#include "activate/activate.h"
#include "cli/commands/commands.h"
#include "cli/commands/lv_attributes.h"
#include "cli/convert/merge.h"
#include "cli/forms.h"
#include "cli/operands.h"
#include "plan/lv_change.h"
#include "plan/vg_change.h"

namespace lvm::cli {
namespace {

Result<std::uint32_t> count_option(const Arguments& arguments, Opt opt) {
  std::int64_t value = arguments.number(opt).value_or(0);
  if (value < 0 || value > std::numeric_limits<std::uint32_t>::max())
    return fail(Code::usage, fmt::format("--{} is out of range: 0 to 4294967295.", row(opt).name));
  return static_cast<std::uint32_t>(value);
}

Result<plan::VgChangeRequest> change_request(Session& session) {
  const Arguments& arguments = session.arguments();
  plan::VgChangeRequest out;
  if (auto size = arguments.bytes(Opt::physicalextentsize)) {
    if (size->n == 0 || size->n % kSectorSize != 0)
      return fail(Code::usage, "Physical extent size must be a multiple of 512 bytes and not zero.");
    out.extent_size = to_sectors_ceil(*size);
  }
  if (arguments.has(Opt::logicalvolume)) out.max_lv = TRY(count_option(arguments, Opt::logicalvolume));
  if (arguments.has(Opt::maxphysicalvolumes)) out.max_pv = TRY(count_option(arguments, Opt::maxphysicalvolumes));
  out.allocation = arguments.allocation();
  out.resizeable = arguments.yes_no(Opt::resizeable);
  out.autoactivation = arguments.yes_no(Opt::setautoactivation);
  for (Opt opt : {Opt::vgmetadatacopies, Opt::metadatacopies})
    if (auto copies = arguments.number(opt)) out.metadata_copies = static_cast<std::uint32_t>(*copies);
  if (arguments.has(Opt::systemid)) out.system_id = std::string(arguments.text(Opt::systemid));
  for (Opt opt : {Opt::profile, Opt::metadataprofile})
    if (arguments.has(opt)) out.profile = std::string(arguments.text(opt));
  if (arguments.has(Opt::detachprofile)) out.profile = "";
  out.add_tags = arguments.all(Opt::addtag);
  out.delete_tags = arguments.all(Opt::deltag);
  out.new_uuid = arguments.has(Opt::uuid);
  out.yes = session.yes();
  return out;
}

bool changes_something(const plan::VgChangeRequest& r) {
  return r.extent_size || r.max_lv || r.max_pv || r.allocation || r.resizeable || r.autoactivation ||
         r.metadata_copies || r.system_id || r.profile || !r.add_tags.empty() || !r.delete_tags.empty() || r.new_uuid;
}

std::vector<LvId> visible_lvs(const model::Vg& vg) {
  std::vector<LvId> out;
  for (const model::Lv& lv : vg.lvs)
    if (lv.visible()) out.push_back(lv.id);
  return out;
}

ExitStatus activate(Session& session, const world::VgView& first) {
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
  if (request.partial && request.activation != plan::Activation::no)
    session.messages().print("PARTIAL MODE. Incomplete logical volumes will be processed.");
  request.whole_vg = true;
  if (request.activation == plan::Activation::automatic && view.vg->flags.has(model::VgFlag::no_autoactivate))
    return ExitStatus::ok;
  status = worst(status, session.carry_out(plan::lv_activate(session.context(), view, request)));
  if (arguments.has(Opt::plan)) return status;
  if (up) status = worst(status, convert::after_activation(session, id, request.lvs));
  model::VgPtr vg = session.world().find_vg(id)->vg;
  std::size_t active = 0;
  for (const model::Lv& lv : vg->lvs)
    if (lv.visible() && session.world().find_live(activate::top_uuid(*vg, lv))) ++active;
  if (!arguments.has(Opt::sysinit) || active > 0)
    session.messages().print(fmt::format("{} logical volume(s) in volume group \"{}\" now active", active, vg->name));
  return status;
}

ExitStatus change_one(Session& session, const world::VgView& view, const plan::VgChangeRequest& request) {
  const Arguments& arguments = session.arguments();
  ExitStatus status = ExitStatus::ok;
  std::string name = view.vg->name;
  if (changes_something(request)) status = session.carry_out(plan::vg_change(session.context(), view, request));
  const world::VgView* now = session.world().find_vg(name);
  if (!now) return status;
  if (arguments.has(Opt::activate)) status = worst(status, activate(session, *now));
  if (arguments.has(Opt::refresh))
    status = worst(status, session.carry_out(plan::lv_refresh(session.context(), *now, visible_lvs(*now->vg),
                                                              arguments.has(Opt::partial))));
  if (arguments.has(Opt::monitor) || arguments.has(Opt::poll))
    session.messages().verbose(fmt::format("Volume group \"{}\" has nothing to monitor or poll.", name));
  return status;
}

}  // namespace

ExitStatus run_vgchange(Session& session, const Arguments& arguments) {
  switch (arguments.form_id()) {
    case form::vgchange::lock_start:
    case form::vgchange::lock_stop:
    case form::vgchange::lock_type:
      return session.refuse(Error(Code::unsupported,
                                  "Shared volume groups need a lock manager, which is not "
                                  "available yet."));
    default: break;
  }
  auto request = change_request(session);
  if (!request) return session.refuse(request.error());
  return for_each_vg(session, [&](const world::VgView& view) { return change_one(session, view, *request); });
}

}  // namespace lvm::cli
