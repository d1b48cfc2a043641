// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "activate/live.h"
#include "cli/block_facts.h"
#include "cli/convert/common.h"
#include "cli/convert/rows.h"
#include "cli/operands.h"
#include "model/names.h"
#include "plan/convert/integrity.h"
#include "plan/convert/mirror.h"
#include "plan/convert/raid1.h"
#include "plan/convert/repair_pool.h"
#include "plan/convert/replace.h"
#include "plan/convert/reshape.h"
#include "plan/convert/takeover.h"
#include "segment/kind.h"

// lvconvert between linear, striped and the levels of raid, and what it does to raids.
namespace lvm::cli::convert {
namespace {

using plan::convert::Request;

// What checksums of new images go by: nothing where the raid has none, or is down, which is refused.
Result<plan::BlockFacts> blocks_for_images(Session& session, const world::VgView& view, const model::Lv& lv) {
  const bool live = activate::is_up(session.world(), *view.vg, lv);
  if (!live || !plan::convert::integrity_of(*view.vg, lv)) return plan::BlockFacts{};
  return volume_blocks(session, view.vg->id, lv.id);
}

// Runs a function of plan/convert/ on the volume.
template <class Plan>
ExitStatus carry_out(Session& session, Plan plan) {
  return with_volume(session, [&](const world::VgView& view, const model::Lv& named) {
    const model::Lv& lv = below_cache(*view.vg, named);
    auto alone = check_stands_alone(*view.vg, lv);
    if (!alone) return session.refuse(alone.error());
    auto request = request_of(session, lv);
    if (!request) return session.refuse(request.error());
    return session.carry_out(plan(view, lv, *request));
  });
}

bool is_linear(const model::Lv& lv) {
  return std::ranges::all_of(lv.segments, [](const model::Segment& segment) {
    const auto* striped = std::get_if<model::Striped>(&segment.body);
    return striped && striped->areas.size() == 1;
  });
}

bool is_raid1(const model::Lv& lv) {
  const auto* raid = lv.as<model::Raid>();
  return raid && raid->type == model::RaidType::raid1;
}

std::unexpected<Error> not_yet(const model::Vg& vg, const model::Lv& lv, std::string_view what) {
  return fail(Code::unsupported, fmt::format("Converting {}/{} from {} to {} is not possible yet: nothing was changed.",
                                             vg.name, lv.name, segment::type_name(lv.segments.front()), what));
}

// To raid1 images or to a linear volume, whichever of -m and --type said so.
Result<step::Plan> to_images(Session& session, const world::VgView& view, const model::Lv& lv, Request request,
                             std::uint32_t images, bool by_type) {
  if (lv.as<model::Mirror>() && by_type && images > 1)
    return plan::convert::mirror_to_raid1(session.context(), view, request);
  if (lv.as<model::Mirror>()) {
    plan::convert::MirrorRequest mirror = TRY(mirror_request_of(session, lv));
    mirror.images = images;
    if (images == images_now(lv) && mirror.logs) return plan::convert::set_mirror_log(session.context(), view, mirror);
    return plan::convert::set_mirror_images(session.context(), view, mirror);
  }
  if (is_linear(lv) || is_raid1(lv)) {
    if (images > images_now(lv)) request.blocks = TRY(blocks_for_images(session, view, lv));
    return plan::convert::set_raid1_images(session.context(), view, request, images, by_type);
  }
  const std::string type = images == 1 ? "linear" : "raid1";
  if (by_type) return plan::convert::take_over(session.context(), view, request, type);
  return not_yet(*view.vg, lv, type);
}

}  // namespace

ExitStatus to_linear(Session& session) {
  return carry_out(session, [&](const world::VgView& view, const model::Lv& lv, const Request& request) {
    return to_images(session, view, lv, request, 1, true);
  });
}

ExitStatus to_mirrors(Session& session) {
  return with_volume_followed(session, [&](const world::VgView& view, const model::Lv& lv) -> Result<step::Plan> {
    Request request = TRY(request_of(session, lv));
    if (session.arguments().has(Opt::mirrorlog) && !lv.as<model::Mirror>())
      return fail(Code::refused, "--corelog and --mirrorlog are only compatible with mirror devices");
    std::uint32_t images = TRY(images_wanted(session.arguments(), images_now(lv)));
    return to_images(session, view, lv, request, images, false);
  });
}

ExitStatus to_raid(Session& session) {
  return carry_out(session,
                   [&](const world::VgView& view, const model::Lv& lv, const Request& request) -> Result<step::Plan> {
                     const Arguments& arguments = session.arguments();
                     std::string type(arguments.text(Opt::type));
                     bool counted = arguments.has(Opt::mirrors_change);
                     if (type != "raid1" || (lv.as<model::Raid>() && !(is_raid1(lv) && counted)))
                       return plan::convert::take_over(session.context(), view, request, type);
                     std::uint32_t now = images_now(lv);
                     std::uint32_t images = now == 1 ? 2 : now;
                     if (counted) images = TRY(images_wanted(arguments, now));
                     return to_images(session, view, lv, request, images, !counted);
                   });
}

ExitStatus to_striped(Session& session) {
  return carry_out(session, [&](const world::VgView& view, const model::Lv&, const Request& request) {
    return plan::convert::take_over(session.context(), view, request, "striped");
  });
}

ExitStatus reshape(Session& session) {
  return carry_out(
      session, [&](const world::VgView& view, const model::Lv& lv, const Request& request) -> Result<step::Plan> {
        const auto& raid = *lv.as<model::Raid>();
        if (is_raid1(lv) || raid.row().kernel_name == "raid0")
          return fail(Code::refused, fmt::format("Command on LV {0}/{1} with invalid LV type {2}.\nCommand "
                                                 "not permitted on LV {0}/{1}.",
                                                 view.vg->name, lv.name, is_raid1(lv) ? "raid" : "striped"));
        return plan::convert::reshape(session.context(), view, request);
      });
}

ExitStatus set_region_size(Session& session) {
  return carry_out(session, [&](const world::VgView& view, const model::Lv&, const Request& request) {
    return plan::convert::set_region_size(session.context(), view, request);
  });
}

ExitStatus split_mirrors(Session& session) {
  return carry_out(session,
                   [&](const world::VgView& view, const model::Lv& lv, const Request& request) -> Result<step::Plan> {
                     const Arguments& arguments = session.arguments();
                     std::string name(arguments.text(Opt::name));
                     if (auto slash = name.rfind('/'); slash != std::string::npos) name = name.substr(slash + 1);
                     TRY(model::check_new_lv_name(name));
                     auto count = static_cast<std::uint32_t>(*arguments.number(Opt::splitmirrors));
                     if (lv.as<model::Mirror>())
                       return plan::convert::split_mirror_images(session.context(), view, request, count, name);
                     if (!is_raid1(lv)) return not_yet(*view.vg, lv, "fewer images and a volume of the others");
                     return plan::convert::split_images(session.context(), view, request, count, name);
                   });
}

ExitStatus track_images(Session& session) {
  return carry_out(session,
                   [&](const world::VgView& view, const model::Lv& lv, const Request& request) -> Result<step::Plan> {
                     if (session.arguments().number(Opt::splitmirrors) != 1)
                       return fail(Code::refused, "Only one image can be split off a raid1 with --trackchanges.");
                     if (!is_raid1(lv)) return not_yet(*view.vg, lv, "a raid1 with an image split off");
                     return plan::convert::track_image(session.context(), view, request);
                   });
}

ExitStatus merge_mirrors(Session& session) {
  return for_each_lv(session, [&](const world::VgView& view, const std::vector<LvId>& lvs) {
    ExitStatus status = ExitStatus::ok;
    VgId vg = view.vg->id;
    for (LvId lv : lvs)
      status = worst(
          status, session.carry_out(plan::convert::merge_image(session.context(), *session.world().find_vg(vg), lv)));
    return status;
  });
}

ExitStatus replace_images(Session& session) {
  return carry_out(session, [&](const world::VgView& view, const model::Lv& lv, Request request) -> Result<step::Plan> {
    request.blocks = TRY(blocks_for_images(session, view, lv));
    return plan::convert::replace_images(session.context(), view, request, session.arguments().all(Opt::replace));
  });
}

ExitStatus repair(Session& session) {
  Followed found;
  ExitStatus status = with_volume(session, [&](const world::VgView& view, const model::Lv& lv) {
    auto request = request_of(session, lv);
    if (!request) return session.refuse(request.error());
    if (lv.as<model::ThinPool>() || lv.as<model::CachePool>() || lv.as<model::Cache>()) {
      bool spare = session.arguments().yes_no(Opt::poolmetadataspare).value_or(true);
      return session.carry_out(
          plan::convert::repair_pool(session.context(), view, {lv.id, std::move(request->pvs), spare}));
    }
    if (auto alone = check_stands_alone(*view.vg, lv); !alone) return session.refuse(alone.error());
    if (lv.as<model::Mirror>()) return repair_mirror(session, view, lv, std::move(*request), found);
    if (!lv.as<model::Raid>()) return session.refuse(not_yet(*view.vg, lv, "a repaired one").error());
    if (session.arguments().has(Opt::usepolicies) &&
        session.config().string("activation/raid_fault_policy") != "allocate") {
      session.messages().warn(
          fmt::format("Use 'lvconvert --repair {}/{}' to replace failed device.", view.vg->name, lv.name));
      return ExitStatus::ok;
    }
    auto blocks = blocks_for_images(session, view, lv);
    if (!blocks) return session.refuse(blocks.error());
    request->blocks = *std::move(blocks);
    return session.carry_out(plan::convert::repair(session.context(), view, *request));
  });
  return status == ExitStatus::ok ? follow(session, found) : status;
}

ExitStatus set_integrity(Session& session) {
  return carry_out(session, [&](const world::VgView& view, const model::Lv& lv, Request request) -> Result<step::Plan> {
    const Arguments& arguments = session.arguments();
    if (!arguments.yes_no(Opt::raidintegrity).value_or(false))
      return plan::convert::remove_integrity(session.context(), view, request);
    plan::convert::IntegrityOptions options{
        std::string(arguments.text(Opt::raidintegritymode)),
        static_cast<std::uint32_t>(arguments.number(Opt::raidintegrityblocksize).value_or(0))};
    // One that is not active is refused.
    if (activate::is_up(session.world(), *view.vg, lv))
      request.blocks = TRY(volume_blocks(session, view.vg->id, lv.id));
    return plan::convert::add_integrity(session.context(), view, request, options);
  });
}

}  // namespace lvm::cli::convert
