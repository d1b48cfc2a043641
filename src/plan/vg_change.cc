// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vg_change.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "activate/live.h"
#include "model/index.h"
#include "model/invariants.h"
#include "model/names.h"
#include "plan/area_use.h"
#include "segment/kind.h"

namespace lvm::plan {
namespace {

using model::Vg;
using model::VgFlag;

std::string_view policy_name(model::Allocation allocation) {
  constexpr std::string_view kNames[] = {"contiguous", "cling", "normal", "anywhere", "inherit"};
  return kNames[static_cast<std::size_t>(allocation)];
}

// A count of extents in the new size; the sizes in sectors stay what they were.
class Rescale {
 public:
  Rescale(const Context& context, Sectors from, Sectors to) : context_(context), from_(from), to_(to) {}

  bool fits(Extents count) const { return count.n * from_.n % to_.n == 0; }
  Result<> check(Extents count, const std::string& what) const {
    std::uint64_t sectors = count.n * from_.n;
    if (sectors % to_.n != 0)
      return fail(Code::refused, fmt::format("New size {} for {} not an exact number of new extents.", sectors, what));
    if (sectors / to_.n > model::kMaxExtents)
      return fail(Code::refused, fmt::format("Extent size {} is too small for {}: more than {} extents.",
                                             context_.size_text(to_), what, model::kMaxExtents));
    return {};
  }
  Result<> operator()(Extents& count, const std::string& what) const {
    TRY(check(count, what));
    count = Extents(count.n * from_.n / to_.n);
    return {};
  }

