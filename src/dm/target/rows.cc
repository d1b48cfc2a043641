// SPDX-License-Identifier: LGPL-2.1-or-later
#include <array>

#include "dm/target/row.h"

namespace lvm::dm {
namespace {

constexpr std::array<const TargetRow*, 5> kRows = {&kLinearRow, &kStripedRow, &kErrorRow, &kZeroRow, &kOtherRow};
static_assert(kRows.size() == std::variant_size_v<TargetBody>);

template <std::size_t I, class T>
constexpr bool is_at = std::is_same_v<std::variant_alternative_t<I, TargetBody>, T>;
static_assert(is_at<0, LinearTarget> && is_at<1, StripedTarget> && is_at<2, ErrorTarget> && is_at<3, ZeroTarget> &&
              is_at<4, OtherTarget>);

}  // namespace

std::span<const TargetRow* const> target_rows() { return kRows; }

const TargetRow& target_row(const TargetBody& body) { return *kRows[body.index()]; }

const TargetRow& target_row(std::string_view type) {
  for (const TargetRow* row : kRows)
    if (!row->name.empty() && row->name == type) return *row;
  return kOtherRow;
}

}  // namespace lvm::dm
