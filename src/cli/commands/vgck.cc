// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vg_check.h"

#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/operands.h"

namespace lvm::cli {
namespace {

// Under an exclusive lock, which the row's shared one is not.
ExitStatus update_metadata(Session& session, const std::string& operand) {
  auto name = parse_vg_name(operand);
  if (!name) return session.refuse(name.error());
  auto found = session.discover();
  if (!found) return session.refuse(found.error());
  auto guard = session.lock_vg(*name, lock::Mode::exclusive);
  if (!guard) return session.refuse(guard.error());
  auto read = session.read({*name});
  if (!read) return session.refuse(read.error());
  const world::VgView* view = session.world().find_vg(*name);
  if (!view) {
    session.messages().error(fmt::format("Volume group \"{}\" not found", *name));
    session.messages().error(fmt::format("Cannot process volume group {}", *name));
    return ExitStatus::failed;
  }
  return session.carry_out(plan::vg_update_metadata(session.context(), *view));
}

}  // namespace

ExitStatus run_vgck(Session& session, const Arguments& arguments) {
  if (arguments.form_id() == form::vgck::update) return update_metadata(session, arguments.operands().front());
  return for_each_vg(session, [&](const world::VgView& view) {
    auto sound = plan::vg_check(view);
    return sound ? ExitStatus::ok : session.refuse(sound.error());
  });
}

}  // namespace lvm::cli
