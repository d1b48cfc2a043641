// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/session.h"
#include "plan/volume_size.h"

// From names on the command line to volumes: VG, VG/LV, /dev/VG/LV, /dev/mapper/VG-LV, @tag, nothing.
namespace lvm::cli {

struct LvName {
  std::string vg;
  std::string lv;  // empty: the whole VG
  friend bool operator==(const LvName&, const LvName&) = default;
};

// "vg", "/dev/vg". Fails with Code::usage on a malformed name.
Result<std::string> parse_vg_name(std::string_view text);
// A volume, or a whole VG. `default_vg` (LVM_VG_NAME) completes a bare LV name when the caller wants one.
Result<LvName> parse_lv_name(std::string_view text);
// A volume for certain: "lv" alone needs LVM_VG_NAME.
Result<LvName> parse_one_lv_name(std::string_view text);

// Runs `work` for each VG that the operands name, in name order, under its lock. No operand: every VG,
// when the row allows it. Foreign and exported VGs are passed over as LVM does.
ExitStatus for_each_vg(Session& session, const std::function<ExitStatus(const world::VgView&)>& work);

// The same with volumes: `work` gets the VG and those of its LVs that were named (or carry a tag, or
// match --select).
ExitStatus for_each_lv(Session& session,
                       const std::function<ExitStatus(const world::VgView&, const std::vector<LvId>&)>& work);

// The same with volumes that are gone and remembered: "-name" names one.
struct ChosenLvs {
  std::vector<LvId> lvs;
  std::vector<std::string> gone;  // without the "-"
  bool whole = false;             // all that the VG has
};
ExitStatus for_each_lv_or_memory(Session& session,
                                 const std::function<ExitStatus(const world::VgView&, const ChosenLvs&)>& work);

// PV operands with their extent ranges, from `first` on.
Result<std::vector<plan::PvArgument>> pv_arguments(const Arguments& arguments, std::size_t first);
// -L or -l.
Result<plan::LvSize> size_argument(const Arguments& arguments);

}  // namespace lvm::cli
