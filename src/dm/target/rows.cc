// SPDX-License-Identifier: LGPL-2.1-or-later
#include <array>
#include <type_traits>

#include "dm/target/row.h"

namespace lvm::dm {
namespace {

struct Entry {
  std::size_t index;  // of the alternative in TargetBody
  const TargetRow* row;
};

template <class T, std::size_t I = 0>
constexpr std::size_t index_of() {
  if constexpr (std::is_same_v<T, std::variant_alternative_t<I, TargetBody>>)
    return I;
  else
    return index_of<T, I + 1>();
}

template <class T>
constexpr Entry entry(const TargetRow& row) {
  return {index_of<T>(), &row};
}

constexpr std::array kEntries = {
    entry<LinearTarget>(kLinearRow),
    entry<StripedTarget>(kStripedRow),
    entry<ErrorTarget>(kErrorRow),
    entry<ZeroTarget>(kZeroRow),
    entry<MirrorTarget>(kMirrorRow),
    entry<RaidTarget>(kRaidRow),
    entry<SnapshotTarget>(kSnapshotRow),
    entry<SnapshotMergeTarget>(kSnapshotMergeRow),
    entry<SnapshotOriginTarget>(kSnapshotOriginRow),
    entry<ThinPoolTarget>(kThinPoolRow),
    entry<ThinTarget>(kThinRow),
    entry<CacheTarget>(kCacheRow),
    entry<WritecacheTarget>(kWritecacheRow),
    entry<IntegrityTarget>(kIntegrityRow),
    entry<VdoTarget>(kVdoRow),
    entry<OtherTarget>(kOtherRow),
};
static_assert(kEntries.size() == std::variant_size_v<TargetBody>);

constexpr auto kRows = [] {
  std::array<const TargetRow*, kEntries.size()> rows{};
  for (const Entry& entry : kEntries) rows[entry.index] = entry.row;
  return rows;
}();
static_assert([] {
  for (const TargetRow* row : kRows)
    if (row == nullptr) return false;
  return true;
}());

}  // namespace

std::span<const TargetRow* const> target_rows() { return kRows; }

const TargetRow& target_row(const TargetBody& body) { return *kRows[body.index()]; }

const TargetRow& target_row(std::string_view type) {
  for (const TargetRow* row : kRows)
    if (!row->name.empty() && row->name == type) return *row;
  return kOtherRow;
}

}  // namespace lvm::dm
