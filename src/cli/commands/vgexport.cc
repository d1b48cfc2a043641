// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vg_export.h"

#include "cli/commands/commands.h"
#include "cli/operands.h"

// vgexport and vgimport.
namespace lvm::cli {

ExitStatus run_vgexport(Session& session, const Arguments&) {
  return for_each_vg(
      session, [&](const world::VgView& view) { return session.carry_out(plan::vg_export(session.context(), view)); });
}

ExitStatus run_vgimport(Session& session, const Arguments& arguments) {
  plan::VgImportRequest request{.force = arguments.has(Opt::force)};
  if (request.force) session.messages().warn("WARNING: Volume groups with missing PVs will be imported with --force.");
  return for_each_vg(session, [&](const world::VgView& view) {
    return session.carry_out(plan::vg_import(session.context(), view, request));
  });
}

}  // namespace lvm::cli
