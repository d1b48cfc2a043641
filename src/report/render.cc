// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/render.h"

#include <algorithm>

#include "report/help.h"
#include "report/live_table.h"
#include "report/rows.h"
#include "report/table.h"
#include "report/write.h"

namespace lvm::report {
namespace {

std::string_view title_of(Kind kind) {
  switch (kind) {
    case Kind::pv: return "Physical Volume Label";
    case Kind::vg: return "Volume Group";
    case Kind::lv: return "Logical Volume";
    case Kind::segment: return "Logical Volume Segment";
    case Kind::pv_segment: return "Physical Volume Segment";
    case Kind::log: return "Command Log";
    case Kind::device_type: return "Device Types";
  }
  return {};
}

void write_title(std::string& out, Kind kind) {
  const auto title = title_of(kind);
  out += "  ";
  out += title;
  out += "\n  ";
  out.append(title.size(), '=');
  out += '\n';
}

// A section that has been understood.
struct Prepared {
  Kind kind;
  Columns columns;
  Selection selection;
  RowKind rows = RowKind::lv;
  bool shows_selected = false;  // rows that do not pass are shown too, with 0

  bool wants(Row& row, Value& scratch) const {
    row.selected = selection.matches(row, scratch);
    return row.selected || shows_selected;
  }
};

bool mentions_selected(const Columns& columns) {
  const auto special = [](const Field* field) { return field->group == Group::special; };
  return std::any_of(columns.shown.begin(), columns.shown.end(), special) ||
         std::any_of(columns.keys.begin(), columns.keys.end(), [&](const SortKey& key) { return special(key.field); });
}

// Whether a section looks at the status of volumes, in a column, a key or the selection.
bool asks_status(const Prepared& section) {
  const auto of_status = [](const Field* field) {
    return field->group == Group::lv_status || field->group == Group::lv_attr;
  };
  const auto fields = section.selection.fields();
  return std::any_of(section.columns.shown.begin(), section.columns.shown.end(), of_status) ||
         std::any_of(section.columns.keys.begin(), section.columns.keys.end(),
                     [&](const SortKey& key) { return of_status(key.field); }) ||
         std::any_of(fields.begin(), fields.end(), of_status);
}

Result<Prepared> prepare(const Section& section, const Settings& settings) {
  auto columns =
      TRY(parse_columns(section.kind, section.default_columns, section.columns, section.default_sort, section.sorts));
  auto selection = TRY(Selection::parse(section.kind, section.selection, settings.now));
  Prepared out{section.kind, std::move(columns), std::move(selection)};
  out.shows_selected = mentions_selected(out.columns);
  if (section.kind != Kind::log && section.kind != Kind::device_type) {
    const RowKind rows = TRY(row_kind(section.kind, out.columns, out.selection));
    out.rows = rows;
  }
  if (!settings.compact_columns.empty() && out.columns.compact.empty()) {
    std::string_view rest = settings.compact_columns;
    while (!rest.empty()) {
      const auto comma = std::min(rest.find(','), rest.size());
      if (const Field* field = find_field(section.kind, rest.substr(0, comma))) out.columns.compact.push_back(field);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return out;
}

void finish(Table& table, const Prepared& section, const Settings& settings) {
  if (settings.buffered || settings.format != Format::basic) table.sort();
  if (settings.compact || !section.columns.compact.empty()) table.drop_empty(section.columns.compact, settings.compact);
}

class Renderer {
 public:
  Renderer(const world::World& world, const RenderRequest& request)
      : request_(request), settings_(request.settings), common_{&world, &request.settings} {
    common_.history = request.scope.history;
  }

  Result<Output> run() {
    for (const auto& section : request_.sections) {
      auto prepared = TRY(prepare(section, settings_));
      if (prepared.columns.help || prepared.selection.help())
        return Output{prepared.columns.help ? column_help(section.kind) : selection_help(section.kind), {}};
      for (auto& warning : prepared.columns.warnings) output_.warnings.push_back(std::move(warning));
      sections_.push_back(std::move(prepared));
    }
    if (request_.log) {
      auto log = TRY(prepare(*request_.log, settings_));
      if (log.columns.help || log.selection.help())
        return Output{log.columns.help ? column_help(Kind::log) : selection_help(Kind::log), {}};
      log_ = std::move(log);
    }
    common_.layers = std::any_of(sections_.begin(), sections_.end(), asks_status);
    if (settings_.format == Format::basic)
      basic();
    else
      json();
    return std::move(output_);
  }

 private:
  std::vector<std::unique_ptr<Source>> sources_for(Kind kind) { return sources(common_, request_.scope, kind); }

  void fill(Table& table, const Prepared& section, const Source& source) {
    for_each_row(source, section.kind, section.rows, request_.scope, [&](Row& row) {
      if (!section.wants(row, scratch_)) return;
      table.add(row);
      const bool of_lvs = section.rows == RowKind::lv || section.rows == RowKind::segment;
      if (!of_lvs || !common_.layers) return;
      if (const auto foreign = foreign_target(row)) output_.warnings.push_back(foreign_target_warning(row, *foreign));
    });
  }

  // All VGs in one table.
  Table whole(const Prepared& section) {
    Table table(section.columns, settings_);
    for (const auto& source : sources_for(section.kind)) fill(table, section, *source);
    finish(table, section, settings_);
    return table;
  }

  Table part(const Prepared& section, const Source& source) {
    Table table(section.columns, settings_);
    fill(table, section, source);
    finish(table, section, settings_);
    return table;
  }

  Table log_table() {
    Table table(log_->columns, settings_);
    Source source(common_, std::vector<PvEntry>());
    for (const auto& entry : request_.log_entries) {
      Row row;
      row.source = &source;
      row.log = &entry;
      if (log_->wants(row, scratch_)) table.add(row);
    }
    finish(table, *log_, settings_);
    return table;
  }

  // Which sections speak of a source: PVs of no VG have no VG or LVs to show.
  bool concerns(const Prepared& section, const Source& source) const {
    return source.in_vg() || section.kind == Kind::pv || section.kind == Kind::pv_segment;
  }

  void text(const Table& table, Kind kind) {
    if (log_ && table.row_count() > 0) write_title(output_.text, kind);
    write_text(output_.text, table, settings_);
    if (log_) output_.text += "  \n";
  }

  void basic() {
    if (request_.group_by_vg) {
      for (const auto& source : sources_for(Kind::pv))
        for (const auto& section : sections_)
          if (concerns(section, *source)) text(part(section, *source), section.kind);
    } else {
      for (const auto& section : sections_) text(whole(section), section.kind);
    }
    if (!log_) return;
    if (!request_.log_alone) write_title(output_.text, Kind::log);
    write_text(output_.text, log_table(), settings_, true);
  }

  void json() {
    JsonDocument document(output_.text);
    if (!sections_.empty()) document.begin_reports();
    if (request_.group_by_vg) {
      for (const auto& source : sources_for(Kind::pv)) {
        document.begin_group();
        for (const auto& section : sections_)
          if (concerns(section, *source)) document.section(kind_name(section.kind), part(section, *source));
        document.end_group();
      }
    } else if (!sections_.empty()) {
      document.begin_group();
      for (const auto& section : sections_) document.section(kind_name(section.kind), whole(section));
    }
    if (log_) document.log(log_table());
    document.finish();
  }

  const RenderRequest& request_;
  const Settings& settings_;
  Common common_;
  std::vector<Prepared> sections_;
  std::optional<Prepared> log_;
  Output output_;
  Value scratch_;
};

}  // namespace

Result<Output> render(const world::World& world, const RenderRequest& request) {
  return Renderer(world, request).run();
}

Result<Output> render(std::span<const DeviceType> types, const Section& section, const Settings& settings) {
  auto prepared = TRY(prepare(section, settings));
  if (prepared.columns.help) return Output{column_help(section.kind), {}};
  if (prepared.selection.help()) return Output{selection_help(section.kind), {}};
  const world::World world;
  const Common common{&world, &settings};
  Source source(common, std::vector<PvEntry>());
  Table table(prepared.columns, settings);
  Value scratch;
  for (const auto& type : types) {
    Row row;
    row.source = &source;
    row.device_type = &type;
    if (prepared.wants(row, scratch)) table.add(row);
  }
  finish(table, prepared, settings);
  Output output;
  output.warnings = prepared.columns.warnings;
  if (settings.format == Format::basic) {
    write_text(output.text, table, settings);
  } else {
    JsonDocument document(output.text);
    document.begin_reports();
    document.begin_group();
    document.section(kind_name(section.kind), table);
    document.finish();
  }
  return output;
}

}  // namespace lvm::report
