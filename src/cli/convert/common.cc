// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/convert/common.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "cli/operands.h"
#include "cli/progress.h"
#include "dm/status.h"
#include "model/relations.h"
#include "model/usable.h"
#include "plan/cow.h"
#include "plan/images.h"

namespace lvm::cli::convert {

using plan::convert::MirrorRequest;
using plan::convert::Request;

Result<Request> request_of(Session& session, const model::Lv& lv) {
  const Arguments& arguments = session.arguments();
  Request out;
  out.lv = lv.id;
  out.pvs = TRY(pv_arguments(arguments, 1));
  if (auto size = arguments.bytes(Opt::regionsize)) out.region_size = to_sectors_ceil(*size);
  if (auto size = arguments.bytes(Opt::stripesize)) out.stripe_size = to_sectors_ceil(*size);
  if (auto stripes = arguments.number(Opt::stripes_long)) {
    if (*stripes < 1 || *stripes > static_cast<std::int64_t>(model::kMaxStripes))
      return fail(Code::refused,
                  fmt::format("Number of stripes ({}) must be between 1 and {}.", *stripes, model::kMaxStripes));
    out.stripes = static_cast<std::uint32_t>(*stripes);
  }
  out.allocation = arguments.allocation();
  out.yes = session.yes();
  out.force = arguments.has(Opt::force);
  return out;
}

Result<MirrorRequest> mirror_request_of(Session& session, const model::Lv& lv) {
  MirrorRequest out;
  static_cast<Request&>(out) = TRY(request_of(session, lv));
  std::string_view log = session.arguments().text(Opt::mirrorlog);
  if (!log.empty()) out.logs = TRY(plan::mirror_log_copies(session.context(), log));
  return out;
}

Result<> check_stands_alone(const model::Vg& vg, const model::Lv& lv) {
  const model::Relations relations(vg);
  if (plan::holder_of_store(relations, lv))
    return fail(Code::refused, fmt::format("Operation not permitted on LV {}/{} type snapshot.", vg.name, lv.name));
  if (lv.visible()) return {};
  const model::Relation* relation = relations.part_of(relations.position(lv));
  constexpr model::Role kWhole[] = {model::Role::thin_pool_data,  model::Role::thin_pool_metadata,
                                    model::Role::cache_pool_data, model::Role::cache_pool_metadata,
                                    model::Role::cache_origin,    model::Role::writecache_origin,
                                    model::Role::vdo_pool_data};
  if (relation && std::ranges::find(kWhole, relation->role) != std::end(kWhole)) return {};
  return std::unexpected(plan::hidden_lv(vg, lv));
}

const model::Lv& below_cache(const model::Vg& vg, const model::Lv& lv) {
  const auto* cache = lv.as<model::Cache>();
  return cache ? below_cache(vg, *vg.find_lv(cache->origin)) : lv;
}

std::uint32_t images_now(const model::Lv& lv) {
  if (const auto* raid = lv.as<model::Raid>()) return static_cast<std::uint32_t>(raid->areas.size());
  if (const auto* mirror = lv.as<model::Mirror>()) return static_cast<std::uint32_t>(mirror->areas.size());
  return 1;
}

Result<std::uint32_t> images_wanted(const Arguments& arguments, std::uint32_t now) {
  auto amount = arguments.amount(Opt::mirrors_change);
  if (!amount) return now;
  std::uint64_t count = amount->extents.n;
  switch (amount->sign) {
    case Sign::none: return static_cast<std::uint32_t>(count + 1);
    case Sign::plus: return static_cast<std::uint32_t>(now + count);
    case Sign::minus: break;
  }
  if (count >= now) return fail(Code::refused, "Unable to reduce images by specified amount.");
  return static_cast<std::uint32_t>(now - count);
}

namespace {

dm::Usage synchronised(const dm::StatusBody& body) {
  if (const auto* raid = std::get_if<dm::RaidStatus>(&body)) return raid->in_sync;
  if (const auto* mirror = std::get_if<dm::MirrorStatus>(&body)) return mirror->in_sync;
  return {};
}

// The command line of a program that goes on with it.
Result<std::vector<std::string>> follower(Session& session, std::string_view operation, const std::string& volume) {
  const Arguments& arguments = session.arguments();
  std::vector<std::string> words = {TRY(own_program()), "lvpoll"};
  for (Opt option : {Opt::config, Opt::devices, Opt::devicesfile, Opt::engine, Opt::commandprofile})
    for (const std::string& text : arguments.all(option))
      words.push_back(fmt::format("--{}={}", row(option).name, text));
  if (arguments.has(Opt::nolocking)) words.push_back(fmt::format("--{}", row(Opt::nolocking).name));
  words.insert(words.end(), {"--polloperation", std::string(operation), "--interval",
                             std::to_string(polling_interval(session) / 1000), volume});
  return words;
}

ExitStatus finish(Session& session, const Followed& volume) {
  if (!volume.to_finish) return ExitStatus::ok;
  return session.with_vg(volume.vg, [&](const world::VgView& view) {
    // Somebody else may have been quicker.
    if (!view.vg->find_lv(volume.lv)) return ExitStatus::ok;
    return session.carry_out(plan::convert::finish_mirror_images(session.context(), view, volume.lv));
  });
}

}  // namespace

std::uint64_t polling_interval(Session& session) {
  std::int64_t seconds =
      session.arguments().number(Opt::interval).value_or(session.config().integer("activation/polling_interval"));
  return static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 1)) * 1000;
}

