// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/convert/conversions.h"

// What the rows in conversions.cc run.
namespace lvm::cli::convert {

// raid.cc
ExitStatus to_linear(Session& session);
ExitStatus to_mirrors(Session& session);
ExitStatus to_raid(Session& session);
ExitStatus to_striped(Session& session);
ExitStatus reshape(Session& session);
ExitStatus set_region_size(Session& session);
ExitStatus split_mirrors(Session& session);
ExitStatus track_images(Session& session);
ExitStatus merge_mirrors(Session& session);
ExitStatus replace_images(Session& session);
ExitStatus repair(Session& session);
ExitStatus set_integrity(Session& session);

// vdo.cc
ExitStatus to_vdo_pool(Session& session);

// mirror.cc
ExitStatus to_mirror(Session& session);
ExitStatus set_mirror_log(Session& session);
ExitStatus poll(Session& session);

}  // namespace lvm::cli::convert
