// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "activate/components.h"
#include "cli/commands/commands.h"
#include "cli/commands/lv_attributes.h"
#include "cli/commands/pool_options.h"
#include "cli/commands/raid_options.h"
#include "cli/commands/vdo_options.h"
#include "cli/convert/merge.h"
#include "cli/forms.h"
#include "cli/log_scope.h"
#include "cli/operands.h"
#include "model/relations.h"
#include "plan/cow.h"
#include "plan/lv_change.h"
#include "plan/pool_change.h"

namespace lvm::cli {
namespace {

// Thin pools, the last of them at the head, then all others: as LVM2 goes through a VG.
std::vector<LvId> pools_first(const model::Vg& vg, const std::vector<LvId>& lvs) {
  std::vector<LvId> pools, others;
  for (LvId id : lvs) (vg.find_lv(id)->as<model::ThinPool>() ? pools : others).push_back(id);
  std::reverse(pools.begin(), pools.end());
  pools.insert(pools.end(), others.begin(), others.end());
  return pools;
}

// A change of one volume after the other; each makes a new view of the VG.
template <class Change>
ExitStatus change_each(Session& session, const world::VgView& view, const std::vector<LvId>& lvs, Change change) {
  ExitStatus status = ExitStatus::ok;
  VgId vg = view.vg->id;
  for (LvId lv : pools_first(*view.vg, lvs)) {
    const world::VgView& seen = *session.world().find_vg(vg);
    status = worst(status, about(session, log_object(*seen.vg, *seen.vg->find_lv(lv)),
                                 [&] { return session.carry_out(change(seen, lv)); }));
  }
  return status;
}

// Parts come up with what they belong to. One that is named alone may come up by itself.
ExitStatus refuse_hidden(Session& session, const model::Vg& vg, std::vector<LvId>& lvs, bool up) {
  ExitStatus status = ExitStatus::ok;
  const bool alone = session.arguments().operands().size() == 1;
  const model::Relations relations(vg);
  std::erase_if(lvs, [&](LvId id) {
    const model::Lv& lv = *vg.find_lv(id);
    if (lv.visible() || !up) return false;
    const Error refusal = plan::hidden_lv(vg, lv);
    if (!alone || !activate::is_component(relations, lv)) {
      status = session.refuse(refusal);
      return true;
    }
    if (session.ask({"Do you want to activate component LV in read-only mode? [y/n]: ", refusal.text()})) {
      session.messages().print("Allowing activation of component LV.");
      return false;
    }
    status = ExitStatus::failed;
    return true;
  });
  return status;
}

// A snapshot goes up and down with its origin. Who names the snapshot alone is asked; without an answer it stays.
ExitStatus ask_about_origins(Session& session, const model::Vg& vg, std::vector<LvId>& lvs) {
  ExitStatus status = ExitStatus::ok;
  std::vector<std::string> named;
  for (const std::string& operand : session.arguments().operands())
    if (auto name = parse_lv_name(operand); name && name->vg == vg.name) named.push_back(name->lv);
  if (named.empty()) return status;
  const model::Relations relations(vg);
  std::erase_if(lvs, [&](LvId id) {
    const model::Lv& lv = *vg.find_lv(id);
    const model::Lv* origin = plan::origin_of_store(relations, lv);
    if (!origin || !origin->visible() || std::ranges::find(named, lv.name) == named.end()) return false;
    step::Question question{
        fmt::format("Change of snapshot {0}/{1} will also change its origin {0}/{2}. Proceed? [y/n]: ", vg.name,
                    lv.name, origin->name),
        fmt::format("Logical volume {}/{} not changed.", vg.name, lv.name)};
    if (session.yes() || session.ask(question)) return false;
    status = ExitStatus::failed;
    return true;
  });
  return status;
}

ExitStatus activate(Session& session, const world::VgView& first, std::vector<LvId> lvs) {
  const Arguments& arguments = session.arguments();
  VgId vg = first.vg->id;
  bool up = *activation_wanted(arguments) != plan::Activation::no;
  ExitStatus status = refuse_hidden(session, *first.vg, lvs, up);
  status = worst(status, ask_about_origins(session, *first.vg, lvs));
  if (up) status = worst(status, convert::before_activation(session, first, lvs));
  const world::VgView& view = *session.world().find_vg(vg);
  plan::LvActivateRequest request;
  request.lvs = lvs;
  request.activation = *activation_wanted(arguments);
  request.ignore_activation_skip = arguments.has(Opt::ignoreactivationskip);
  request.components = true;
  request.partial = arguments.activation_mode() == ActivationMode::partial;
  request.complete = arguments.activation_mode() == ActivationMode::complete;
  request.unmonitored = arguments.yes_no(Opt::monitor) == false;
  std::erase_if(request.lvs, [&](LvId id) { return !view.vg->find_lv(id); });
  if (!up) session.look_at_users(*view.vg, request.lvs);
  if (request.activation != plan::Activation::automatic) session.lock_also(request.lvs);
  // In the command log each volume that goes down has an entry of its own.
  if (!up && session.messages().logging())
    return change_each(session, view, request.lvs, [&](const world::VgView& seen, LvId lv) {
      request.lvs = {lv};
      return plan::lv_activate(session.context(), seen, request);
    });
  status = worst(status, session.carry_out(plan::lv_activate(session.context(), view, request)));
  return up ? worst(status, convert::attend_conversions(session, vg, lvs)) : status;
}

// Options about pools and caches.
Result<plan::PoolChangeRequest> pool_request(const Arguments& arguments) {
  plan::PoolChangeRequest out;
  plan::PoolOptions pool = TRY(pool_options(arguments));
  out.discards = pool.discards;
  out.zero = pool.zero;
  out.error_when_full = pool.error_when_full;
  out.cache = TRY(cache_options(arguments));
  out.vdo = TRY(vdo_options(arguments));
  out.clear_settings = arguments.has(Opt::cachesettings) && out.cache.settings.empty();
  return out;
}

ExitStatus change_pools(Session& session, const world::VgView& view, const std::vector<LvId>& lvs,
                        plan::PoolChangeRequest request) {
  return change_each(session, view, lvs, [&](const world::VgView& seen, LvId lv) {
    request.lv = lv;
    return plan::pool_change(session.context(), seen, request);
  });
}

bool changes_attributes(const plan::LvAttributes& a) {
  return a.writable || a.allocation || a.read_ahead || a.persistent || a.activation_skip || a.autoactivation ||
         a.profile || !a.add_tags.empty() || !a.delete_tags.empty();
}

// --monitor: there is no daemon to tell.
ExitStatus monitor(Session& session, const world::VgView& view, const std::vector<LvId>& lvs) {
  if (session.arguments().yes_no(Opt::monitor).value_or(false)) {
    for (LvId id : lvs)
      session.messages().verbose(
          fmt::format("{}/{} has nothing to monitor.", view.vg->name, view.vg->find_lv(id)->name));
  }
  return ExitStatus::ok;
}

// Forms that are about raids and mirrors alone.
ExitStatus work_on_raids(Session& session, const world::VgView& view, const std::vector<LvId>& lvs) {
  const Arguments& arguments = session.arguments();
  switch (arguments.form_id()) {
    case form::lvchange::sync_action:
      return change_each(session, view, lvs, [&](const world::VgView& seen, LvId lv) {
        return plan::raid_sync_action(session.context(), seen, lv, std::string(arguments.text(Opt::syncaction)));
      });
    case form::lvchange::rebuild:
      return change_each(session, view, lvs, [&](const world::VgView& seen, LvId lv) {
        return plan::raid_rebuild(session.context(), seen, lv, arguments.all(Opt::rebuild), session.yes());
      });
    case form::lvchange::resync:
      return change_each(session, view, lvs, [&](const world::VgView& seen, LvId lv) {
        return plan::resync(session.context(), seen, lv, session.yes());
      });
    default: return ExitStatus::ok;
  }
}

}  // namespace

ExitStatus run_lvchange(Session& session, const Arguments& arguments) {
  auto attributes = lv_attributes(session);
  if (!attributes) return session.refuse(attributes.error());
  auto raid = raid_settings(arguments);
  if (!raid) return session.refuse(raid.error());
  auto pools = pool_request(arguments);
  if (!pools) return session.refuse(pools.error());
  return for_each_lv(session, [&](const world::VgView& view, const std::vector<LvId>& lvs) {
    VgId vg = view.vg->id;
    ExitStatus status = ExitStatus::ok;
    bool changes = changes_attributes(*attributes) || !raid->empty();
    if (changes) {
      if (arguments.has(Opt::activate))
        session.messages().warn("WARNING: Combining activation change with other commands is not advised.");
      status = change_each(session, view, lvs, [&](const world::VgView& seen, LvId lv) {
        return plan::lv_change(session.context(), seen, {lv, *attributes, session.yes(), *raid});
      });
    }
    status = worst(status, work_on_raids(session, *session.world().find_vg(vg), lvs));
    if (pools->of_pool() || pools->of_cache() || pools->of_vdo())
      status = worst(status, change_pools(session, *session.world().find_vg(vg), lvs, *pools));
    const world::VgView* now = session.world().find_vg(vg);
    if (arguments.has(Opt::activate)) status = worst(status, activate(session, *now, lvs));
    if (arguments.has(Opt::refresh))
      status =
          worst(status, session.carry_out(plan::lv_refresh(session.context(), *now, lvs, arguments.has(Opt::partial))));
    if (arguments.has(Opt::monitor)) status = worst(status, monitor(session, *now, lvs));
    if (arguments.has(Opt::poll) && !arguments.has(Opt::activate))
      status = worst(status, convert::attend_conversions(session, vg, lvs));
    return status;
  });
}

}  // namespace lvm::cli
