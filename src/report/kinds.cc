// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/kinds.h"

namespace lvm::report {

FieldReader::FieldReader(const Field& field) : field_(&field) {
  always_absent_ = field.get == &nothing;
  switch (field.group) {
    case Group::lv:
    case Group::lv_info:
    case Group::lv_status:
    case Group::lv_attr: of_lv_ = true; break;
    case Group::segment: break;
    default: return;
  }
  for (std::size_t i = 0; i < kKinds; ++i) {
    by_kind_[i] = field.get;
    for (const auto& own : kKindReports[i]->fields)
      if (own.field == field.name) {
        by_kind_[i] = own.get;
        by_kind_known_ = true;
        always_absent_ = false;
      }
  }
}

}  // namespace lvm::report
