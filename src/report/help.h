// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "report/columns.h"

namespace lvm::report {

// What `-o help` prints: every field of a report with what it means.
std::string column_help(Kind kind);
// What `-S help` prints: the fields with their types, the operators and the words.
std::string selection_help(Kind kind);

}  // namespace lvm::report
