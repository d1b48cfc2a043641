// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

#include "report/field.h"

// The field tables, a file each.
namespace lvm::report {

std::span<const Field> lv_fields();
std::span<const Field> lv_info_fields();
std::span<const Field> lv_status_fields();
std::span<const Field> lv_attr_fields();
std::span<const Field> label_fields();
std::span<const Field> pv_fields();
std::span<const Field> vg_fields();
std::span<const Field> segment_fields();
std::span<const Field> pv_segment_fields();
std::span<const Field> special_fields();
std::span<const Field> log_fields();
std::span<const Field> device_type_fields();

// For fields that a plain volume has a fixed answer to.
inline void undefined(const Row&, Value& out) { out.set_undefined(); }
inline void minus_one(const Row&, Value& out) { out.set_signed(-1); }
inline void zero_size(const Row&, Value& out) { out.set_size(Sectors(0)); }

}  // namespace lvm::report
