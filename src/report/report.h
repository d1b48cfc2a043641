// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "report/render.h"

// The entry for commands: reports with the defaults of the configuration.
namespace lvm::report {

// The report/ section and global/units. Commands then lay their options over it.
Result<Settings> settings_from(const config::Config& config);

// What a command says of one report: its -o, -O and -S.
struct Part {
  Kind kind = Kind::lv;
  std::vector<std::string> columns, sorts;
  std::string selection;
};

struct Request {
  // One part for pvs, vgs, lvs. The five of fullreport: see full_parts().
  std::vector<Part> parts;
  bool full = false;     // defaults of fullreport, a group for each VG
  bool verbose = false;  // -v: the verbose default columns
  Scope scope;
  Settings settings;
  // The command log follows the reports; null leaves it out. `log` has its -o, -O and -S.
  const std::vector<LogEntry>* log_entries = nullptr;
  Part log{Kind::log, {}, {}, {}};
  bool log_alone = false;  // nothing but the log, without a title
};

// vg, pv, lv, pvseg, seg: the order of fullreport.
std::vector<Part> full_parts();

// Errors are of Code::usage or Code::not_found; a text of several lines has a message in each.
Result<Output> render(const world::World& world, const config::Config& config, const Request& request);
Result<Output> render(std::span<const DeviceType> types, const config::Config& config, const Part& part,
                      const Settings& settings);

// Which volumes pass a selection: for commands that change what -S selects. An LV passes when one of its
// segments does, a PV when one of its ranges does, a VG when anything in it does.
class Matcher {
 public:
  // `kind` is what the command works on: pv, vg or lv. `settings` and `world` must outlive the matcher.
  static Result<Matcher> create(const world::World& world, const Settings& settings, Kind kind,
                                const std::string& selection);

  bool vg(const world::VgView& vg) const;
  // In the order of the metadata, hidden ones included.
  std::vector<LvId> lvs(const world::VgView& vg) const;
  std::vector<PvId> pvs(const world::VgView& vg) const;
  // Paths of PVs of no VG, of duplicates, and of devices without a label.
  std::vector<std::string> outside() const;

 private:
  Matcher(const world::World& world, const Settings& settings, Kind kind, Selection selection, RowKind rows);
  void each(const Source& source, const std::function<void(const Row&)>& visit) const;

  Common common_;
  Kind kind_;
  Selection selection_;
  RowKind rows_;
};

// Whether one volume passes: a Matcher for a single question.
Result<bool> select_matches(const world::World& world, const Settings& settings, const world::VgView& vg, LvId lv,
                            const std::string& selection);

}  // namespace lvm::report
