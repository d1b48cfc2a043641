// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/report.h"

#include <utility>

#include "config/size_units.h"
#include "report/rows.h"

namespace lvm::report {
namespace {

struct Defaults {
  std::string columns, sort;
};

Defaults log_defaults(const config::Config& config) {
  return {config.string("log/command_log_cols"), config.string("log/command_log_sort")};
}

Defaults full_defaults(const config::Config& config, Kind kind) {
  switch (kind) {
    case Kind::pv: return {config.string("report/pvs_cols_full"), config.string("report/pvs_sort_full")};
    case Kind::vg: return {config.string("report/vgs_cols_full"), config.string("report/vgs_sort_full")};
    case Kind::lv: return {config.string("report/lvs_cols_full"), config.string("report/lvs_sort_full")};
    case Kind::segment: return {config.string("report/segs_cols_full"), config.string("report/segs_sort_full")};
    case Kind::pv_segment: return {config.string("report/pvsegs_cols_full"), config.string("report/pvsegs_sort_full")};
    default: return log_defaults(config);
  }
}

std::string verbose_columns(const config::Config& config, Kind kind) {
  switch (kind) {
    case Kind::pv: return config.string("report/pvs_cols_verbose");
    case Kind::vg: return config.string("report/vgs_cols_verbose");
    case Kind::lv: return config.string("report/lvs_cols_verbose");
    case Kind::segment: return config.string("report/segs_cols_verbose");
    case Kind::pv_segment: return config.string("report/pvsegs_cols_verbose");
    case Kind::device_type: return config.string("report/devtypes_cols_verbose");
    case Kind::log: return config.string("log/command_log_cols");
  }
  return {};
}

Defaults plain_defaults(const config::Config& config, Kind kind) {
  switch (kind) {
    case Kind::pv: return {config.string("report/pvs_cols"), config.string("report/pvs_sort")};
    case Kind::vg: return {config.string("report/vgs_cols"), config.string("report/vgs_sort")};
    case Kind::lv: return {config.string("report/lvs_cols"), config.string("report/lvs_sort")};
    case Kind::segment: return {config.string("report/segs_cols"), config.string("report/segs_sort")};
    case Kind::pv_segment: return {config.string("report/pvsegs_cols"), config.string("report/pvsegs_sort")};
    case Kind::device_type: return {config.string("report/devtypes_cols"), config.string("report/devtypes_sort")};
    case Kind::log: return log_defaults(config);
  }
  return {};
}

Section section_of(const config::Config& config, const Part& part, bool full, bool verbose) {
  Defaults defaults = full ? full_defaults(config, part.kind) : plain_defaults(config, part.kind);
  if (verbose && !full) defaults.columns = verbose_columns(config, part.kind);
  return {part.kind, part.columns, part.sorts, part.selection, defaults.columns, defaults.sort};
}

}  // namespace

Result<Settings> settings_from(const config::Config& config) {
  Settings settings;
  const Format format = TRY(parse_format(config.string("report/output_format")));
  settings.format = format;
  settings.units = TRY(config::size_units(config));
  settings.aligned = config.flag("report/aligned");
  settings.buffered = config.flag("report/buffered");
  const auto headings = config.integer("report/headings");
  settings.headings = headings == 0 || headings == 2 ? static_cast<int>(headings) : 1;
  settings.separator = config.string("report/separator");
  settings.list_separator = config.string("report/list_item_separator");
  settings.prefixes = config.flag("report/prefixes");
  settings.quoted = config.flag("report/quoted");
  settings.columns_as_rows = config.flag("report/columns_as_rows");
  settings.binary_as_number = config.flag("report/binary_values_as_numeric");
  settings.time_format = config.string("report/time_format");
  settings.mark_hidden = config.flag("report/mark_hidden_devices");
  settings.two_word_unknown = config.flag("report/two_word_unknown_device");
  settings.compact = config.flag("report/compact_output");
  settings.compact_columns = config.string("report/compact_output_cols");
  settings.device_dir = config.string("devices/dir");
  while (settings.device_dir.size() > 1 && settings.device_dir.back() == '/') settings.device_dir.pop_back();
  return settings;
}

std::vector<Part> full_parts() {
  return {{Kind::vg, {}, {}, {}},
          {Kind::pv, {}, {}, {}},
          {Kind::lv, {}, {}, {}},
          {Kind::pv_segment, {}, {}, {}},
          {Kind::segment, {}, {}, {}}};
}

Result<Output> render(const world::World& world, const config::Config& config, const Request& request) {
  RenderRequest rendered;
  for (const auto& part : request.parts)
    rendered.sections.push_back(section_of(config, part, request.full, request.verbose));
  rendered.group_by_vg = request.full;
  rendered.scope = request.scope;
  rendered.settings = request.settings;
  if (request.log_entries != nullptr) {
    rendered.log = section_of(config, request.log, false, false);
    if (request.log.selection.empty()) rendered.log->selection = config.string("log/command_log_selection");
    rendered.log_entries = *request.log_entries;
    rendered.log_alone = request.log_alone;
  }
  return render(world, rendered);
}

Result<Output> render(std::span<const DeviceType> types, const config::Config& config, const Part& part,
                      const Settings& settings) {
  return render(types, section_of(config, part, false, false), settings);
}

}  // namespace lvm::report
