// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/operands.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "cli/log_scope.h"
#include "dm/types.h"
#include "metadata/history.h"
#include "model/names.h"
#include "report/report.h"

namespace lvm::cli {
namespace {

constexpr std::string_view kDev = "/dev/";
constexpr std::string_view kMapper = "/dev/mapper/";

std::string_view trim_slashes(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

std::unexpected<Error> bad_path(std::string_view text) {
  return fail(Code::usage, fmt::format("\"{}\": Invalid path for Logical Volume.", text));
}

bool has_tag(const std::vector<std::string>& tags, std::string_view tag) {
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

// What the operands of a command come to, by VG name.
struct Targets {
  struct Vg {
    bool whole = false;  // every LV
    std::set<std::string> lvs;
    std::vector<std::string> tags;  // LVs with one of these
  };
  std::map<std::string, Vg> vgs;
  std::vector<std::string> order;  // names as they were first said; others follow by name
  std::vector<std::string> tags;
  bool everything = false;
};

Result<Targets> read_targets(const Arguments& arguments, bool lvs) {
  Targets out;
  for (const std::string& operand : arguments.operands()) {
    if (operand.starts_with('@')) {
      std::string tag = operand.substr(1);
      if (!model::is_valid_tag(tag)) return fail(Code::usage, fmt::format("Skipping invalid tag: {}", operand));
      out.tags.push_back(std::move(tag));
      continue;
    }
    if (!lvs) {
      std::string name = TRY(parse_vg_name(operand));
      out.order.push_back(name);
      out.vgs[name].whole = true;
      continue;
    }
    LvName name = TRY(parse_lv_name(operand));
    out.order.push_back(name.vg);
    Targets::Vg& vg = out.vgs[name.vg];
    if (name.lv.empty())
      vg.whole = true;
    else
      vg.lvs.insert(name.lv);
  }
  out.everything = arguments.operands().empty();
  return out;
}

// Tags and "everything" need the VGs' texts before the first lock is taken: what is found is read again
// under its lock.
Result<> expand_targets(Session& session, Targets& targets) {
  if (targets.tags.empty() && !targets.everything) return {};
  TRY(session.read({}));
  for (const world::VgView& view : session.world().vgs) {
    if (targets.everything) {
      targets.vgs[view.vg->name].whole = true;
      continue;
    }
    for (const std::string& tag : targets.tags) {
      if (has_tag(view.vg->tags, tag)) targets.vgs[view.vg->name].whole = true;
      if (std::any_of(view.vg->lvs.begin(), view.vg->lvs.end(),
                      [&](const model::Lv& lv) { return has_tag(lv.tags, tag); }))
        targets.vgs[view.vg->name].tags.push_back(tag);
    }
  }
  return {};
}

// What --select asks for; empty without it.
Result<std::optional<report::Matcher>> matcher_for(Session& session, report::Kind kind) {
  if (!session.arguments().has(Opt::select)) return std::optional<report::Matcher>();
  const report::Settings* settings = TRY(session.report_settings());
  report::Matcher matcher = TRY(
      report::Matcher::create(session.world(), *settings, kind, std::string(session.arguments().text(Opt::select))));
  return std::optional<report::Matcher>(std::move(matcher));
}

// The volumes that are gone which were meant, without the "-"; those named are no longer missing.
std::vector<std::string> choose_gone(const world::VgView& view, const Targets::Vg& target,
                                     const std::set<LvId>* selected, std::set<std::string>& missing) {
  std::vector<std::string> out;
  for (const metadata::HistoricalLv& gone : metadata::read_history(view.vg->historical)) {
    if (missing.erase("-" + gone.name) == 0 && !target.whole) continue;
    if (selected && !selected->contains(gone.id)) continue;
    out.push_back(gone.name);
  }
  return out;
}

// The LVs of one VG that were meant, in the VG's order. `gone`: those that are gone may be meant, too.
std::vector<LvId> choose_lvs(Session& session, const world::VgView& view, const Targets::Vg& target, ExitStatus& status,
                             std::vector<std::string>* gone = nullptr) {
  std::vector<LvId> out;
  std::set<std::string> missing = target.lvs;
  auto matcher = matcher_for(session, report::Kind::lv);
  if (!matcher) {
    status = worst(status, session.refuse_report(matcher.error()));
    return {};
  }
  std::set<LvId> selected;
  if (*matcher)
    for (LvId id : (*matcher)->lvs(view)) selected.insert(id);
  for (const model::Lv& lv : view.vg->lvs) {
    bool named = target.lvs.contains(lv.name);
    missing.erase(lv.name);
    bool tagged = std::any_of(target.tags.begin(), target.tags.end(),
                              [&](const std::string& tag) { return has_tag(lv.tags, tag); });
    if (!named && !tagged && !(target.whole && lv.visible())) continue;
    if (*matcher && !selected.contains(lv.id)) continue;
    out.push_back(lv.id);
  }
  if (gone) *gone = choose_gone(view, target, *matcher ? &selected : nullptr, missing);
  for (const std::string& name : missing)
    status =
        worst(status, about(session, {"lv", name, {}, view.vg->name, view.vg->id.dashed()}, [&] {
                session.messages().error(fmt::format("Failed to find logical volume \"{}/{}\"", view.vg->name, name));
                return ExitStatus::failed;
              }));
  return out;
}

// Said of VGs of other hosts; exported ones are passed over in silence.
bool is_usable(Session& session, const world::VgView& view) {
  if (view.foreign && !session.arguments().has(Opt::foreign)) {
    const std::string& local = session.world().host.system_id;
    session.messages().error(fmt::format("Cannot access VG {} with system ID {} with {}local system ID{}{}.",
                                         view.vg->name, view.vg->system_id, local.empty() ? "unknown " : "",
                                         local.empty() ? "" : " ", local));
    return false;
  }
  return !view.vg->exported() || session.needs().exported || session.needs().read_only;
}

using Work = std::function<ExitStatus(const world::VgView&, const Targets::Vg&)>;

ExitStatus for_each_target(Session& session, bool lvs, const Work& work) {
  auto targets = read_targets(session.arguments(), lvs);
  if (!targets) return session.refuse(targets.error());
  auto found = session.discover();
  if (!found) return session.refuse(found.error());
  auto expanded = expand_targets(session, *targets);
  if (!expanded) return session.refuse(expanded.error());
  ExitStatus status = ExitStatus::ok;
  const std::set<std::string> said(targets->order.begin(), targets->order.end());
  for (const auto& [name, target] : targets->vgs) targets->order.push_back(name);
  std::set<std::string> done;
  for (const std::string& name : targets->order) {
    if (!done.insert(name).second) continue;
    const Targets::Vg& target = targets->vgs[name];
    // A VG that nobody named is passed over when the command cannot use it.
    const world::VgView* known = said.contains(name) ? nullptr : session.world().find_vg(name);
    if (known && !is_usable(session, *known)) continue;
    status = worst(status, session.with_vg(name, [&](const world::VgView& view) { return work(view, target); }));
  }
  return status;
}

}  // namespace

Result<std::string> parse_vg_name(std::string_view text) {
  std::string_view name = trim_slashes(text);
  if (name.starts_with(kDev)) name.remove_prefix(kDev.size());
  if (name.empty() || name.find('/') != std::string_view::npos)
    return fail(Code::usage, fmt::format("\"{}\": Invalid path for Volume Group.", text));
  if (!model::is_valid_name(name)) return fail(Code::usage, fmt::format("Volume group name \"{}\" is invalid.", name));
  return std::string(name);
}

Result<LvName> parse_lv_name(std::string_view text) {
  std::string_view path = trim_slashes(text);
  if (path.starts_with(kMapper)) {
    dm::SplitName split = dm::split_device_name(path.substr(kMapper.size()));
    if (split.lv.empty() || !split.layer.empty()) return bad_path(text);
    return LvName{split.vg, split.lv};
  }
  if (path.starts_with(kDev))
    path.remove_prefix(kDev.size());
  else if (path.starts_with('/'))
    return bad_path(text);
  std::size_t slash = path.find('/');
  LvName out{std::string(path.substr(0, slash)),
             slash == std::string_view::npos ? "" : std::string(path.substr(slash + 1))};
  if (out.vg.empty() || out.lv.find('/') != std::string::npos || (slash != std::string_view::npos && out.lv.empty()))
    return bad_path(text);
  if (!model::is_valid_name(out.vg)) return fail(Code::usage, fmt::format("Invalid volume group name {}.", out.vg));
  // "-name" is one that is gone.
  const std::string_view plain = std::string_view(out.lv).substr(out.lv.starts_with('-') ? 1 : 0);
  if (!out.lv.empty() && !model::is_valid_name(plain))
    return fail(Code::usage, fmt::format("Logical volume name \"{}\" is invalid.", out.lv));
  return out;
}

Result<LvName> parse_one_lv_name(std::string_view text) {
  LvName name = TRY(parse_lv_name(text));
  if (name.lv.starts_with('-'))
    return fail(Code::usage, fmt::format("Logical volume name \"{}\" is invalid.", name.lv));
  if (!name.lv.empty()) return name;
  const char* vg = std::getenv("LVM_VG_NAME");
  if (!vg || !*vg) return fail(Code::usage, fmt::format("Path required for Logical Volume \"{}\".", text));
  std::string vg_name = TRY(parse_vg_name(vg));
  return LvName{std::move(vg_name), std::move(name.vg)};
}

ExitStatus for_each_vg(Session& session, const std::function<ExitStatus(const world::VgView&)>& work) {
  return for_each_target(session, false, [&](const world::VgView& view, const Targets::Vg&) {
    auto matcher = matcher_for(session, report::Kind::vg);
    if (!matcher) return session.refuse_report(matcher.error());
    if (*matcher && !(*matcher)->vg(view)) return ExitStatus::ok;
    return work(view);
  });
}

ExitStatus for_each_lv(Session& session,
                       const std::function<ExitStatus(const world::VgView&, const std::vector<LvId>&)>& work) {
  return for_each_target(session, true, [&](const world::VgView& view, const Targets::Vg& target) {
    ExitStatus status = ExitStatus::ok;
    std::vector<LvId> lvs = choose_lvs(session, view, target, status);
    if (!lvs.empty()) status = worst(status, work(view, lvs));
    return status;
  });
}

ExitStatus for_each_lv_or_memory(Session& session,
                                 const std::function<ExitStatus(const world::VgView&, const ChosenLvs&)>& work) {
  return for_each_target(session, true, [&](const world::VgView& view, const Targets::Vg& target) {
    ExitStatus status = ExitStatus::ok;
    ChosenLvs chosen;
    chosen.lvs = choose_lvs(session, view, target, status, &chosen.gone);
    chosen.whole = target.whole && !session.arguments().has(Opt::select);
    if (!chosen.lvs.empty() || !chosen.gone.empty()) status = worst(status, work(view, chosen));
    return status;
  });
}

Result<std::vector<plan::PvArgument>> pv_arguments(const Arguments& arguments, std::size_t first) {
  std::vector<plan::PvArgument> out;
  for (std::size_t i = first; i < arguments.operands().size(); ++i) {
    PvOperand operand = TRY(parse_pv_operand(arguments.operands()[i]));
    plan::PvArgument argument{operand.device, {}};
    for (const ExtentRange& range : operand.ranges)
      argument.ranges.push_back({range.first.n, range.last ? range.last->n : ~std::uint64_t{0}});
    out.push_back(std::move(argument));
  }
  return out;
}

Result<plan::LvSize> size_argument(const Arguments& arguments) {
  using Unit = plan::LvSize::Unit;
  if (arguments.has(Opt::size) && arguments.has(Opt::extents))
    return fail(Code::usage, "Please specify either size or extents (not both).");
  bool by_size = arguments.has(Opt::size);
  auto amount = arguments.amount(by_size ? Opt::size : Opt::extents);
  if (!amount) return fail(Code::usage, "Please specify either size or extents.");
  plan::LvSize out;
  out.sign = amount->sign == Sign::plus    ? plan::LvSize::Sign::plus
             : amount->sign == Sign::minus ? plan::LvSize::Sign::minus
                                           : plan::LvSize::Sign::none;
  switch (amount->kind) {
    case Amount::Kind::bytes:
      out.unit = Unit::bytes;
      out.value = amount->bytes.n;
      break;
    case Amount::Kind::extents:
      out.unit = Unit::extents;
      out.value = amount->extents.n;
      break;
    case Amount::Kind::percent: {
      out.value = amount->percent;
      switch (amount->of) {
        case PercentOf::vg: out.unit = Unit::percent_vg; break;
        case PercentOf::pvs: out.unit = Unit::percent_pvs; break;
        case PercentOf::lv: out.unit = Unit::percent_lv; break;
        case PercentOf::free: out.unit = Unit::percent_free; break;
        case PercentOf::origin: out.unit = Unit::percent_origin; break;
        case PercentOf::none: out.unit = Unit::extents; break;
      }
      break;
    }
  }
  if (out.value == 0) return fail(Code::usage, fmt::format("--{} may not be zero.", by_size ? "size" : "extents"));
  return out;
}

}  // namespace lvm::cli
