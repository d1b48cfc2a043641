// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "syntax/printer.h"

// Volumes that are gone, as the metadata text remembers them: the section "historical_logical_volumes", which a VG
// keeps as it was written (metadata/record_lvs_history).
namespace lvm::metadata {

class LocalTimestamp;

struct HistoricalLv {
  std::string name;  // others refer to it as "-name"
  LvId id;
  std::int64_t creation_time = 0, removal_time = 0;
  std::string origin;                    // "name" of a volume that lives, "-name" of one that is gone, or empty
  std::vector<std::string> descendants;  // volumes that live; those that are gone name their origin
  friend bool operator==(const HistoricalLv&, const HistoricalLv&) = default;
};

// What cannot be read of it is passed over: it was accepted as text only.
std::vector<HistoricalLv> read_history(std::string_view section);
// Empty for none.
std::string history_section(const std::vector<HistoricalLv>& history);
// The section; with `times`, for whoever reads files.
void write_history(syntax::Printer& out, const std::vector<HistoricalLv>& history, LocalTimestamp* times);

// By its name, with or without the "-"; null for none.
const HistoricalLv* find_historical(const std::vector<HistoricalLv>& history, std::string_view name);

}  // namespace lvm::metadata
