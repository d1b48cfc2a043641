// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "report/field.h"
#include "report/source.h"

namespace lvm::report {

// A field that a kind of volume fills in, in place of the field's own getter.
struct KindField {
  std::string_view field;
  Getter get;
};

// What reports say of an LV of a kind (by its first segment) or of one of its segments, where that differs
// from a plain volume. A kind specialises kKindReport for its segment body, in kinds/NAME.h, and is then
// reported everywhere: no other file knows it.
struct KindReport {
  // Positions of lv_attr (facts: lvs(8)). Null: '-'. `row.lv` is the LV of this kind.
  char (*volume_type)(const Row& row) = nullptr;
  char (*target_type)(const Row& row) = nullptr;
  char (*zeroes)(const Row& row) = nullptr;
  char (*health)(const Row& row) = nullptr;
  char (*state)(const Row& row) = nullptr;  // overrides of a live table; NUL: none
  // lv_health_status; null: nothing to say.
  std::string_view (*health_text)(const Row& row) = nullptr;
  // For an LV that a segment of this kind uses (an image, a pool's data): `row` is the used LV, `user` the use.
  char (*part_volume_type)(const Row& row, const LvUser& user) = nullptr;
  char (*part_target_type)(const Row& row, const LvUser& user) = nullptr;
  char (*part_health)(const Row& row, const LvUser& user) = nullptr;
  void (*part_roles)(const Row& row, const LvUser& user, Value& out) = nullptr;
  // Words of lv_layout and of lv_role; null: as a plain volume.
  void (*layout)(const Row& row, Value& out) = nullptr;
  void (*roles)(const Row& row, Value& out) = nullptr;
  bool copy_on_write_snapshot = false;  // counted by snap_count
  std::span<const KindField> fields{};
};

template <class Body>
inline constexpr KindReport kKindReport{};

}  // namespace lvm::report

#include "report/kinds/plain.h"

namespace lvm::report {

inline constexpr std::size_t kKinds = std::variant_size_v<model::SegmentBody>;

namespace detail {
template <std::size_t... I>
constexpr std::array<const KindReport*, sizeof...(I)> kind_table(std::index_sequence<I...>) {
  return {&kKindReport<std::variant_alternative_t<I, model::SegmentBody>>...};
}
}  // namespace detail

// By model::SegmentBody's index.
inline constexpr auto kKindReports = detail::kind_table(std::make_index_sequence<kKinds>());

// The kind of an LV; null for an LV without segments.
inline const KindReport* kind_report(const model::Lv& lv) {
  return lv.segments.empty() ? nullptr : kKindReports[lv.segments.front().body.index()];
}

// A field with what the kinds make of it, looked up once for a report.
class FieldReader {
 public:
  explicit FieldReader(const Field& field);
  const Field& field() const { return *field_; }

  // Fills `out` anew.
  void read(const Row& row, Value& out) const {
    out.clear();
    const model::Segment* segment = row.segment;
    if (of_lv_) segment = row.lv->lv->segments.empty() ? nullptr : &row.lv->lv->segments.front();
    const Getter get = by_kind_known_ && segment != nullptr ? by_kind_[segment->body.index()] : field_->get;
    get(row, out);
  }

 private:
  const Field* field_;
  bool by_kind_known_ = false;
  bool of_lv_ = false;
  std::array<Getter, kKinds> by_kind_{};
};

}  // namespace lvm::report
