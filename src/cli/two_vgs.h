// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>

#include "cli/session.h"

namespace lvm::cli {

// Locks two VGs, in name order, reads both, and calls `work`. `second` is null when it is not there and may be new.
// VGs that cannot be used are said.
using TwoVgs = std::function<ExitStatus(const world::VgView& first, const world::VgView* second)>;
ExitStatus with_two_vgs(Session& session, const std::string& first, const std::string& second, bool second_may_be_new,
                        const TwoVgs& work);

}  // namespace lvm::cli
