// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/session.h"

// Thin pools, thin volumes and caches.
namespace lvm::cli::convert {

ExitStatus run_to_thin(Session& session);
ExitStatus run_to_thin_pool(Session& session);
ExitStatus run_to_cache_pool(Session& session);
ExitStatus run_swap_metadata(Session& session);
ExitStatus run_attach_cache(Session& session);
ExitStatus run_attach_cache_volume(Session& session);
ExitStatus run_attach_writecache(Session& session);
ExitStatus run_split_cache(Session& session);
ExitStatus run_uncache(Session& session);

}  // namespace lvm::cli::convert