ExitStatus leave_to_lvpoll(Session& session, std::string_view operation, const std::string& volume) {
  auto words = follower(session, operation, volume);
  auto started = words ? session.system().programs.start(*words) : Result<>(std::unexpected(words.error()));
  return started ? ExitStatus::ok : session.refuse(started.error());
}

Followed followed(const world::VgView& view, const model::Lv& lv) {
  return {view.vg->name, lv.name, activate::top_uuid(*view.vg, lv), lv.id,
          model::converted_mirror(*view.vg, lv) != nullptr};
}

ExitStatus follow(Session& session, const Followed& volume) {
  const Arguments& arguments = session.arguments();
  if (volume.uuid.empty() || arguments.has(Opt::plan) || session.test_mode()) return ExitStatus::ok;
  if (arguments.has(Opt::background))
    return volume.to_finish ? leave_to_lvpoll(session, "convert", volume.full_name()) : ExitStatus::ok;
  constexpr std::int64_t kDefaultSeconds = 15;
  constexpr std::uint64_t kMillisecond = 1000, kFirst = 200;
  auto interval = static_cast<std::uint64_t>(arguments.number(Opt::interval).value_or(kDefaultSeconds)) * kMillisecond;
  Progress progress(session.messages(), session.system().clock, volume.full_name() + ": Converted");
  // Small volumes are done long before the first interval is over.
  for (std::uint64_t wait = std::min(kFirst, interval), waited = 0;; wait = std::min(wait * 2, interval)) {
    auto lines = session.system().dm.status(volume.uuid);
    if (!lines) return session.refuse(lines.error());
    if (lines->empty()) return ExitStatus::ok;
    const dm::Usage usage = synchronised(dm::read_status(lines->front()).body);
    const bool done = usage.used >= usage.total;
    if (done || waited >= interval) {
      waited = 0;
      progress.hide();
      double percent =
          usage.total == 0 ? 100.0 : 100.0 * static_cast<double>(usage.used) / static_cast<double>(usage.total);
      session.messages().print(fmt::format("{}: Converted: {:.2f}%", volume.full_name(), percent));
    } else {
      progress.update(usage.used, usage.total);
    }
    if (done) return finish(session, volume);
    const std::uint64_t now = std::min({wait, interval - waited, progress.milliseconds().value_or(interval)});
    session.system().clock.sleep_milliseconds(now);
    waited += now;
  }
}

ExitStatus with_volume_followed(
    Session& session, const std::function<Result<step::Plan>(const world::VgView& view, const model::Lv& lv)>& plan) {
  Followed found;
  ExitStatus status = with_volume(session, [&](const world::VgView& view, const model::Lv& named) {
    const model::Lv& lv = below_cache(*view.vg, named);
    Followed volume = followed(view, lv);
    bool grows = false;
    auto alone = check_stands_alone(*view.vg, lv);
    if (!alone) return session.refuse(alone.error());
    auto made = plan(view, lv);
    if (made && !made->stages.empty() && made->stages.back().after) {
      const model::Lv* after = made->stages.back().after->find_lv(lv.id);
      volume.to_finish = after && model::converted_mirror(*made->stages.back().after, *after);
      grows = volume.to_finish || (after && after->as<model::Mirror>() && images_now(*after) > images_now(lv));
    }
    if (grows && session.world().find_live(volume.uuid)) found = std::move(volume);
    return session.carry_out(std::move(made));
  });
  return status == ExitStatus::ok ? follow(session, found) : status;
}

}  // namespace lvm::cli::convert
