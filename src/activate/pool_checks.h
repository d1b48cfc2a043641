// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "activate/activate.h"

// thin_check and cache_check: a look at the metadata of pools before their targets read it, and once they are gone.
namespace lvm::activate {

// Into steps that bring devices up: in front of each pool's own.
void add_checks_before(const model::Vg& vg, const config::Config& config, std::vector<step::Step>& steps);
// Into steps that remove devices: behind each pool's own.
void add_checks_behind(const model::Vg& vg, const config::Config& config, std::vector<step::Step>& steps);

}  // namespace lvm::activate
