// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/result.h"
#include "cli/arguments.h"
#include "config/config.h"
#include "report/report.h"

namespace lvm::cli {

// How reports look: the configuration, with --units, --noheadings, --reportformat ... over it.
Result<report::Settings> report_settings(const Arguments& arguments, const config::Config& config);

// -o, -O and -S of one report, taking --configreport groups into account.
// `main`: what stands in front of the first --configreport is for this report too.
report::Part report_part(const Arguments& arguments, report::Kind kind, bool main = true);

}  // namespace lvm::cli
