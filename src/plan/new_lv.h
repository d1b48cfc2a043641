// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "model/vg.h"
#include "plan/context.h"

namespace lvm::plan {

enum class Seen { by_users, hidden };

// An LV without extents that is made now, on this host: it has a fresh id, and may be read and written.
model::Lv new_lv(const Context& context, std::string name, Seen seen = Seen::by_users);

}  // namespace lvm::plan
