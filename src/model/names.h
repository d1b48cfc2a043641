// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/vg.h"

// Which names are allowed, and how names of internal LVs are made.
namespace lvm::model {

inline constexpr std::size_t kMaxNameLength = 127;

// VG and LV names: letters, digits and . _ + -, not first a hyphen, not "." or "..", 1 to 127 bytes.
enum class NameProblem : std::uint8_t { none, empty, hyphen, dots, character, too_long };
NameProblem find_name_problem(std::string_view name);
inline bool is_valid_name(std::string_view name) { return find_name_problem(name) == NameProblem::none; }
// "Name cannot start with hyphen." and so on; empty for none.
std::string_view describe(NameProblem problem);

// `New volume group name "a b" is invalid.` with the reason as context.
Result<> check_new_vg_name(std::string_view name);

// The spare that a VG keeps for the metadata of its pools: a hidden volume, told by its name alone.
bool is_pool_spare(const Lv& lv);

// A name that a user gives to an LV: also refused are the names kept for internal LVs.
Result<> check_new_lv_name(std::string_view name);
// `Names including "_tdata" are reserved. ...`; nullopt when a user may have the name.
std::optional<std::string> reserved_name_problem(std::string_view name);
// The device-mapper name of the LV, with room for its layers, must fit 127 bytes.
Result<> check_name_lengths(std::string_view vg, std::string_view lv);
// The longest LV name that fits, hyphens aside.
std::size_t max_lv_name_length(std::string_view vg);

// Tags: letters, digits and _ + . - / = ! : & #, at least one. Without the leading '@'.
bool is_valid_tag(std::string_view tag);

// System ids: letters, digits and . _ + -, first a letter or digit, up to 128 bytes; other characters are
// dropped. Empty when nothing is left.
std::string clean_system_id(std::string_view text);

// "lvol7": one above the highest numbered "lvolN" of the VG; a number may be followed by more
// ("lvol6_tdata" counts as 6). The first free one when the highest number is the last that fits.
std::string next_lv_name(const Vg& vg, std::string_view prefix = "lvol");

// Internal LVs: NAME + suffix [+ number].
struct SubLvName {
  std::string_view suffix;   // "_tdata"
  bool numbered;             // "_rimage_" is followed by a number
  std::string_view purpose;  // "thin pool data"
};
std::span<const SubLvName> sub_lv_names();

// "root_rimage_1" -> {"root", "_rimage_", 1}; the outermost suffix is taken. nullopt when the name has none.
struct SplitSubLvName {
  std::string_view parent;
  const SubLvName* kind;
  std::optional<std::uint32_t> number;
};
std::optional<SplitSubLvName> split_sub_lv_name(std::string_view name);

// The new name of `name` when its owner `old_owner` becomes `new_owner`: a hidden LV carries its owner's
// name in front ("root_tdata"). nullopt when it does not.
std::optional<std::string> rename_sub_lv(std::string_view name, std::string_view old_owner, std::string_view new_owner);

}  // namespace lvm::model
