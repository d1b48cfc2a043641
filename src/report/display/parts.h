// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "report/display.h"
#include "report/rows.h"
#include "report/time_range.h"

// What the displays share.
namespace lvm::report {

// The numbers of the flags in colon-separated output: bits that LVM keeps in memory.
inline constexpr unsigned kStatusExported = 0x2;
inline constexpr unsigned kStatusResizeable = 0x4;
inline constexpr unsigned kStatusAllocatable = 0x8;
inline constexpr unsigned kStatusRead = 0x100;
inline constexpr unsigned kStatusWrite = 0x200;
inline constexpr unsigned kStatusMissing = 0x800000;

// An empty line of a display: three blanks.
inline constexpr std::string_view kBlankLine = "   \n";

void append_lv_display(std::string& out, const Source& source, const LvEntry& lv, const DisplayRequest& request,
                       TimeFormat& time);
std::string lv_path(const Source& source, const model::Lv& lv);
std::uint32_t open_lvs(const Source& source);
// A PV's size as stored in its VG, or that of the device.
Sectors stored_size(const PvEntry& pv);
bool allocatable(const PvEntry& pv);

}  // namespace lvm::report
