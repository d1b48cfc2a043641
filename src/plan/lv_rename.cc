// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "activate/activate.h"
#include "model/names.h"
#include "model/relations.h"
#include "plan/lv_history.h"
#include "plan/lv_remove.h"
#include "segment/kind.h"

namespace lvm::plan {
namespace {

using model::Lv;
using model::Relations;
using model::Vg;

// Parts carry the name of what they are part of, through all layers; so does the hidden origin of a sparse snapshot.
void rename_parts(const Relations& relations, std::uint32_t at, std::string_view old_name, std::string_view new_name,
                  Vg& after) {
  auto rename = [&](std::uint32_t part) {
    if (auto name = model::rename_sub_lv(after.lvs[part].name, old_name, new_name)) after.lvs[part].name = *name;
  };
  for (std::uint32_t part : relations.with_parts(at))
    if (part != at) rename(part);
  std::uint32_t holder = relations.behind_face(at);
  if (holder == Relations::kNone) return;
  for (const model::Relation& relation : relations.uses(holder))
    if (!relations.vg().lvs[relation.used].visible()) rename(relation.used);
}

Result<> check_own_name(const Relations& relations, std::uint32_t at) {
  const model::Relation* part = relations.part_of(at);
  const Lv& lv = relations.vg().lvs[at];
  // Hidden without being a part: a snapshot that waits for its merge, a spare.
  if (!part && lv.visible()) return {};
  if (part && (part->role == model::Role::raid_image || part->role == model::Role::raid_metadata))
    return fail(Code::refused, "Cannot rename a RAID image directly");
  return fail(Code::refused, fmt::format("Cannot rename internal LV \"{}\".", lv.name));
}

// "-name": a volume that is only remembered.
Result<step::Plan> rename_gone(const world::VgView& view, const LvRenameRequest& request, LvHistory history) {
  const Vg& vg = *view.vg;
  const std::string old_name = request.old_name.substr(1);
  if (!history.find(old_name))
    return fail(
        Code::not_found,
        fmt::format("Existing historical logical volume \"{}\" not found in volume group \"{}\"", old_name, vg.name));
  history.rename(request.old_name, "-" + request.new_name);
  Vg after = vg;
  history.store(after);
  step::Stage stage = metadata_stage(view.vg, std::move(after), {}, {});
  stage.steps.emplace_back(
      print(fmt::format("Renamed \"-{}\" to \"-{}\" in volume group \"{}\"", old_name, request.new_name, vg.name)));
  return step::Plan{.stages = {std::move(stage)}};
}

}  // namespace

Result<step::Plan> lv_rename(const Context& context, const world::VgView& view, const LvRenameRequest& request) {
  TRY(check_writable(context, view));
  const Vg& vg = *view.vg;
  LvHistory history(vg);
  TRY(model::check_new_lv_name(request.new_name));
  TRY(model::check_name_lengths(vg.name, request.new_name));
  if (history.find(request.new_name))
    return fail(Code::exists, fmt::format("Historical Logical Volume \"{}\" already exists in volume group \"{}\"",
                                          request.new_name, vg.name));
  if (request.old_name.starts_with('-')) return rename_gone(view, request, std::move(history));
  const Lv* lv = vg.find_lv(request.old_name);
  if (!lv)
    return fail(Code::not_found, fmt::format("Existing logical volume \"{}\" not found in volume group \"{}\"",
                                             request.old_name, vg.name));
  if (vg.find_lv(request.new_name))
    return fail(Code::exists,
                fmt::format("Logical Volume \"{}\" already exists in volume group \"{}\"", request.new_name, vg.name));
  for (const Lv& other : vg.lvs)
    for (const model::Segment& segment : other.segments)
      if (const auto* unknown = std::get_if<model::UnknownSegment>(&segment.body))
        if (segment::references_name(segment.body, request.old_name))
          return fail(Code::refused,
                      fmt::format("Cannot rename {}/{}: {}/{} refers to it in a segment of type {}, which this "
                                  "program does not know.",
                                  vg.name, lv->name, vg.name, other.name, unknown->type));
  Relations relations(vg);
  std::uint32_t at = relations.position(*lv);
  TRY(check_own_name(relations, at));
  Vg after = vg;
  Lv& renamed = after.lvs[at];
  rename_parts(relations, at, lv->name, request.new_name, after);
  renamed.name = request.new_name;
  history.rename(request.old_name, request.new_name);
  history.store(after);
  auto change = TRY(activate::change(context.world, view, vg, *lv, after, renamed, context.config, {}));
  std::vector<step::Step> behind = std::move(change.after);
  behind.emplace_back(step::Settle{});
  step::Stage stage = metadata_stage(view.vg, std::move(after), std::move(change.before), std::move(behind));
  stage.steps.emplace_back(print(
      fmt::format("Renamed \"{}\" to \"{}\" in volume group \"{}\"", request.old_name, request.new_name, vg.name)));
  step::Plan plan;
  plan.stages.push_back(std::move(stage));
  return plan;
}

}  // namespace lvm::plan
