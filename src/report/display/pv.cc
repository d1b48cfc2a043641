// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <iterator>

#include "report/display/parts.h"

namespace lvm::report {
namespace {

using model::PvFlag;

std::string uuid_text(const PvEntry& pv) {
  const PvId id = pv.pv != nullptr ? pv.pv->id : pv.label != nullptr ? pv.label->id : PvId();
  return id ? id.dashed() : "none";
}

// What extents cannot cover. Nothing when only the space in front of the first extent is left.
Sectors not_usable(const Source& source, const PvEntry& pv) {
  const Sectors size = stored_size(pv);
  const Sectors usable = source.vg().size_of(pv.pv->pe_count);
  if (size <= usable) return Sectors();
  const Sectors rest = size - usable;
  return rest == pv.pv->pe_start ? Sectors() : rest;
}

class PvDisplay {
 public:
  PvDisplay(std::string& out, const Source& source, const DisplayRequest& request)
      : out_(out), source_(source), request_(request) {}

  void show(const PvEntry& pv) {
    if (request_.style == Style::brief) {
      brief(pv);
      return;
    }
    if (pv.pv != nullptr && source_.vg().exported())
      line("Physical volume \"{}\" of volume group \"{}\" is exported", source_.path_of(pv), source_.vg().name);
    if (pv.pv == nullptr)
      line("\"{}\" is a new physical volume of \"{}\"", source_.path_of(pv),
           request_.settings.units.long_text(stored_size(pv)));
    if (request_.style == Style::colons)
      colons(pv);
    else
      full(pv);
  }

 private:
  template <class... Arguments>
  void line(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    out_ += "  ";
    fmt::format_to(std::back_inserter(out_), text, std::forward<Arguments>(arguments)...);
    out_ += '\n';
  }

  std::string size(Sectors sectors) const { return request_.settings.units.long_text(sectors); }

  Extents free(const PvEntry& pv) const {
    const Extents used = source_.allocated(pv);
    return pv.pv == nullptr || used > pv.pv->pe_count ? Extents() : pv.pv->pe_count - used;
  }
  Extents count(const PvEntry& pv) const { return pv.pv == nullptr ? Extents() : pv.pv->pe_count; }

  void brief(const PvEntry& pv) {
    const Sectors room = pv.pv != nullptr ? source_.vg().size_of(free(pv)) : stored_size(pv);
    line("Device \"{}\" has a capacity of {}", source_.path_of(pv), size(room));
  }

  void colons(const PvEntry& pv) {
    unsigned status = 0;
    const unsigned can_allocate = allocatable(pv) ? kStatusAllocatable : 0;
    if (pv.pv != nullptr) {
      status |= can_allocate;
      if (source_.vg().exported() || pv.pv->flags.has(PvFlag::exported)) status |= kStatusExported;
      if (pv.missing()) status |= kStatusMissing;
    }
    line("{}:{}:{}:-1:{}:{}:-1:{}:{}:{}:{}:{}", source_.path_of(pv), source_.vg().name, stored_size(pv).n, status,
         can_allocate, pv.pv == nullptr ? 0 : source_.vg().extent_size.n / 2, count(pv).n, free(pv).n,
         source_.allocated(pv).n, uuid_text(pv));
  }

  void full(const PvEntry& pv) {
    const bool member = pv.pv != nullptr;
    line("--- {}Physical volume ---", member ? "" : "NEW ");
    line("PV Name               {}", source_.path_of(pv));
    line("VG Name               {}{}", source_.vg().name, member && source_.vg().exported() ? " (exported)" : "");
    if (member)
      line("PV Size               {} / not usable {}", size(stored_size(pv)), size(not_usable(source_, pv)));
    else
      line("PV Size               {}", size(stored_size(pv)));
    if (!allocatable(pv))
      line("Allocatable           NO");
    else
      line("Allocatable           yes {}", free(pv).n == 0 ? "(but full)" : "");
    line("PE Size               {}", size(member ? source_.vg().extent_size : Sectors()));
    line("Total PE              {}", count(pv).n);
    line("Free PE               {}", free(pv).n);
    line("Allocated PE          {}", source_.allocated(pv).n);
    line("PV UUID               {}", uuid_text(pv));
    out_ += kBlankLine;
    if (request_.maps) maps(pv);
  }

  void maps(const PvEntry& pv) {
    const auto ranges = source_.ranges(pv);
    if (!ranges.empty()) line("--- Physical Segments ---");
    for (const auto& range : ranges) {
      line("Physical extent {} to {}:", range.start.n, range.start.n + range.count.n - 1);
      if (!range.use) {
        line("  FREE");
        continue;
      }
      const auto& lv = source_.vg().lvs[range.use->lv];
      const auto& segment = lv.segments[range.use->segment];
      line("  Logical volume\t{}", lv_path(source_, lv));
      line("  Logical extents\t{} to {}", segment.start.n, segment.start.n + segment.count.n - 1);
    }
    out_ += kBlankLine;
  }

  std::string& out_;
  const Source& source_;
  const DisplayRequest& request_;
};

}  // namespace

Sectors stored_size(const PvEntry& pv) {
  if (pv.pv != nullptr && pv.pv->device_size.n != 0) return pv.pv->device_size;
  if (pv.label != nullptr && pv.label->header_size.n != 0) return to_sectors_floor(pv.label->header_size);
  return pv.device != nullptr ? to_sectors_floor(pv.device->size) : Sectors();
}

bool allocatable(const PvEntry& pv) { return pv.pv != nullptr && pv.pv->flags.has(PvFlag::allocatable); }

std::string display_pvs(const world::World& world, const DisplayRequest& request) {
  std::string out;
  const Common common{&world, &request.settings};
  for (const auto& source : sources(common, request.scope, Kind::pv)) {
    PvDisplay display(out, *source, request);
    for_each_row(*source, Kind::pv, RowKind::pv, request.scope, [&](Row& row) {
      // A device without a label is no PV: -a of a display means nothing more.
      if (row.pv->pv != nullptr || row.pv->label != nullptr) display.show(*row.pv);
    });
  }
  return out;
}

}  // namespace lvm::report
