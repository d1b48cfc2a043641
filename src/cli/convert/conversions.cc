// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/convert/conversions.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/forms.h"
#include "cli/operands.h"
#include "segment/kind.h"

namespace lvm::cli::convert {
namespace {

constexpr std::span<const Conversion> kConversions = {};

struct Type {
  std::string_view name;
  bool (*is)(const model::Vg& vg, const model::Lv& lv);
};

template <class Body>
bool has(const model::Vg&, const model::Lv& lv) {
  return lv.as<Body>() != nullptr;
}

bool is_striped(const model::Lv& lv, bool single) {
  const auto* striped = lv.as<model::Striped>();
  return striped && (striped->areas.size() == 1) == single;
}

bool is_snapshot(const model::Vg& vg, const model::Lv& lv) {
  return std::ranges::any_of(vg.lvs, [&](const model::Lv& other) {
    const auto* snapshot = other.as<model::Snapshot>();
    return snapshot && snapshot->store == lv.id;
  });
}

bool is_vdo_data(const model::Vg& vg, const model::Lv& lv) {
  return std::ranges::any_of(vg.lvs, [&](const model::Lv& other) {
    return other.as<model::VdoPool>() &&
           model::referenced(other.segments.front().body, model::Role::vdo_pool_data) == lv.id;
  });
}

constexpr Type kTypes[] = {
    {"linear", [](const model::Vg&, const model::Lv& lv) { return is_striped(lv, true); }},
    {"striped", [](const model::Vg&, const model::Lv& lv) { return is_striped(lv, false); }},
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

bool takes(const char* types, const model::Vg& vg, const model::Lv& lv) {
  if (types == nullptr) return true;
  std::string_view rest = types;
  while (!rest.empty()) {
    auto end = std::min(rest.find('_'), rest.size());
    if (is_of_type(vg, lv, rest.substr(0, end))) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

std::string type_of(const model::Lv& lv) {
  return lv.segments.empty() ? "empty" : std::string(segment::type_name(lv.segments.front()));
}

}  // namespace

bool is_of_type(const model::Vg& vg, const model::Lv& lv, std::string_view type) {
  const auto* row = std::ranges::find(kTypes, type, &Type::name);
  return row != std::end(kTypes) && row->is(vg, lv);
}

const Conversion* find_conversion(FormId form) {
  auto row = std::ranges::find(kConversions, form, &Conversion::form);
  return row == kConversions.end() ? nullptr : &*row;
}

ExitStatus with_volume(Session& session,
                       const std::function<ExitStatus(const world::VgView& view, const model::Lv& lv)>& work) {
  const Arguments& arguments = session.arguments();
  auto name = parse_one_lv_name(arguments.operands().front());
  if (!name) return session.refuse(name.error());
  auto found = session.discover();
  if (!found) return session.refuse(found.error());
  return session.with_vg(name->vg, [&](const world::VgView& view) {
    const model::Lv* lv = view.vg->find_lv(name->lv);
    if (!lv)
      return session.refuse(
          Error(Code::not_found, fmt::format("Failed to find logical volume \"{}/{}\"", name->vg, name->lv)));
    if (!takes(arguments.form().operands[0].kind, *view.vg, *lv))
      return session.refuse(Error(Code::refused, fmt::format("Command on LV {}/{} does not accept LV type {}.",
                                                             view.vg->name, lv->name, type_of(*lv))));
    return work(view, *lv);
  });
}

}  // namespace lvm::cli::convert
