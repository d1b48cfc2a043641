// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/index.h"
#include "segment/kind.h"
#include "syntax/printer.h"

namespace lvm::metadata {

// "2026-11-23 13:02:13 +0000" in local time; neighbouring volumes often share a second.
class LocalTimestamp {
 public:
  std::string_view format(std::int64_t unix_seconds);

 private:
  std::int64_t last_ = -1;
  std::string text_;
};

// Prints the section of one VG. The VG must outlive it.
class Writer : private segment::Names {
 public:
  Writer(const model::Vg& vg, syntax::Layout layout);
  std::string run();

 private:
  void write_vg_keys();
  void write_pvs();
  void write_pv(const model::Pv& pv, std::string_view name);
  void write_lvs();
  void write_lv(const model::Lv& lv, bool visible);
  void write_words(const model::Lv& lv, bool visible);
  void write_segment(const model::Segment& segment, std::string_view type_suffix);
  void write_tags(const std::vector<std::string>& tags);
  std::string size(Sectors sectors) const;
  Sectors extent_size() const override { return vg_.extent_size; }

  std::optional<PvId> pv_id(std::string_view) const override { return std::nullopt; }
  std::optional<LvId> lv_id(std::string_view) const override { return std::nullopt; }
  std::string_view pv_name(PvId id) const override;
  std::string_view lv_name(LvId id) const override;

  const model::Vg& vg_;
  syntax::Printer out_;
  bool file_;
  bool locked_;
  model::PvIndex pvs_;
  std::vector<std::string> pv_names_;
  mutable std::optional<model::Index> lvs_;  // made when a segment names an LV
  LocalTimestamp timestamp_;
  struct {
    model::LvFlags flags;
    std::size_t from = 0, length = 0;  // in the text; no length: none yet
  } last_words_;
  std::vector<std::string_view> scratch_;
};

}  // namespace lvm::metadata
