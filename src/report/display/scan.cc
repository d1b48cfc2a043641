// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "report/display/parts.h"

// pvscan and vgscan.
namespace lvm::report {
namespace {

struct Totals {
  std::size_t count = 0, used = 0, outside = 0;
  Sectors size, used_size, outside_size;
};

// Names are padded: of devices to the longest, of VGs to 15.
std::string pv_line(const Source& source, const PvEntry& pv, const PvScanRequest& request, std::size_t width) {
  const auto& units = request.settings.units;
  std::string line = fmt::format("  PV {:<{}}", source.path_of(pv), width);
  if (request.uuids) {
    const PvId id = pv.pv != nullptr ? pv.pv->id : pv.label->id;
    line += fmt::format(" with UUID {} ", id.dashed());
  }
  if (pv.pv == nullptr) return line + fmt::format("   {:<18} lvm2 [{}]\n", "", units.long_text(stored_size(pv)));
  const auto& vg = source.vg();
  const Extents used = std::min(source.allocated(pv), pv.pv->pe_count);
  const std::string sizes = fmt::format("[{} / {} free]\n", units.long_text(vg.size_of(pv.pv->pe_count)),
                                        units.long_text(vg.size_of(pv.pv->pe_count - used)));
  if (vg.exported()) return line + fmt::format("    is in exported VG {} {}", vg.name, sizes);
  return line + fmt::format("   VG {:<15} lvm2 {}", vg.name, sizes);
}

}  // namespace

std::string scan_pvs(const world::World& world, const PvScanRequest& request) {
  const Common common{&world, &request.settings};
  const auto all = sources(common, request.scope, Kind::pv);
  struct Found {
    const Source* source;
    const PvEntry* pv;
  };
  std::vector<Found> found;
  std::size_t width = 0;
  Totals totals;
  for (const auto& source : all)
    for (const auto& pv : source->pvs()) {
      if (pv.pv == nullptr && pv.label == nullptr) continue;
      if (request.orphans_only && pv.pv != nullptr) continue;
      if (request.exported_only && !source->vg().exported()) continue;
      found.push_back({source.get(), &pv});
      width = std::max(width, source->path_of(pv).size());
      const Sectors size = pv.pv != nullptr ? source->vg().size_of(pv.pv->pe_count) : stored_size(pv);
      ++totals.count;
      totals.size += size;
      (pv.pv != nullptr ? totals.used : totals.outside) += 1;
      (pv.pv != nullptr ? totals.used_size : totals.outside_size) += size;
    }
  if (found.empty()) return "  No matching physical volumes found\n";
  std::string out;
  for (const auto& [source, pv] : found) {
    if (request.brief)
      out += fmt::format("  {}\n", source->path_of(*pv));
    else
      out += pv_line(*source, *pv, request, width);
  }
  const auto& units = request.settings.units;
  out += fmt::format("  Total: {} [{}] / in use: {} [{}] / in no VG: {} [{}]\n", totals.count,
                     units.long_text(totals.size), totals.used, units.long_text(totals.used_size), totals.outside,
                     units.long_text(totals.outside_size));
  return out;
}

std::string scan_vgs(const world::World& world, const Scope& scope) {
  std::string out;
  const Settings settings;
  const Common common{&world, &settings};
  for (const auto& source : sources(common, scope, Kind::vg))
    out += fmt::format("  Found {}volume group \"{}\" using metadata type lvm2\n",
                       source->vg().exported() ? "exported " : "", source->vg().name);
  return out;
}

}  // namespace lvm::report
