// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vg_remove.h"

#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/commands/vg_activation.h"
#include "cli/commands/vg_shared.h"
#include "cli/forms.h"
#include "cli/operands.h"
#include "model/names.h"

namespace lvm::cli {
namespace {

// The old name may be the VG's id instead.
Result<std::string> name_or_id(Session& session, const std::string& text) {
  auto id = VgId::parse(text);
  if (!id) return parse_vg_name(text);
  for (const world::PvDevice& pv : session.world().pvs)
    for (const world::MetadataArea& area : pv.areas)
      if (area.vg_id == *id) return area.vg_name;
  return parse_vg_name(text);
}

}  // namespace

ExitStatus run_vgremove(Session& session, const Arguments&) {
  return for_each_vg(session, [&](const world::VgView& view) {
    session.look_at_users(*view.vg, visible_lvs(*view.vg));
    if (view.vg->shared()) return remove_shared_vg(session, view);
    return session.carry_out(plan::vg_remove(session.context(), view, {session.force(), session.yes()}));
  });
}

ExitStatus run_vgrename(Session& session, const Arguments& arguments) {
  auto found = session.discover();
  if (!found) return session.refuse(found.error());
  auto old_name = name_or_id(session, arguments.operands()[0]);
  if (!old_name) return session.refuse(old_name.error());
  std::string new_text = arguments.operands()[1];
  if (new_text.starts_with("/dev/")) new_text.erase(0, 5);
  auto valid = model::check_new_vg_name(new_text);
  if (!valid) {
    session.refuse(Error(Code::refused, valid.error().message()));
    return ExitStatus::failed;
  }
  if (*old_name == new_text) return session.refuse(Error(Code::refused, "Old and new volume group names must differ"));
  // Two VG locks: always in name order.
  std::unique_ptr<lock::Guard> first;
  if (new_text < *old_name) {
    auto guard = session.lock_vg(new_text, lock::Mode::exclusive);
    if (!guard) return session.refuse(guard.error());
    first = std::move(*guard);
  }
  return session.with_vg(*old_name, [&](const world::VgView& view) {
    std::unique_ptr<lock::Guard> second;
    if (!first) {
      auto guard = session.lock_vg(new_text, lock::Mode::exclusive);
      if (!guard) return session.refuse(guard.error());
      second = std::move(*guard);
    }
    if (view.vg->shared()) return rename_shared_vg(session, view, new_text);
    return session.carry_out(plan::vg_rename(session.context(), view, {new_text}));
  });
}

}  // namespace lvm::cli
