// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <variant>

#include "report/attributes.h"
#include "report/display/parts.h"
#include "report/kinds.h"
#include "segment/kind.h"

namespace lvm::report {
namespace {

using model::LvFlag;

class LvDisplay {
 public:
  LvDisplay(std::string& out, const Source& source, const LvEntry& lv, const DisplayRequest& request)
      : out_(out), source_(source), entry_(lv), lv_(*lv.lv), request_(request) {}

  void full(TimeFormat& time) {
    line("--- Logical volume ---");
    const KindReport* kind = kind_report(lv_);
    if (lv_.visible()) {
      const bool has_path = kind == nullptr || !kind->no_path;
      const bool path_as_name = has_path && request_.path_as_name;
      if (has_path && !path_as_name) line("LV Path                {}", lv_path(source_, lv_));
      line("LV Name                {}", path_as_name ? lv_path(source_, lv_) : lv_.name);
    } else {
      line("Internal LV Name       {}", lv_.name);
    }
    line("VG Name                {}", source_.vg().name);
    line("LV UUID                {}", lv_.id.dashed());
    line("LV Write Access        {}", write_access());
    if (lv_.creation_time > 0) line("LV Creation host, time {}, {}", lv_.creation_host, time.text(lv_.creation_time));
    head(kind);
    line("LV Status              {}{}", status(), source_.partial(entry_) ? " (partial)" : "");
    const world::LiveDevice* live = entry_.top;
    if (live != nullptr) line("# open                 {}", live->info.open_count);
    line("LV Size                {}", size(shown_extents()));
    if (kind != nullptr && kind->display_size != nullptr) kind->display_size(row(), out_);
    line("Current LE             {}", shown_extents().n);
    if (kind != nullptr && kind->display != nullptr) kind->display(row(), out_);
    for (const LvUser& use : source_.users(entry_))
      if (const auto* above = kind_of(use); above->part_display != nullptr) above->part_display(row(), use, out_);
    line("Segments               {}", lv_.segments.size());
    line("Allocation             {}", allocation_name(lv_.allocation));
    if (lv_.read_ahead == model::Lv::kReadAheadAuto)
      line("Read ahead sectors     auto");
    else
      line("Read ahead sectors     {}", std::max<std::int64_t>(lv_.read_ahead, 0));
    if (live != nullptr && live->read_ahead && lv_.read_ahead != model::Lv::kReadAheadNone)
      line("- currently set to     {}", live->read_ahead->n);
    if (lv_.flags.has(LvFlag::fixed_minor)) {
      if (lv_.major >= 0) line("Persistent major       {}", lv_.major);
      line("Persistent minor       {}", lv_.minor);
    }
    if (live != nullptr) line("Block device           {}:{}", live->info.device.major, live->info.device.minor);
    out_ += kBlankLine;
    if (request_.maps) maps();
  }

  void colons() {
    const auto* live = entry_.top;
    const std::int64_t read_ahead =
        lv_.read_ahead == model::Lv::kReadAheadAuto ? -1 : std::max<std::int64_t>(lv_.read_ahead, 0);
    line("{}:{}:{}:{}:-1:{}:{}:{}:-1:{}:{}:{}:{}", lv_path(source_, lv_), source_.vg().name,
         (lv_.flags.has(LvFlag::read) ? 1 : 0) | (lv_.writable() ? 2 : 0) |
             (live != nullptr && live->info.read_only ? 4 : 0),
         live != nullptr ? 1 : 0, live != nullptr ? live->info.open_count : 0, source_.vg().size_of(lv_.extents()).n,
         lv_.extents().n, lv_.allocation == model::Allocation::contiguous ? 2 : 0, read_ahead,
         live != nullptr ? static_cast<std::int64_t>(live->info.device.major) : -1,
         live != nullptr ? static_cast<std::int64_t>(live->info.device.minor) : -1);
  }

 private:
  template <class... Arguments>
  void line(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    out_ += "  ";
    fmt::format_to(std::back_inserter(out_), text, std::forward<Arguments>(arguments)...);
    out_ += '\n';
  }

  std::string size(Extents extents) const { return request_.settings.units.long_text(source_.vg().size_of(extents)); }

  Row row() const {
    Row row;
    row.source = &source_;
    row.lv = &entry_;
    return row;
  }

  const KindReport* kind_of(const LvUser& use) const {
    return kKindReports[source_.vg().lvs[use.user].segments[use.segment].body.index()];
  }

  void head(const KindReport* kind) {
    if (kind != nullptr && kind->display_head != nullptr) kind->display_head(row(), out_);
    for (const LvUser& use : source_.users(entry_))
      if (const auto* above = kind_of(use); above->part_display_head != nullptr)
        above->part_display_head(row(), use, out_);
  }

  // A snapshot is as large as its origin, whatever its store holds.
  Extents shown_extents() const {
    const auto* snapshot = kinds::store_of(row());
    const model::Lv* origin = snapshot == nullptr ? nullptr : source_.lv(snapshot->origin);
    return origin == nullptr ? lv_.extents() : origin->extents();
  }

  std::string_view write_access() const {
    if (!lv_.writable()) return "read only";
    if (entry_.top != nullptr && entry_.top->info.read_only) return "read/write (activated read only)";
    return "read/write";
  }

  std::string_view status() const {
    if (entry_.top == nullptr) return "NOT available";
    return entry_.top->info.suspended ? "suspended" : "available";
  }

