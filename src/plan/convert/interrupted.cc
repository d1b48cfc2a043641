// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/interrupted.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "activate/live.h"
#include "model/relations.h"
#include "model/usable.h"
#include "plan/convert/mirror.h"
#include "plan/convert/parts.h"

namespace lvm::plan::convert {
namespace {

using model::Lv;
using model::LvFlag;
using model::Vg;

// Names that no user can give: a volume that has one and is part of nothing was on its way in or out.
constexpr std::string_view kParts[] = {"rimage_", "rmeta_", "mimage_", "mimagetmp_", "mlog", "corig", "wcorig"};

bool is_named_after(const Lv& whole, std::string_view name) {
  if (!name.starts_with(whole.name)) return false;
  name.remove_prefix(whole.name.size());
  if (!name.starts_with('_')) return false;
  name.remove_prefix(1);
  return std::ranges::any_of(kParts, [&](std::string_view part) { return name.starts_with(part); });
}

// With all that they consist of.
std::vector<LvId> left_behind(const world::World& world, const Vg& vg, const Lv& whole) {
  std::vector<LvId> out;
  model::Relations relations(vg);
  for (const Lv& lv : vg.lvs) {
    if (!is_named_after(whole, lv.name) || activate::in_use(world, vg, lv)) continue;
    auto at = relations.position(lv.id);
    if (!relations.users(at).empty()) continue;
    for (std::uint32_t part : relations.with_parts(at)) out.push_back(vg.lvs[part].id);
  }
  return out;
}

// Parts of a raid in the kernel, whose table has said it. A conversion that has ended may leave the flag on the
// metadata of an image, as the reference does, never on the image.
std::vector<LvId> told_to_rebuild(const world::World& world, const Vg& vg, const Lv& lv) {
  std::vector<LvId> out;
  const auto* raid = lv.as<model::Raid>();
  if (!raid || !activate::is_up(world, vg, lv)) return out;
  auto flagged = [&](LvId part) { return vg.find_lv(part)->flags.has(LvFlag::rebuild); };
  bool interrupted = std::ranges::any_of(raid->areas, [&](const model::Area& area) {
    const auto* image = std::get_if<model::LvArea>(&area);
    return image && flagged(image->lv);
  });
  if (!interrupted) return out;
  for (const model::Reference& reference : model::references(lv.segments.front().body))
    if (flagged(reference.lv)) out.push_back(reference.lv);
  return out;
}

}  // namespace

Result<step::Plan> finish_interrupted(const Context& context, const world::VgView& view, LvId id) {
  const Vg& vg = *view.vg;
  const Lv& lv = *vg.find_lv(id);
  if (model::converted_mirror(vg, lv)) return finish_mirror_images(context, view, id);
  std::vector<LvId> left = left_behind(context.world, vg, lv), rebuilt = told_to_rebuild(context.world, vg, lv);
  if ((left.empty() && rebuilt.empty()) || !check_writable(context, view)) return step::Plan{};
  Stages stages(context, view);
  if (!left.empty()) {
    std::vector<std::string_view> names;
    for (LvId part : left) names.emplace_back(vg.find_lv(part)->name);
    context.note(warn(fmt::format("WARNING: Removing what an interrupted conversion of {}/{} left behind: {}.", vg.name,
                                  lv.name, fmt::join(names, ", "))));
  }
  take_down(stages, left);
  Vg after = vg;
  clear_rebuild(after, rebuilt);
  erase(after, left);
  number_images(after, id);
  TRY(stages.change(std::move(after), id));
  return stages.finish();
}

}  // namespace lvm::plan::convert
