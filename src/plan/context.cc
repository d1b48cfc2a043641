// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/context.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "config/size_units.h"

namespace lvm::plan {

std::string Context::size_text(Sectors size) const {
  const auto units = config::size_units(config);
  return units.value_or(SizeUnits()).long_text(size);
}

step::Stage metadata_stage(model::VgPtr before, model::Vg after, std::vector<step::Step> between,
                           std::vector<step::Step> behind) {
  step::Stage stage;
  after.seqno = before ? before->seqno + 1 : 1;
  stage.before = std::move(before);
  stage.after = std::make_shared<const model::Vg>(std::move(after));
  if (stage.before) stage.steps.emplace_back(step::Archive{});
  stage.steps.emplace_back(step::WriteMetadata{});
  append(stage.steps, std::move(between));
  stage.steps.emplace_back(step::CommitMetadata{});
  append(stage.steps, std::move(behind));
  stage.steps.emplace_back(step::Backup{});
  return stage;
}

void warn_unmonitored(const Context& context, const model::Vg& vg, const model::Lv& lv) {
  context.note(
      warn(fmt::format("WARNING: Mirror {}/{} without monitoring will not react on failures.", vg.name, lv.name)));
}

Error hidden_lv(const model::Vg& vg, const model::Lv& lv) {
  return {Code::refused, fmt::format("Operation not permitted on hidden LV {}/{}.", vg.name, lv.name)};
}

Result<> check_writable(const Context& context, const world::VgView& view, Allow allow) {
  const model::Vg& vg = *view.vg;
  if (view.unusable) return fail(Code::corrupt, *view.unusable);
  if (view.foreign)
    return fail(Code::refused,
                fmt::format("Cannot access VG {} with system ID {} with {}local system ID{}{}.", vg.name, vg.system_id,
                            context.world.host.system_id.empty() ? "unknown " : "",
                            context.world.host.system_id.empty() ? "" : " ", context.world.host.system_id));
  if (vg.flags.has(model::VgFlag::clustered) || vg.lock_type == "clvm")
    return fail(Code::unsupported, fmt::format("Cannot access clustered VG {}.", vg.name));
  if (vg.exported() && !allow.exported) return fail(Code::refused, fmt::format("Volume group {} is exported", vg.name));
  if (!vg.flags.has(model::VgFlag::write) && !allow.read_only)
    return fail(Code::refused, fmt::format("Volume group {} is read-only", vg.name));
  if (context.config.flag("global/metadata_read_only"))
    return fail(Code::refused, "Operation prohibited while global/metadata_read_only is set.");
  if (view.partial() && !allow.missing_pvs)
    return fail(Code::refused, fmt::format("Cannot change VG {} while PVs are missing.\n"
                                           "See vgreduce --removemissing and vgextend --restoremissing.",
                                           vg.name));
  return {};
}

void mark_missing(const world::VgView& view, model::Vg& vg) {
  for (std::size_t i = 0; i < view.vg->pvs.size(); ++i) {
    if (view.devices[i]) continue;
    model::Pv* pv = vg.find_pv(view.vg->pvs[i].id);
    if (!pv) continue;
    pv->flags.set(model::PvFlag::missing);
    pv->device_hint = "[unknown]";
  }
}

step::Say print(std::string text) { return {step::Say::Level::print, std::move(text)}; }
step::Say warn(std::string text) { return {step::Say::Level::warn, std::move(text)}; }
step::Say verbose(std::string text) { return {step::Say::Level::verbose, std::move(text)}; }

void append(std::vector<step::Step>& to, std::vector<step::Step> steps) {
  to.insert(to.end(), std::make_move_iterator(steps.begin()), std::make_move_iterator(steps.end()));
}

// Two decimals, the largest unit that keeps the number at least 1; "<" marks a rounded-up figure.
}  // namespace lvm::plan
