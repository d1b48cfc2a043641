// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/convert/conversions.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/convert/merge.h"
#include "cli/convert/pools.h"
#include "cli/convert/rows.h"
#include "cli/convert/snapshot.h"
#include "cli/forms.h"
#include "cli/log_scope.h"
#include "cli/operands.h"
#include "plan/convert/integrity.h"
#include "plan/convert/interrupted.h"
#include "segment/kind.h"

namespace lvm::cli::convert {
namespace {

namespace id = form::lvconvert;

constexpr Conversion kConversions[] = {
    {id::linear, to_linear, Checksums::taken},
    {id::mirrors, to_mirrors, Checksums::taken},
    {id::raid, to_raid, Checksums::taken},
    {id::striped, to_striped, Checksums::taken},
    {id::stripes, reshape},
    {id::stripe_size, reshape},
    {id::region_size, set_region_size},
    {id::split_mirrors, split_mirrors},
    {id::track_images, track_images},
    {id::merge_mirrors, merge_mirrors},
    {id::replace, replace_images, Checksums::taken},
    {id::repair, repair, Checksums::taken},
    {id::mirror, to_mirror},
    {id::mirror_log, set_mirror_log},
    {id::poll, poll, Checksums::taken},
    {id::merge, run_merge},
    {id::merge_snapshot, run_merge},
    {id::merge_thin, run_merge},
    {id::split_snapshot, run_split_snapshot},
    {id::combine_snapshot, run_combine_snapshot},
    {id::thin, run_to_thin},
    {id::thin_pool, run_to_thin_pool},
    {id::swap_metadata, run_swap_metadata},
    {id::cache_pool, run_to_cache_pool},
    {id::cache, run_attach_cache},
    {id::cache_on_volume, run_attach_cache_volume},
    {id::writecache, run_attach_writecache},
    {id::split_cache, run_split_cache},
    {id::uncache, run_uncache},
    {id::integrity, set_integrity, Checksums::taken},
    {id::vdo_pool, to_vdo_pool},
};

struct Type {
  std::string_view name;
  bool (*is)(const model::Vg& vg, const model::Lv& lv);
};

template <class Body>
bool has(const model::Vg&, const model::Lv& lv) {
  return lv.as<Body>() != nullptr;
}

bool is_snapshot(const model::Vg& vg, const model::Lv& lv) {
  return std::ranges::any_of(vg.lvs, [&](const model::Lv& other) {
    const auto* snapshot = other.as<model::Snapshot>();
    return snapshot && snapshot->store == lv.id;
  });
}

// The store of a snapshot is nothing of the sort, whatever its extents are.
bool is_striped(const model::Vg& vg, const model::Lv& lv, bool single) {
  const auto* striped = lv.as<model::Striped>();
  return striped && (striped->areas.size() == 1) == single && !is_snapshot(vg, lv);
}

bool is_vdo_data(const model::Vg& vg, const model::Lv& lv) {
  return std::ranges::any_of(vg.lvs, [&](const model::Lv& other) {
    return other.as<model::VdoPool>() &&
           model::referenced(other.segments.front().body, model::Role::vdo_pool_data) == lv.id;
  });
}

constexpr Type kTypes[] = {
    {"linear", [](const model::Vg& vg, const model::Lv& lv) { return is_striped(vg, lv, true); }},
    {"striped", [](const model::Vg& vg, const model::Lv& lv) { return is_striped(vg, lv, false); }},
    {"error", has<model::ErrorSegment>},
    {"zero", has<model::ZeroSegment>},
    {"mirror", has<model::Mirror>},
    {"raid", has<model::Raid>},
    {"raid1",
     [](const model::Vg&, const model::Lv& lv) {
       const auto* raid = lv.as<model::Raid>();
       return raid && raid->type == model::RaidType::raid1;
     }},
    {"snapshot", is_snapshot},
    {"thin", has<model::Thin>},
    {"thinpool", has<model::ThinPool>},
    {"cache", has<model::Cache>},
    {"cachepool", has<model::CachePool>},
    {"writecache", has<model::Writecache>},
    {"vdo", has<model::Vdo>},
    {"vdopool", has<model::VdoPool>},
    {"vdopooldata", is_vdo_data},
};

// What --vdopool may name.
constexpr Literal kVdoData = "linear_striped_cache_raid";

bool takes(Literal types, const model::Vg& vg, const model::Lv& lv) {
  if (types.empty()) return true;
  std::string_view rest = types.text();
  while (!rest.empty()) {
    auto end = std::min(rest.find('_'), rest.size());
    if (is_of_type(vg, lv, rest.substr(0, end))) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

Error has_checksums(const model::Vg& vg, const model::Lv& lv) {
  return Error(Code::refused,
               fmt::format("Command on LV {0}/{1} is invalid on LV with properties: lv_is_raid_with_integrity .\n"
                           "Command not permitted on LV {0}/{1}.\nIts checksums can be removed first with lvconvert "
                           "--raidintegrity n {0}/{1}.",
                           vg.name, lv.name));
}

}  // namespace

std::string type_of(const model::Vg& vg, const model::Lv& lv) {
  if (lv.as<model::Raid>()) return "raid";
  if (is_snapshot(vg, lv)) return "snapshot";
  return lv.segments.empty() ? "empty" : segment::type_word(lv.segments.front());
}

bool is_of_type(const model::Vg& vg, const model::Lv& lv, std::string_view type) {
  const auto* row = std::ranges::find(kTypes, type, &Type::name);
  return row != std::end(kTypes) && row->is(vg, lv);
}

const Conversion* find_conversion(FormId form) {
  const auto* row = std::ranges::find(kConversions, form, &Conversion::form);
  return row == std::end(kConversions) ? nullptr : row;
}

ExitStatus with_volume(Session& session,
                       const std::function<ExitStatus(const world::VgView& view, const model::Lv& lv)>& work) {
  const Arguments& arguments = session.arguments();
  // A form may name its volume in an option alone.
  auto name = parse_one_lv_name(arguments.operands().empty() ? arguments.text(Opt::vdopool)
                                                             : std::string_view(arguments.operands().front()));
  if (!name) return session.refuse(name.error());
  auto found = session.discover();
  if (!found) return session.refuse(found.error());
  return session.with_vg(name->vg, [&](const world::VgView& first) {
    const model::Lv* lv = first.vg->find_lv(name->lv);
    if (!lv)
      return session.refuse(
          Error(Code::not_found, fmt::format("Failed to find logical volume \"{}/{}\"", name->vg, name->lv)));
    // Who polls sees it end.
    auto rest = arguments.form().id == id::poll ? step::Plan{}
                                                : plan::convert::finish_interrupted(session.context(), first, lv->id);
    if (!rest || !rest->empty()) {
      ExitStatus finished = session.carry_out(std::move(rest));
      if (finished != ExitStatus::ok || session.test_mode() || arguments.has(Opt::plan)) return finished;
      if (auto again = session.read({name->vg}); !again) return session.refuse(again.error());
    }
    const world::VgView* now = session.world().find_vg(name->vg);
    lv = now ? now->vg->find_lv(name->lv) : nullptr;
    if (!lv)
      return session.refuse(
          Error(Code::not_found, fmt::format("Logical volume {}/{} not found any more.", name->vg, name->lv)));
    const world::VgView& view = *now;
    const Literal types = arguments.form().operands.empty() ? kVdoData : arguments.form().operands[0].kind;
    if (!takes(types, *view.vg, *lv))
      return session.refuse(
          Error(Code::refused,
                fmt::format("Command on LV {0}/{1} does not accept LV type {2}.\nCommand not permitted on LV {0}/{1}.",
                            view.vg->name, lv->name, type_of(*view.vg, *lv))));
    const Conversion* conversion = find_conversion(arguments.form().id);
    if (conversion && conversion->checksums == Checksums::refused && plan::convert::integrity_of(*view.vg, *lv))
      return session.refuse(has_checksums(*view.vg, *lv));
    return about(session, log_object(*view.vg, *lv), [&] { return work(view, *lv); });
  });
}

}  // namespace lvm::cli::convert
