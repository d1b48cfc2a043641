// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "report/columns.h"
#include "report/select.h"
#include "report/settings.h"
#include "report/source.h"
#include "world/world.h"

// Reports without a configuration: values in, text out. report.h is the entry for commands.
namespace lvm::report {

// What one row of a report is. Columns of finer things split the rows of a report: `vgs -o lv_name` has a row
// for each LV.
enum class RowKind : std::uint8_t { pv, vg, lv, segment, pv_segment };

// Which volumes a report covers. What is not given means all.
struct Scope {
  std::optional<std::vector<VgId>> vgs;
  std::optional<std::vector<LvId>> lvs;  // named ones are shown even when hidden
  std::optional<std::vector<PvId>> pvs;
  std::optional<std::vector<std::string>> devices;  // paths, for devices that are not PVs
  bool all = false;                                 // hidden LVs, duplicates of PVs, devices that are not PVs
  bool foreign = false;                             // VGs of other hosts
  bool orphans = true;                              // PVs of no VG
  bool history = false;                             // volumes that are gone
};

// One table: what its columns, keys and selection are.
struct Section {
  Kind kind = Kind::lv;
  std::vector<std::string> columns;  // values of -o in order
  std::vector<std::string> sorts;    // values of -O in order; the last counts
  std::string selection;             // -S
  std::string default_columns, default_sort;
};

struct RenderRequest {
  std::vector<Section> sections;
  bool group_by_vg = false;  // a group of all sections for each VG (fullreport)
  Scope scope;
  Settings settings;
  // The command log: its section and its messages.
  std::optional<Section> log;
  std::span<const LogEntry> log_entries{};
  bool log_alone = false;  // --logonly: no title
};

struct Output {
  std::string text;
  std::vector<std::string> warnings;
};

Result<Output> render(const world::World& world, const RenderRequest& request);

// A table of device types (lvm devtypes).
Result<Output> render(std::span<const DeviceType> types, const Section& section, const Settings& settings);

}  // namespace lvm::report
