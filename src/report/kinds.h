// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "report/field.h"
#include "report/kind_report.h"
#include "report/kinds/cache.h"
#include "report/kinds/integrity.h"
#include "report/kinds/mirror.h"
#include "report/kinds/plain.h"
#include "report/kinds/raid.h"
#include "report/kinds/snapshot.h"
#include "report/kinds/thin.h"
#include "report/kinds/vdo.h"
#include "report/source.h"

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

  // No kind has anything to say: every cell is empty.
  bool always_absent() const { return always_absent_; }

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
  bool always_absent_ = false;
  bool by_kind_known_ = false;
  bool of_lv_ = false;
  std::array<Getter, kKinds> by_kind_{};
};

}  // namespace lvm::report
