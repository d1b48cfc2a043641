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

// Why a name of the command line is no PV: "Cannot use NAME: device is partitioned".
std::string why_no_pv(const world::World& world, const std::string& name);

// --dataalignment, --metadatasize ...: the options of pvcreate, vgcreate and vgextend.
Result<plan::PvCreateOptions> pv_create_options(Session& session);

}  // namespace lvm::cli
