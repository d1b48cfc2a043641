// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/activate.h"
#include "cli/convert/common.h"
#include "cli/convert/rows.h"

// lvconvert to mirrors of the old kind, and what it does to them.
namespace lvm::cli::convert {

ExitStatus to_mirror(Session& session) {
  return with_volume_followed(session, [&](const world::VgView& view, const model::Lv& lv) -> Result<step::Plan> {
    if (!lv.as<model::Mirror>() && !lv.as<model::Striped>())
      return fail(Code::unsupported, "Converting " + view.vg->name + "/" + lv.name +
                                         " to a mirror is not possible yet: make it linear first.");
    plan::convert::MirrorRequest request = TRY(mirror_request_of(session, lv));
    std::uint32_t now = images_now(lv);
    request.images = now == 1 ? 2 : now;
    if (session.arguments().has(Opt::mirrors_change)) request.images = TRY(images_wanted(session.arguments(), now));
    if (lv.as<model::Mirror>() && request.images == now && request.disk_log)
      return plan::convert::set_mirror_log(session.context(), view, request);
    return plan::convert::set_mirror_images(session.context(), view, request);
  });
}

ExitStatus set_mirror_log(Session& session) {
  return with_volume(session, [&](const world::VgView& view, const model::Lv& lv) {
    auto request = mirror_request_of(session, lv);
    if (!request) return session.refuse(request.error());
    return session.carry_out(plan::convert::set_mirror_log(session.context(), view, *request));
  });
}

ExitStatus poll(Session& session) {
  std::string name, uuid;
  ExitStatus status = with_volume(session, [&](const world::VgView& view, const model::Lv& lv) {
    name = view.vg->name + "/" + lv.name;
    uuid = activate::top_uuid(*view.vg, lv);
    return ExitStatus::ok;
  });
  if (status != ExitStatus::ok || !session.world().find_live(uuid)) return status;
  return follow(session, name, uuid);
}

}  // namespace lvm::cli::convert