  void maps() {
    line("--- Segments ---");
    for (const auto& segment : lv_.segments) {
      const auto areas = segment::areas(segment);
      line("{} extents {} to {}:", is_virtual(segment) ? "Virtual" : "Logical", segment.start.n,
           segment.start.n + segment.count.n - 1);
      line("  Type\t\t{}", segment::type_name(segment));
      if (const auto* own = kKindReports[segment.body.index()]; own->display_map != nullptr) {
        const std::size_t before = out_.size();
        own->display_map(row(), segment, out_);
        if (out_.size() != before) out_ += kBlankLine;
        continue;
      }
      if (areas.empty()) continue;
      if (areas.size() == 1) {
        area(segment, areas[0], "  ");
      } else {
        line("  Stripes\t\t{}", areas.size());
        line("  Stripe size\t\t{}", request_.settings.units.long_text(segment::stripe_size(segment)));
        for (std::size_t i = 0; i < areas.size(); ++i) {
          line("  Stripe {}:", i);
          area(segment, areas[i], "    ");
        }
      }
      out_ += kBlankLine;
    }
    out_ += kBlankLine;
  }

  static bool is_virtual(const model::Segment& segment) {
    const auto* kind = kKindReports[segment.body.index()];
    return kind->virtual_extents || (kind->display_map == nullptr && segment::areas(segment).empty());
  }

  void area(const model::Segment& segment, const model::Area& area, std::string_view indent) {
    const Extents length = segment::area_length(segment);
    if (const auto* on_pv = std::get_if<model::PvArea>(&area)) {
      line("{}Physical volume\t{}", indent, source_.pv_path(on_pv->pv));
      line("{}Physical extents\t{} to {}", indent, on_pv->start.n, on_pv->start.n + length.n - 1);
    } else {
      const auto& on_lv = std::get<model::LvArea>(area);
      const model::Lv* used = source_.lv(on_lv.lv);
      line("{}Logical volume\t{}", indent, used != nullptr ? std::string_view(used->name) : std::string_view());
      line("{}Logical extents\t{} to {}", indent, on_lv.start.n, on_lv.start.n + length.n - 1);
    }
  }

  std::string& out_;
  const Source& source_;
  const LvEntry& entry_;
  const model::Lv& lv_;
  const DisplayRequest& request_;
};

// "inactive          '/dev/vg/lv' [5.00 MiB] inherit"
void append_scan_line(std::string& out, const Source& source, const LvEntry& lv, const Settings& settings) {
  Row row;
  row.source = &source;
  row.lv = &lv;
  const bool active = lv.top != nullptr && lv.top->info.live_table && !kinds::store_invalid(row);
  std::string_view relation;
  if (kinds::store_of(row) != nullptr)
    relation = "Snapshot";
  else if (kinds::is_thick_origin(row))
    relation = "Original";
  out +=
      fmt::format("  {:<9}{:<9}'{}' [{}] {}\n", active ? "ACTIVE" : "inactive", relation, lv_path(source, *lv.lv),
                  settings.units.long_text(source.vg().size_of(lv.lv->extents())), allocation_name(lv.lv->allocation));
}

}  // namespace

std::string lv_path(const Source& source, const model::Lv& lv) {
  return fmt::format("{}/{}/{}", source.common().settings->device_dir, source.vg().name, lv.name);
}

std::uint32_t open_lvs(const Source& source) {
  return static_cast<std::uint32_t>(std::count_if(source.lvs().begin(), source.lvs().end(), [](const LvEntry& lv) {
    return lv.lv->visible() && lv.top != nullptr && lv.top->info.open_count > 0;
  }));
}

namespace {

void append_gone_display(std::string& out, const Source& source, const metadata::HistoricalLv& gone,
                         const DisplayRequest& request, TimeFormat& time) {
  if (request.style == Style::colons) {
    out += fmt::format("  {}/{}/{}:{}:0:0:-1:0:0:0:-1:0:0:-1:-1\n", request.settings.device_dir, source.vg().name,
                       gone.name, source.vg().name);
    return;
  }
  out += "  --- Historical Logical volume ---\n";
  out += fmt::format("  LV Name                -{}\n  VG Name                {}\n  LV UUID                {}\n",
                     gone.name, source.vg().name, gone.id.dashed());
  out += fmt::format("  LV Creation time       {}\n", time.text(gone.creation_time));
  out += fmt::format("  LV Removal time        {}\n   \n", time.text(gone.removal_time));
}

}  // namespace

void append_lv_display(std::string& out, const Source& source, const LvEntry& lv, const DisplayRequest& request,
                       TimeFormat& time) {
  if (lv.gone != nullptr) return append_gone_display(out, source, *lv.gone, request, time);
  LvDisplay display(out, source, lv, request);
  if (request.style == Style::colons)
    display.colons();
  else
    display.full(time);
}

std::string display_lvs(const world::World& world, const DisplayRequest& request) {
  std::string out;
  TimeFormat time(request.settings.time_format);
  const Common common{&world, &request.settings, true, request.scope.history};
  for (const auto& source : sources(common, request.scope, Kind::lv))
    for_each_row(*source, Kind::lv, RowKind::lv, request.scope,
                 [&](Row& row) { append_lv_display(out, *source, *row.lv, request, time); });
  return out;
}

std::string scan_lvs(const world::World& world, const Scope& scope, const Settings& settings) {
  std::string out;
  const Common common{&world, &settings};
  for (const auto& source : sources(common, scope, Kind::lv))
    for_each_row(*source, Kind::lv, RowKind::lv, scope,
                 [&](Row& row) { append_scan_line(out, *source, *row.lv, settings); });
  return out;
}

}  // namespace lvm::report
