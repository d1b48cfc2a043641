// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "report/render.h"

namespace lvm::report {

Result<RowKind> row_kind(Kind kind, const Columns& columns, const Selection& selection);

// The VGs of a scope, and as the last one the PVs of no VG when there are any to show.
std::vector<std::unique_ptr<Source>> sources(const Common& common, const Scope& scope, Kind kind);

// Calls `visit` for each row of `source`, in the order of the metadata.
void for_each_row(const Source& source, Kind kind, RowKind row_kind, const Scope& scope,
                  const std::function<void(Row&)>& visit);

}  // namespace lvm::report
