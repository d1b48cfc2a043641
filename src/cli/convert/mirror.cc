// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "activate/activate.h"
#include "activate/live.h"
#include "cli/convert/common.h"
#include "cli/convert/rows.h"

// lvconvert to mirrors of the old kind, and what it does to them.
namespace lvm::cli::convert {

ExitStatus to_mirror(Session& session) {
  return with_volume_followed(session, [&](const world::VgView& view, const model::Lv& lv) -> Result<step::Plan> {
    const bool counted = session.arguments().has(Opt::mirrors_change);
    const auto* raid = lv.as<model::Raid>();
    if (raid && raid->type == model::RaidType::raid1 && !counted)
      return plan::convert::raid1_to_mirror(session.context(), view, TRY(request_of(session, lv)));
    if (!counted) return fail(Code::refused, "Conversions to --type mirror require -m/--mirrors");
    if (!lv.as<model::Mirror>() && !lv.as<model::Striped>())
      return fail(Code::unsupported, "Converting " + view.vg->name + "/" + lv.name +
                                         " to a mirror is not possible yet: make it linear first.");
    plan::convert::MirrorRequest request = TRY(mirror_request_of(session, lv));
    std::uint32_t now = images_now(lv);
    request.images = TRY(images_wanted(session.arguments(), now));
    if (lv.as<model::Mirror>() && request.images == now && request.logs)
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

namespace {

// Whether lost images (or the log) are to be replaced: by the policy, or by whoever is asked.
bool replaces(Session& session, std::string_view what, config::Key policy) {
  if (session.arguments().has(Opt::usepolicies)) return session.config().string(policy) == "allocate";
  return session.ask({std::string(what), "Lost parts of the mirror are not replaced."});
}

}  // namespace

ExitStatus repair_mirror(Session& session, const world::VgView& view, const model::Lv& lv,
                         plan::convert::Request request, Followed& volume) {
  const plan::convert::LostParts lost = plan::convert::lost_parts(view, lv);
  const model::Mirror& before = *lv.as<model::Mirror>();
  const std::size_t images = before.areas.size();
  const bool had_log = static_cast<bool>(before.log);
  const bool more_images =
      !lost.images.empty() &&
      replaces(session, "Attempt to replace failed mirror images (requires full device resync)? [y/n]: ",
               "activation/mirror_image_fault_policy");
  const bool new_log =
      lost.log &&
      replaces(session, "Attempt to replace failed mirror log? [y/n]: ", "activation/mirror_log_fault_policy");
  const std::string uuid = activate::top_uuid(*view.vg, lv);
  const VgId vg = view.vg->id;
  ExitStatus status = session.carry_out(plan::convert::drop_lost_parts(session.context(), view, request, more_images));
  if (status != ExitStatus::ok || session.arguments().has(Opt::plan) || session.test_mode()) return status;

  plan::convert::MirrorRequest add{std::move(request)};
  add.missing_pvs = true;
  add.logs = had_log && (!lost.log || new_log) ? 1 : 0;
  add.images = static_cast<std::uint32_t>(images);
  auto now = [&]() -> const model::Lv& { return *session.world().find_vg(vg)->vg->find_lv(add.lv); };
  if (more_images) {
    status = session.carry_out(plan::convert::set_mirror_images(session.context(), *session.world().find_vg(vg), add));
    if (status == ExitStatus::ok && session.world().find_live(uuid))
      volume = followed(*session.world().find_vg(vg), now());
  }
  const auto* left = now().as<model::Mirror>();
  if (status == ExitStatus::ok && new_log && left && !left->log)
    status = session.carry_out(plan::convert::set_mirror_log(session.context(), *session.world().find_vg(vg), add));
  return status;
}

ExitStatus poll(Session& session) {
  Followed found;
  ExitStatus status = with_volume(session, [&](const world::VgView& view, const model::Lv& lv) {
    if (activate::is_up(session.world(), *view.vg, lv)) found = followed(view, lv);
    return ExitStatus::ok;
  });
  return status == ExitStatus::ok ? follow(session, found) : status;
}

}  // namespace lvm::cli::convert
