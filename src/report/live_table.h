// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "report/source.h"

// Whether the kernel has what the metadata says: another program may have loaded another table (`dmsetup remove
// --force` and `dmsetup wipe_table` leave one of the error target).
namespace lvm::report {

struct ForeignTarget {
  std::string_view wanted;  // the type of the segment, as the metadata names it
  std::string_view found;   // empty: no target covers just the segment
};

// Of the row's segment, of the LV's first one where the row has none. Nothing when the status of the LV's device was
// not read, or when what stands there is right, or is not looked at for this kind.
std::optional<ForeignTarget> foreign_target(const Row& row);

// What `lvs` says of it.
std::string foreign_target_warning(const Row& row, const ForeignTarget& foreign);

}  // namespace lvm::report
