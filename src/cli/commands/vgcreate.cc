// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vg_create.h"

#include <algorithm>
#include <limits>

#include "cli/block_facts.h"
#include "cli/candidates.h"
#include "cli/commands/commands.h"
#include "cli/commands/vg_shared.h"
#include "cli/operands.h"
#include "model/names.h"

namespace lvm::cli {
namespace {

Result<plan::VgCreateRequest> create_request(Session& session, const std::string& name) {
  const Arguments& arguments = session.arguments();
  plan::VgCreateRequest out;
  out.name = name;
  TRY(model::check_new_vg_name(out.name));
  out.pv_options = TRY(pv_create_options(session));
  if (auto size = arguments.bytes(Opt::physicalextentsize)) {
    if (size->n % kSectorSize != 0) return fail(Code::usage, "Physical extent size must be a multiple of 512 bytes.");
    out.extent_size = to_sectors_floor(*size);
    if (size->n == 0) return fail(Code::usage, "Physical extent size may not be zero.");
  }
  out.max_lv = static_cast<std::uint32_t>(arguments.number(Opt::maxlogicalvolumes).value_or(0));
  out.max_pv = static_cast<std::uint32_t>(arguments.number(Opt::maxphysicalvolumes).value_or(0));
  out.allocation = arguments.allocation().value_or(model::Allocation::normal);
  if (out.allocation == model::Allocation::inherit)
    return fail(Code::usage, "Volume Group allocation policy may not inherit from anything");
  for (Opt opt : {Opt::vgmetadatacopies, Opt::metadatacopies})
    if (auto copies = arguments.number(opt)) out.metadata_copies = static_cast<std::uint32_t>(*copies);
  out.tags = arguments.all(Opt::addtag);
  if (arguments.has(Opt::systemid)) out.system_id = std::string(arguments.text(Opt::systemid));
  out.autoactivation = arguments.yes_no(Opt::setautoactivation).value_or(true);
  if (arguments.has(Opt::clustered)) return fail(Code::usage, "The clustered option is deprecated, see --shared.");
  for (Opt opt : {Opt::profile, Opt::metadataprofile})
    if (arguments.has(opt)) out.profile = std::string(arguments.text(opt));
  return out;
}

std::vector<std::string> device_operands(const Arguments& arguments) {
  return {arguments.operands().begin() + 1, arguments.operands().end()};
}

}  // namespace

ExitStatus run_vgcreate(Session& session, const Arguments& arguments) {
  std::string name = arguments.operands().front();
  if (name.starts_with("/dev/")) name.erase(0, 5);
  auto request = create_request(session, name);
  if (!request) return session.refuse(request.error());
  auto kind = wanted_lock_type(session);
  if (!kind) return session.refuse(kind.error());
  bool enable_global = false;
  if (*kind) {
    auto global = session.shared_locks().lock_global_to_create(**kind);
    if (!global) return session.refuse(global.error());
    enable_global = *global;
    request->system_id = "";
    request->quiet = true;
  }
  auto guard = session.lock_vg(name, lock::Mode::exclusive);
  if (!guard) return session.refuse(guard.error());
  auto read = session.read_all();
  if (!read) return session.refuse(read.error());
  ExitStatus status = ExitStatus::ok;
  request->candidates = candidates(session, device_operands(arguments), status);
  if (status != ExitStatus::ok) {
    if (arguments.operands().size() > 2) session.messages().error("Command requires all devices to be found.");
    return status;
  }
  status = session.carry_out(plan::vg_create(session.context(), *request));
  if (!*kind || status != ExitStatus::ok || arguments.has(Opt::plan) || session.test_mode()) return status;
  return share_new_vg(session, name, **kind, enable_global);
}

ExitStatus run_vgextend(Session& session, const Arguments& arguments) {
  auto name = parse_vg_name(arguments.operands().front());
  if (!name) return session.refuse(name.error());
  auto options = pv_create_options(session);
  if (!options) return session.refuse(options.error());
  // All VGs: a device that another one uses must be known.
  auto read = session.read_all();
  if (!read) return session.refuse(read.error());
  return session.with_vg(*name, [&](const world::VgView& view) {
    ExitStatus status = ExitStatus::ok;
    plan::VgExtendRequest request{candidates(session, device_operands(arguments), status), *options,
                                  arguments.has(Opt::restoremissing), device_blocks(session, view)};
    if (status != ExitStatus::ok) {
      if (arguments.operands().size() > 2) session.messages().error("Command requires all devices to be found.");
      return status;
    }
    return session.carry_out(plan::vg_extend(session.context(), view, request));
  });
}

}  // namespace lvm::cli
