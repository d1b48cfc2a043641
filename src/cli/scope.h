// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/session.h"
#include "report/render.h"

namespace lvm::cli {

// What the operands of a report name, after everything needed for it was read.
struct ReadScope {
  report::Scope scope;
  ExitStatus status = ExitStatus::ok;  // something named was not found (and that was said)
};
Result<ReadScope> read_scope(Session& session, report::Kind kind);

}  // namespace lvm::cli
