// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/convert/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "activate/activate.h"
#include "cli/convert/common.h"
#include "cli/operands.h"
#include "cli/progress.h"
#include "dm/status.h"
#include "model/usable.h"
#include "plan/convert/raid1.h"
#include "plan/convert/snapshot.h"
#include "plan/convert/thin.h"

namespace lvm::cli::convert {
namespace {

constexpr std::uint64_t kLook = 100;       // milliseconds between two looks at a merge
constexpr std::uint64_t kPatience = 2000;  // of an activation

// What can be merged back into what it came from.
struct Merger {
  std::string_view type;
  Result<step::Plan> (*plan)(const plan::Context& context, const world::VgView& view, LvId lv);
};
constexpr Merger kMergers[] = {
    {"snapshot", plan::convert::merge_snapshot},
    {"thin", plan::convert::merge_thin},
    {"linear", plan::convert::merge_image},
    {"striped", plan::convert::merge_image},
};

const Merger* merger_of(const model::Vg& vg, const model::Lv& lv) {
  for (const Merger& merger : kMergers)
    if (is_of_type(vg, lv, merger.type)) return &merger;
  return nullptr;
}

struct Running {
  VgId vg;
  std::string vg_name, name;  // of the origin
  LvId store;
  std::string uuid;  // of the origin's device
};

// The kernel's view of a merge; nullopt when it works at none.
std::optional<dm::SnapshotStatus> look(Session& session, const Running& merge) {
  auto lines = session.system().dm.status(merge.uuid);
  if (!lines || lines->size() != 1 || lines->front().type != "snapshot-merge") return std::nullopt;
  auto status = dm::read_status(lines->front());
  if (const auto* snapshot = std::get_if<dm::SnapshotStatus>(&status.body)) return *snapshot;
  return std::nullopt;
}

bool done(const dm::SnapshotStatus& status) {
  return status.state == dm::SnapshotStatus::State::good && status.metadata == status.store.used;
}

double merged_percent(const dm::SnapshotStatus& status) {
  if (done(status) || status.store.total == 0) return 100.0;
  return 100.0 - 100.0 * static_cast<double>(status.store.used) / static_cast<double>(status.store.total);
}

std::vector<Running> running(Session& session, const model::Vg& vg, const std::vector<LvId>& origins) {
  std::vector<Running> out;
  for (LvId id : origins) {
    const model::Lv* origin = vg.find_lv(id);
    if (!origin) continue;
    for (LvId store : plan::convert::merging_stores(vg, id)) {
      Running merge{vg.id, vg.name, origin->name, store, activate::top_uuid(vg, *origin)};
      if (look(session, merge)) out.push_back(std::move(merge));
    }
  }
  return out;
}

// Follows a merge until it ends, or for so long. True when it is done.
Result<bool> follow(Session& session, const Running& merge, std::uint64_t report_every,
                    std::optional<std::uint64_t> patience) {
  Progress progress(session.messages(), session.system().clock,
                    fmt::format("{}/{}: Merged", merge.vg_name, merge.name));
  for (std::uint64_t waited = 0;; waited += kLook) {
    auto status = look(session, merge);
    if (!status) return false;
    if (status->state == dm::SnapshotStatus::State::merge_failed || status->state == dm::SnapshotStatus::State::invalid)
      return fail(Code::io, fmt::format("Merging of a snapshot into {}/{} failed.", merge.vg_name, merge.name));
    bool finished = done(*status);
    const bool says = !patience && (finished || (waited > 0 && waited % report_every == 0));
    if (says || finished)
      progress.hide();
    else
      progress.update(status->store.total - std::min(status->store.used, status->store.total), status->store.total);
    if (says)
      session.messages().print(
          fmt::format("{}/{}: Merged: {:.2f}%", merge.vg_name, merge.name, merged_percent(*status)));
    if (finished) return true;
    if (patience && waited >= *patience) return false;
    session.system().clock.sleep_milliseconds(kLook);
  }
}

ExitStatus finish(Session& session, const Running& merge) {
  return session.with_vg(merge.vg_name, [&](const world::VgView& view) {
    // Somebody else may have been quicker.
    const model::Lv* origin = view.vg->find_lv(merge.name);
    if (!origin) return ExitStatus::ok;
    auto stores = plan::convert::merging_stores(*view.vg, origin->id);
    if (std::ranges::find(stores, merge.store) == stores.end()) return ExitStatus::ok;
    return session.carry_out(plan::convert::finish_merge(session.context(), view, merge.store));
  });
}

ExitStatus follow_to_the_end(Session& session, const std::vector<Running>& merges) {
  ExitStatus status = ExitStatus::ok;
  for (const Running& merge : merges) {
    auto finished = follow(session, merge, polling_interval(session), std::nullopt);
    if (!finished)
      status = worst(status, session.refuse(finished.error()));
    else if (*finished)
      status = worst(status, finish(session, merge));
  }
  return status;
}

ExitStatus leave_alone(Session& session, const Running& merge) {
  return leave_to_lvpoll(session, "merge", merge.vg_name + "/" + merge.name);
}

}  // namespace

ExitStatus run_merge(Session& session) {
  std::vector<Running> started;
  bool whole = std::ranges::none_of(session.arguments().operands(),
                                    [](const std::string& name) { return name.find('/') != std::string::npos; });
  ExitStatus status = for_each_lv(session, [&](const world::VgView& first, const std::vector<LvId>& lvs) {
    ExitStatus worst_status = ExitStatus::ok;
    VgId vg = first.vg->id;
    for (LvId id : lvs) {
      const world::VgView& view = *session.world().find_vg(vg);
      const model::Lv* lv = view.vg->find_lv(id);
      const Merger* merger = lv ? merger_of(*view.vg, *lv) : nullptr;
      if (!merger) {
        if (whole || !lv) continue;
        session.messages().error(fmt::format("Command on LV {}/{} does not accept LV type {}.", view.vg->name, lv->name,
                                             type_of(*view.vg, *lv)));
        session.messages().error(fmt::format("Command not permitted on LV {}/{}.", view.vg->name, lv->name));
        worst_status = worst(worst_status, ExitStatus::failed);
        continue;
      }
      worst_status = worst(worst_status, session.carry_out(merger->plan(session.context(), view, id)));
      std::vector<LvId> origins;
      const model::Vg& now = *session.world().find_vg(vg)->vg;
      for (const model::Lv& origin : now.lvs) {
        auto stores = plan::convert::merging_stores(now, origin.id);
        if (std::ranges::find(stores, id) != stores.end()) origins.push_back(origin.id);
      }
      for (Running& merge : running(session, now, origins)) started.push_back(std::move(merge));
    }
    return worst_status;
  });
  if (!session.arguments().has(Opt::background)) return worst(status, follow_to_the_end(session, started));
  for (const Running& merge : started) status = worst(status, leave_alone(session, merge));
  return status;
}

ExitStatus before_activation(Session& session, const world::VgView& view, const std::vector<LvId>& lvs) {
  ExitStatus status = ExitStatus::ok;
  VgId vg = view.vg->id;
  for (LvId id : lvs) {
    const world::VgView& now = *session.world().find_vg(vg);
    for (LvId snapshot : plan::convert::put_off_thin_merges(session.world(), *now.vg, id))
      status = worst(status, session.carry_out(
                                 plan::convert::merge_thin(session.context(), *session.world().find_vg(vg), snapshot)));
  }
  return status;
}

ExitStatus attend_conversions(Session& session, VgId vg, const std::vector<LvId>& lvs) {
  const Arguments& arguments = session.arguments();
  if (session.test_mode() || arguments.has(Opt::plan) || !arguments.yes_no(Opt::poll).value_or(true))
    return ExitStatus::ok;
  ExitStatus status = ExitStatus::ok;
  for (const Running& merge : running(session, *session.world().find_vg(vg)->vg, lvs)) {
    auto finished = follow(session, merge, kPatience, kPatience);
    if (!finished)
      status = worst(status, session.refuse(finished.error()));
    else if (*finished)
      status = worst(status, session.carry_out(plan::convert::finish_merge(
                                 session.context(), *session.world().find_vg(vg), merge.store, true)));
    else
      status = worst(status, leave_alone(session, merge));
  }
  const world::VgView& view = *session.world().find_vg(vg);
  for (LvId id : lvs) {
    const model::Lv* lv = view.vg->find_lv(id);
    if (!lv || !model::converted_mirror(*view.vg, *lv)) continue;
    const Followed mirror = followed(view, *lv);
    if (session.world().find_live(mirror.uuid))
      status = worst(status, leave_to_lvpoll(session, "convert", mirror.full_name()));
  }
  return status;
}

ExitStatus follow_merges(Session& session) {
  std::vector<Running> found;
  ExitStatus status = for_each_lv(session, [&](const world::VgView& view, const std::vector<LvId>& lvs) {
    std::ranges::move(running(session, *view.vg, lvs), std::back_inserter(found));
    return ExitStatus::ok;
  });
  return worst(status, follow_to_the_end(session, found));
}

}  // namespace lvm::cli::convert
