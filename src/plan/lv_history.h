// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metadata/history.h"
#include "model/vg.h"

namespace lvm::plan {

// What a VG remembers of thin volumes that are removed (metadata/record_lvs_history), so that their descendants know
// where they come from. Changes are made on the VG's text by store().
class LvHistory {
 public:
  explicit LvHistory(const model::Vg& vg) : entries_(metadata::read_history(vg.historical)) {}

  // A thin volume of the VG is about to leave it. `record`: it is remembered, if it has an origin or descendants; else
  // who comes from it begins a line of its own.
  void leave(const model::Vg& vg, const model::Lv& lv, bool record, std::int64_t now);
  // A snapshot is merged into its origin, which from now on comes from it.
  void merge(const model::Lv& snapshot, const std::string& origin, std::int64_t now);
  // An entry goes; those around it become neighbours.
  void forget(std::string_view name);
  // Entries from which no volume comes any more go; their names, in order.
  std::vector<std::string> forget_barren();
  // Entries that were removed before this time go. True when there were any.
  bool forget_before(std::int64_t removal_time);
  // Names of volumes that live, and of entries ("-name").
  void rename(std::string_view from, std::string_view to);

  const metadata::HistoricalLv* find(std::string_view name) const { return metadata::find_historical(entries_, name); }
  const std::vector<metadata::HistoricalLv>& entries() const { return entries_; }
  // A text of which nothing changed stays as it was read, with what only newer releases know.
  void store(model::Vg& vg) const {
    if (entries_ != metadata::read_history(vg.historical)) vg.historical = metadata::history_section(entries_);
  }

 private:
  metadata::HistoricalLv* parent_of(std::string_view living);

  std::vector<metadata::HistoricalLv> entries_;
};

}  // namespace lvm::plan
