// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"
#include "plan/pv_create.h"

namespace lvm::cli {

// Devices named on the command line, with what planning wants to know of them: topology, signatures,
// whether somebody has them open. Devices that do not exist are said and left out.
std::vector<plan::PvCandidate> candidates(Session& session, const std::vector<std::string>& names, ExitStatus& status);

// --dataalignment, --metadatasize ...: the options of pvcreate, vgcreate and vgextend.
Result<plan::PvCreateOptions> pv_create_options(Session& session);

}  // namespace lvm::cli
