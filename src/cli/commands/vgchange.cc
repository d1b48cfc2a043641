// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <limits>

#include "cli/commands/commands.h"
#include "cli/commands/vg_activation.h"
#include "cli/commands/vg_shared.h"
#include "cli/convert/merge.h"
#include "cli/forms.h"
#include "cli/online.h"
#include "cli/operands.h"
#include "plan/lv_change.h"
#include "plan/vg_change.h"
#include "scan/scan.h"

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

ExitStatus change_one(Session& session, const world::VgView& view, const plan::VgChangeRequest& request) {
  const Arguments& arguments = session.arguments();
  ExitStatus status = ExitStatus::ok;
  std::string name = view.vg->name;
  if (changes_something(request)) status = session.carry_out(plan::vg_change(session.context(), view, request));
  const world::VgView* now = session.world().find_vg(name);
  if (!now) return status;
  if (arguments.has(Opt::activate)) status = worst(status, activate_vg(session, *now));
  if (arguments.has(Opt::refresh))
    status = worst(status, session.carry_out(plan::lv_refresh(session.context(), *now, visible_lvs(*now->vg),
                                                              arguments.has(Opt::partial))));
  if (arguments.has(Opt::monitor))
    session.messages().verbose(fmt::format("Volume group \"{}\" has nothing to monitor.", name));
  if (arguments.has(Opt::poll) && !arguments.has(Opt::activate))
    status = worst(status, convert::attend_conversions(session, now->vg->id, visible_lvs(*now->vg)));
  return status;
}

// --autoactivation says what the command is called for; there is one such event, and it can be switched off.
bool is_event(Session& session) {
  std::string_view event = session.arguments().text(Opt::autoactivation);
  bool known = event == "event";
  if (known && session.config().flag("global/event_activation")) return true;
  session.messages().print(known ? "Skip vgchange for event and event_activation=0."
                                 : "Skip vgchange for unknown autoactivation value.");
  return false;
}

// The devices that were seen to hold the VG's PVs are enough to read it from, when all of them are there.
void look_at_online_pvs(Session& session, const std::string& vg) {
  OnlineFiles online(session.system().files);
  std::vector<std::string> paths;
  for (const std::string& id : online.members(vg)) {
    auto pv = online.find(id);
    if (!pv) return;
    paths.push_back(pv->path);
  }
  if (paths.empty()) return;
  session.restrict_to(paths);
  auto found = session.discover();
  scan::Request request{.all_vgs = false, .vg_names = {vg}, .live = scan::Live::none, .restrict_to = paths};
  if (found) found = scan::read(session.system(), session.config(), request, session.world());
  const world::VgView* view = found ? session.world().find_vg(vg) : nullptr;
  if (!view || view->unusable || view->partial()) session.restrict_to({});
}

}  // namespace

ExitStatus run_vgchange(Session& session, const Arguments& arguments) {
  switch (arguments.form_id()) {
    case form::vgchange::lock_start: return run_lock_start(session);
    case form::vgchange::lock_stop: return run_lock_stop(session);
    case form::vgchange::lock_type: return run_lock_type(session);
    default: break;
  }
  auto request = change_request(session);
  if (!request) return session.refuse(request.error());
  if (arguments.has(Opt::autoactivation)) {
    if (!is_event(session)) return ExitStatus::ok;
    if (arguments.operands().size() == 1) look_at_online_pvs(session, arguments.operands().front());
  }
  return for_each_vg(session, [&](const world::VgView& view) { return change_one(session, view, *request); });
}

}  // namespace lvm::cli