 private:
  const Context& context_;
  Sectors from_, to_;
};

Result<> rescale_pvs(const Context& context, const world::VgView& view, const Rescale& rescale, Vg& vg) {
  std::vector<model::PvUsage> usage = model::pv_usage(vg);
  Extents total, allocated;
  for (std::size_t i = 0; i < vg.pvs.size(); ++i) {
    total += vg.pvs[i].pe_count;
    allocated += usage[i].allocated;
  }
  if (!rescale.fits(total)) return fail(Code::refused, "New extent size is not a perfect fit");
  TRY(rescale.check(total - allocated, fmt::format("{} free space", vg.name)));
  for (std::size_t i = 0; i < vg.pvs.size(); ++i) {
    const auto& device = view.devices[i];
    std::string path = device ? context.world.pvs[*device].device.path : "[unknown]";
    TRY(rescale(vg.pvs[i].pe_count, path));
    TRY(rescale.check(usage[i].allocated, fmt::format("{} allocated space", path)));
  }
  return {};
}

Result<> rescale_lv(const Rescale& rescale, model::Lv& lv) {
  TRY(rescale.check(lv.extents(), lv.name));
  for (model::Segment& segment : lv.segments) {
    if (const auto* unknown = std::get_if<model::UnknownSegment>(&segment.body))
      return fail(Code::unsupported, fmt::format("Cannot change the extent size: {} has a segment of type {}, which "
                                                 "this program does not know.",
                                                 lv.name, unknown->type));
    TRY(rescale(segment.start, lv.name));
    TRY(rescale(segment.count, lv.name));
    for (model::Area& area : segment::areas(segment)) {
      Extents& start = std::visit([](auto& a) -> Extents& { return a.start; }, area);
      TRY(rescale(start, lv.name));
    }
  }
  return {};
}

Result<> change_extent_size(const Context& context, const world::VgView& view, Vg& vg, Sectors size) {
  if (!vg.flags.has(VgFlag::resizeable))
    return fail(Code::refused, fmt::format("Volume group \"{}\" must be resizeable to change PE size", vg.name));
  if (!is_power_of_two(size.n) && size.n % 256 != 0)
    return fail(Code::usage, "Physical extent size must be a power of 2 or a multiple of 128 KiB.");
  if (size == vg.extent_size) {
    context.note(warn(fmt::format("Physical extent size of VG {} is already {}.", vg.name, context.size_text(size))));
    return {};
  }
  Rescale rescale(context, vg.extent_size, size);
  TRY(rescale_pvs(context, view, rescale, vg));
  for (model::Lv& lv : vg.lvs) TRY(rescale_lv(rescale, lv));
  vg.extent_size = size;
  return {};
}

Result<> check_limit_changes(const Vg& vg, const char* limit) {
  if (vg.flags.has(VgFlag::resizeable)) return {};
  return fail(Code::refused, fmt::format("Volume group \"{}\" must be resizeable to change {}", vg.name, limit));
}

Result<> change_limits(Vg& vg, const VgChangeRequest& request) {
  if (request.max_lv) {
    TRY(check_limit_changes(vg, "MaxLogicalVolume"));
    auto visible = static_cast<std::size_t>(
        std::count_if(vg.lvs.begin(), vg.lvs.end(), [](const model::Lv& lv) { return lv.visible(); }));
    if (*request.max_lv && *request.max_lv < visible)
      return fail(Code::refused,
                  fmt::format("MaxLogicalVolume is less than the current number {} of LVs for {}", visible, vg.name));
    vg.max_lv = *request.max_lv;
  }
  if (request.max_pv) {
    TRY(check_limit_changes(vg, "MaxPhysicalVolumes"));
    if (*request.max_pv && *request.max_pv < vg.pvs.size())
      return fail(Code::refused, fmt::format("MaxPhysicalVolumes is less than the current number {} of PVs for \"{}\"",
                                             vg.pvs.size(), vg.name));
    vg.max_pv = *request.max_pv;
  }
  return {};
}

Result<> change_flags(Vg& vg, const VgChangeRequest& request) {
  if (request.allocation) {
    if (*request.allocation == vg.allocation)
      return fail(Code::refused,
                  fmt::format("Volume group allocation policy is already {}", policy_name(vg.allocation)));
    if (*request.allocation == model::Allocation::inherit)
      return fail(Code::refused, "Volume Group allocation policy cannot inherit from anything");
    vg.allocation = *request.allocation;
  }
  if (request.resizeable) {
    if (*request.resizeable == vg.flags.has(VgFlag::resizeable))
      return fail(Code::refused, fmt::format("Volume group \"{}\" is already {}resizeable", vg.name,
                                             *request.resizeable ? "" : "not "));
    vg.flags.set(VgFlag::resizeable, *request.resizeable);
  }
  if (request.autoactivation) {
    if (*request.autoactivation == !vg.flags.has(VgFlag::no_autoactivate))
      return fail(Code::refused,
                  fmt::format("Volume group autoactivation is already {}.", *request.autoactivation ? "yes" : "no"));
    vg.flags.set(VgFlag::no_autoactivate, !*request.autoactivation);
  }
  return {};
}

Result<> change_tags(Vg& vg, const VgChangeRequest& request) {
  for (const std::string& tag : request.add_tags) {
    if (!model::is_valid_tag(tag)) return fail(Code::usage, fmt::format("Tag \"{}\" is invalid.", tag));
    if (std::find(vg.tags.begin(), vg.tags.end(), tag) == vg.tags.end()) vg.tags.push_back(tag);
  }
  for (const std::string& tag : request.delete_tags) std::erase(vg.tags, tag);
  return {};
}

Result<> change_system_id(const Context& context, Vg& vg, const VgChangeRequest& request, step::Plan& plan) {
  const std::string& local = context.world.host.system_id;
  std::string wanted = model::clean_system_id(*request.system_id);
  if (wanted.empty() && !request.system_id->empty())
    return fail(Code::usage, fmt::format("Invalid system ID \"{}\": letters, digits and . _ + - only, first a letter "
                                         "or digit.",
                                         *request.system_id));
  if (wanted == vg.system_id)
    return fail(Code::refused, fmt::format("Volume Group system ID is already \"{}\".", vg.system_id));
  if (wanted.empty() || wanted == local) {
    if (wanted.empty()) {
      plan.notes.push_back(warn("WARNING: Removing the system ID allows unsafe access from other hosts."));
      if (!request.yes)
        plan.questions.push_back({fmt::format("Remove system ID from volume group {}? [y/n]: ", vg.name),
                                  fmt::format("Volume group {} system ID not changed.", vg.name)});
    }
  } else {
    if (local.empty()) {
      plan.notes.push_back(warn("WARNING: No local system ID is set."));
      plan.notes.push_back(
          warn(fmt::format("WARNING: Volume group {} might become inaccessible from this machine.", vg.name)));
    } else {
      plan.notes.push_back(
          warn(fmt::format("WARNING: Requested system ID {} does not match local system ID {}.", wanted, local)));
      plan.notes.push_back(
          warn(fmt::format("WARNING: Volume group {} might become inaccessible from this machine.", vg.name)));
    }
    if (!request.yes)
      plan.questions.push_back({fmt::format("Set foreign system ID {} on volume group {}? [y/n]: ", wanted, vg.name),
                                fmt::format("Volume group {} system ID not changed.", vg.name)});
  }
  vg.system_id = wanted;
  return {};
}

std::vector<step::AreaUse> change_copies(const Context& context, Vg& vg, const VgChangeRequest& request) {
  if (!request.metadata_copies) return {};
  if (*request.metadata_copies == vg.metadata_copies)
    context.note(warn(
        fmt::format("Number of metadata copies for VG {} is already {}.", vg.name, copies_text(vg.metadata_copies))));
  std::vector<step::AreaUse> out = choose_area_use(areas_of(context, vg), *request.metadata_copies);
  vg.metadata_copies = *request.metadata_copies == kAllCopies ? 0 : *request.metadata_copies;
  return out;
}

Result<> change_uuid(const Context& context, Vg& vg) {
  for (const model::Lv& lv : vg.lvs)
    if (activate::is_up(context.world, vg, lv))
      return fail(Code::busy, fmt::format("Volume group \"{}\" has active logical volumes: deactivate them first "
                                          "(vgchange -an {}).",
                                          vg.name, vg.name));
  vg.id = VgId{context.new_uuid()};
  return {};
}

}  // namespace

Result<step::Plan> vg_change(const Context& context, const world::VgView& view, const VgChangeRequest& request) {
  // Tags and policies may change while a PV is away; what it would have to agree to may not.
  bool needs_all = request.extent_size || request.max_lv || request.max_pv || request.new_uuid;
  TRY(check_writable(context, view, {.missing_pvs = !needs_all}));
  step::Plan plan;
  Vg after = *view.vg;
  if (request.extent_size) TRY(change_extent_size(context, view, after, *request.extent_size));
  TRY(change_limits(after, request));
  TRY(change_flags(after, request));
  TRY(change_tags(after, request));
  std::vector<step::AreaUse> area_use = change_copies(context, after, request);
  if (request.profile) after.profile = *request.profile;
  if (request.system_id) TRY(change_system_id(context, after, request, plan));
  if (request.new_uuid) TRY(change_uuid(context, after));
  step::Stage stage = metadata_stage(view.vg, std::move(after));
  set_area_use(stage, std::move(area_use));
  stage.steps.emplace_back(print(fmt::format("Volume group \"{}\" successfully changed", view.vg->name)));
  plan.stages.push_back(std::move(stage));
  return plan;
}

}  // namespace lvm::plan
