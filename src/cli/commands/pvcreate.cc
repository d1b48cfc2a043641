// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/candidates.h"
#include "cli/commands/commands.h"
#include "metadata/text.h"
#include "plan/pv_create.h"

namespace lvm::cli {
namespace {

// Where the PV with this id had its data when the backup was made.
Result<> read_restore_file(Session& session, plan::PvCreateOptions& options) {
  if (!session.arguments().has(Opt::restorefile)) return {};
  std::string path(session.arguments().text(Opt::restorefile));
  std::string text = TRY(session.system().files.read(path));
  metadata::ReadText content = TRY(metadata::read(std::move(text), path));
  const model::Pv* pv = content.vg.find_pv(*options.uuid);
  if (!pv) return fail(Code::not_found, "Can't find uuid " + options.uuid->dashed() + " in backup file " + path);
  options.restored_pe_start = to_bytes(pv->pe_start);
  options.restored_data_end = to_bytes(content.vg.sector_of(*pv, pv->pe_count));
  if (pv->boot_size) {
    options.restored_boot_start = to_bytes(pv->boot_start);
    options.restored_boot_size = to_bytes(pv->boot_size);
  }
  return {};
}

}  // namespace

ExitStatus run_pvcreate(Session& session, const Arguments& arguments) {
  auto options = pv_create_options(session);
  if (!options) return session.refuse(options.error());
  auto restored = read_restore_file(session, *options);
  if (!restored) return session.refuse(restored.error());
  auto read = session.read_all();
  if (!read) return session.refuse(read.error());
  ExitStatus status = ExitStatus::ok;
  plan::PvCreateRequest request{candidates(session, arguments.operands(), status), *options};
  if (request.candidates.empty()) return status;
  return worst(status, session.carry_out(plan::pv_create(session.context(), request)));
}

ExitStatus run_pvremove(Session& session, const Arguments& arguments) {
  auto read = session.read_all();
  if (!read) return session.refuse(read.error());
  ExitStatus status = ExitStatus::ok;
  plan::PvRemoveRequest request{candidates(session, arguments.operands(), status), session.force(), session.yes()};
  if (request.candidates.empty()) return status;
  return worst(status, session.carry_out(plan::pv_remove(session.context(), request)));
}

}  // namespace lvm::cli
