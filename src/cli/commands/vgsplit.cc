// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vg_split.h"

#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/operands.h"
#include "cli/two_vgs.h"
#include "model/names.h"

// vgsplit and vgmerge.
namespace lvm::cli {
namespace {

Result<std::string> vg_name(const std::string& text) {
  auto name = parse_vg_name(text);
  if (!name) return fail(Code::refused, fmt::format("Invalid vg name {}.", text));
  return name;
}

Result<std::vector<PvId>> named_pvs(Session& session, const model::Vg& vg) {
  std::vector<PvId> out;
  const auto& operands = session.arguments().operands();
  for (std::size_t i = 2; i < operands.size(); ++i) {
    const world::PvDevice* device = session.world().find_pv(operands[i]);
    if (!device || !vg.find_pv(device->id))
      return fail(Code::not_found, fmt::format("Physical volume {} not in volume group {}", operands[i], vg.name));
    out.push_back(device->id);
  }
  return out;
}

Result<std::string> named_lv(const std::string& text, const std::string& vg) {
  if (text.find('/') == std::string::npos) return text;
  LvName name = TRY(parse_lv_name(text));
  if (name.vg != vg)
    return fail(Code::usage, fmt::format("Logical volume {}/{} not in volume group {}", name.vg, name.lv, vg));
  return name.lv;
}

Result<plan::VgSplitRequest> split_request(const Arguments& arguments, const std::string& from, std::string to) {
  plan::VgSplitRequest out;
  out.new_name = std::move(to);
  auto count = [&](Opt opt) { return static_cast<std::uint32_t>(*arguments.number(opt)); };
  if (arguments.has(Opt::maxlogicalvolumes)) out.max_lv = count(Opt::maxlogicalvolumes);
  if (arguments.has(Opt::maxphysicalvolumes)) out.max_pv = count(Opt::maxphysicalvolumes);
  if (arguments.has(Opt::vgmetadatacopies)) out.metadata_copies = count(Opt::vgmetadatacopies);
  out.allocation = arguments.allocation();
  out.spare = arguments.yes_no(Opt::poolmetadataspare).value_or(true);
  if (arguments.has(Opt::name)) out.lv = TRY(named_lv(std::string(arguments.text(Opt::name)), from));
  return out;
}

}  // namespace

ExitStatus run_vgsplit(Session& session, const Arguments& arguments) {
  auto from = vg_name(arguments.operands()[0]);
  if (!from) return session.refuse(from.error());
  auto to = vg_name(arguments.operands()[1]);
  if (!to) return session.refuse(to.error());
  auto request = split_request(arguments, *from, *to);
  if (!request) return session.refuse(request.error());
  return with_two_vgs(session, *from, *to, true, [&](const world::VgView& source, const world::VgView* target) {
    if (!target)
      if (auto valid = model::check_new_vg_name(*to); !valid)
        return session.refuse(Error(Code::refused, valid.error().message()));
    if (!request->lv) {
      auto pvs = named_pvs(session, *source.vg);
      if (!pvs) return session.refuse(pvs.error());
      request->pvs = std::move(*pvs);
    }
    return session.carry_out(plan::vg_split(session.context(), source, target, *request));
  });
}

ExitStatus run_vgmerge(Session& session, const Arguments& arguments) {
  auto to = vg_name(arguments.operands()[0]);
  if (!to) return session.refuse(to.error());
  auto from = vg_name(arguments.operands()[1]);
  if (!from) return session.refuse(from.error());
  return with_two_vgs(session, *to, *from, false, [&](const world::VgView& target, const world::VgView* source) {
    bool spare = arguments.yes_no(Opt::poolmetadataspare).value_or(true);
    return session.carry_out(plan::vg_merge(session.context(), target, *source, spare));
  });
}

}  // namespace lvm::cli
