// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "report/source.h"

// The strings of single letters: lv_attr, vg_attr, pv_attr (lvs(8), vgs(8), pvs(8)).
namespace lvm::report {

// Appends the ten letters; nothing for a row without an LV.
void append_lv_attr(std::string& out, const Row& row);
void append_vg_attr(std::string& out, const Row& row);
void append_pv_attr(std::string& out, const Row& row);

// "contiguous", "cling", "normal", "anywhere", "inherit".
std::string_view allocation_name(model::Allocation allocation);
char allocation_letter(model::Allocation allocation);

// lv_health_status: what is wrong with the LV, if anything.
std::string_view health_text(const Row& row);
// The spare metadata volume of the VG's pools.
bool is_pool_spare(const Row& row);

// True when the state of the row's LV in the kernel can be told: device-mapper is there.
bool live_state_known(const Row& row);

}  // namespace lvm::report
