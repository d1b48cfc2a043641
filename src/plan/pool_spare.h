// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "alloc/alloc.h"
#include "plan/context.h"

// The volume kept aside in a VG with pools, to repair the metadata of any of them: as large as the largest.
namespace lvm::plan {

const model::Lv* find_spare(const model::Vg& vg);

// Makes the spare, or lets it grow, so that it has `metadata` extents. Takes its place from `choices`.
Result<> provide_spare(const Context& context, model::Vg& vg, Extents metadata,
                       const std::vector<alloc::PvChoice>& choices, const std::string& host);

// Another one, whatever there is.
Result<> add_spare(const Context& context, model::Vg& vg, Extents metadata, const std::vector<alloc::PvChoice>& choices,
                   const std::string& host);

// Said where the user wants none.
void warn_of_no_spare(const Context& context);

}  // namespace lvm::plan
