// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/vg.h"

// The ways between levels of RAID, as LVM2 2.03.16 goes them: it was asked for every pair
// (tests/golden/convert/levels.txt).
namespace lvm::plan::convert {

// A volume as lvconvert --type sees it.
struct Level {
  std::string name;           // "linear", "striped", "mirror", or a type of RAID
  std::uint32_t stripes = 1;  // data stripes
  std::uint32_t images = 1;
};
Level level_of(const model::Lv& lv);

// What is done next on the way to a type.
struct Next {
  std::string type;                // the type itself, or one from which the rest of the way is open
  std::uint32_t images_first = 0;  // not 0: the set is reshaped to so many images, and no more
  std::string refusal;             // not empty: there is no way, with {} for the volume's name
  bool replaces(std::string_view asked) const { return refusal.empty() && !type.empty() && type != asked; }
};
Next next_level(const Level& from, std::string_view to);

// What can be reached in one step, for messages.
std::string directly_possible(std::string_view lv_name, const Level& from);

// "striped", "raid0" or "raid0_meta": stripes without copies or parity.
bool is_plain(std::string_view type);
// The layout of a raid5 without its number: "ls" of raid5 and raid5_ls; of a raid6 that is such a raid5 with one more
// image, likewise. Empty for others.
std::string_view layout_word(std::string_view type);
// Both words of a layout that has two: "raid5 (same as raid5_ls)".
std::string with_alias(std::string_view type);

}  // namespace lvm::plan::convert
