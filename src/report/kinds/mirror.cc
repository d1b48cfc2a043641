// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/kinds/mirror.h"

#include "base/size_units.h"
#include "model/usable.h"
#include "report/kinds/support.h"

namespace lvm::report::kinds {
namespace {

using dm::MirrorStatus;
using model::LvFlag;
using model::Mirror;
using model::Role;

bool all_in_sync(const MirrorStatus* status) {
  return status != nullptr && status->in_sync.total != 0 && status->in_sync.used == status->in_sync.total;
}

// The PV that a pvmove takes its extents from.
const model::PvArea* source_of(const Row& row) {
  if (!lv_of(row).flags.has(LvFlag::pvmove)) return nullptr;
  for (const auto& segment : lv_of(row).segments)
    if (const auto* mirror = std::get_if<Mirror>(&segment.body); mirror != nullptr && !mirror->areas.empty())
      return std::get_if<model::PvArea>(&mirror->areas.front());
  return nullptr;
}

const model::Lv* converted(const Row& row) { return model::converted_mirror(row.vg(), lv_of(row)); }

}  // namespace

Letter mirror_type(const Row& row) {
  if (converted(row) != nullptr) return {'c', TypeRank::mirror};
  return {lv_of(row).flags.has(LvFlag::not_synced) ? 'M' : 'm', TypeRank::mirror};
}
Letter mirror_target(const Row&) { return {'m', TargetRank::mirror}; }
void mirror_layout(const Row&, Value& out) { out.add_item("mirror"); }

void mirror_display(const Row& row, std::string& out) {
  line(out, "Mirrored volumes       {}", body_of<Mirror>(row)->areas.size());
}

void mirror_map(const Row& row, const model::Segment& segment, std::string& out) {
  const Mirror& mirror = std::get<Mirror>(segment.body);
  line(out, "  Monitoring\t\t");
  line(out, "  Mirrors\t\t{}", mirror.areas.size());
  line(out, "  Mirror size\t\t{}", segment.count.n);
  if (mirror.log) line(out, "  Mirror log volume\t{}", plain_name(row, mirror.log));
  line(out, "  Mirror region size\t{}", row.common().settings->units.long_text(mirror.region_size));
  line(out, "  Mirror original:");
  for (std::size_t i = 0; i < mirror.areas.size(); ++i) {
    if (i == 1) line(out, "  Mirror destinations:");
    if (const auto* pv = std::get_if<model::PvArea>(&mirror.areas[i])) {
      line(out, "    Physical volume\t{}", row.source->pv_path(pv->pv));
      line(out, "    Physical extents\t{} to {}", pv->start.n, pv->start.n + segment.count.n - 1);
    } else {
      const auto& image = std::get<model::LvArea>(mirror.areas[i]);
      line(out, "    Logical volume\t{}", plain_name(row, image.lv));
      line(out, "    Logical extents\t{} to {}", image.start.n, image.start.n + segment.count.n - 1);
    }
  }
}

Letter mirror_part_type(const Row& row, const LvUser& use) {
  if (use.role == Role::mirror_log) return {'l', TypeRank::image};
  if (use.role != Role::mirror_image || lv_of(row).flags.has(LvFlag::pvmove)) return {};
  const bool synced = all_in_sync(status_of<MirrorStatus>(row, user_of(row, use)));
  return {synced ? 'i' : 'I', TypeRank::image};
}

Letter mirror_part_target(const Row&, const LvUser& use) {
  if (use.role == Role::mirror_image || use.role == Role::mirror_log) return {'m', TargetRank::mirror};
  return {};
}

void mirror_part_roles(const Row&, const LvUser& use, Value& out) {
  out.add_item("mirror");
  out.add_item(use.role == Role::mirror_log ? "log" : "image");
}

void mirror_initial_sync(const Row& row, Value& out) { out.set_flag(!lv_of(row).flags.has(LvFlag::not_synced)); }

void mirror_copy_percent(const Row& row, Value& out) {
  if (const auto* status = status_of<MirrorStatus>(row)) set_share(out, status->in_sync.used, status->in_sync.total);
}

void mirror_log_name(const Row& row, Value& out) { set_name(row, body_of<Mirror>(row)->log, out); }
void mirror_log_uuid(const Row& row, Value& out) { set_uuid(body_of<Mirror>(row)->log, out); }

void mirror_convert_lv(const Row& row, Value& out) {
  if (const model::Lv* layer = converted(row)) set_name(row, layer->id, out);
}
void mirror_convert_lv_uuid(const Row& row, Value& out) {
  if (const model::Lv* layer = converted(row)) set_uuid(layer->id, out);
}

void mirror_move_pv(const Row& row, Value& out) {
  if (const auto* pv = source_of(row)) out.set_text(row.source->pv_path(pv->pv));
}
void mirror_move_pv_uuid(const Row& row, Value& out) {
  const auto* pv = source_of(row);
  if (pv == nullptr) return;
  out.buffer() = pv->pv.dashed();
  out.set_composed();
}

void mirror_region(const Row& row, Value& out) { out.set_size(segment_body<Mirror>(row)->region_size); }

}  // namespace lvm::report::kinds
