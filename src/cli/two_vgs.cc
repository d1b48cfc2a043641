// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/two_vgs.h"

#include <fmt/format.h>

#include <algorithm>

namespace lvm::cli {
namespace {

Result<> check_usable(const Session& session, const world::VgView* view, const std::string& name) {
  if (!view) return fail(Code::not_found, fmt::format("Volume group \"{}\" not found", name));
  if (view->unusable) return fail(Code::corrupt, *view->unusable);
  // Locks cannot go from one VG to another.
  if (view->vg->shared())
    return fail(Code::refused, fmt::format("{} not allowed for lock_type {}", session.arguments().command().name,
                                           view->vg->lock_type));
  if (view->vg->exported()) return fail(Code::refused, fmt::format("Volume group {} is exported", name));
  return {};
}

}  // namespace

ExitStatus with_two_vgs(Session& session, const std::string& first, const std::string& second, bool second_may_be_new,
                        const TwoVgs& work) {
  if (first == second)
    return session.refuse(Error(Code::refused, fmt::format("Duplicate volume group name \"{}\"", first)));
  auto found = session.discover();
  if (!found) return session.refuse(found.error());
  std::vector<std::unique_ptr<lock::Guard>> guards;
  for (const std::string& name : {std::min(first, second), std::max(first, second)}) {
    auto guard = session.lock_vg(name, lock::Mode::exclusive);
    if (!guard) return session.refuse(guard.error());
    guards.push_back(std::move(*guard));
  }
  auto read = session.read({first, second});
  if (!read) return session.refuse(read.error());
  const world::VgView* one = session.world().find_vg(first);
  const world::VgView* two = session.world().find_vg(second);
  auto usable = check_usable(session, one, first);
  if (usable && (two || !second_may_be_new)) usable = check_usable(session, two, second);
  if (!usable) return session.refuse(usable.error());
  return work(*one, two);
}

}  // namespace lvm::cli
