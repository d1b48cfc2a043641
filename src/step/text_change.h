// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

// What changes between two metadata texts, section by section: what `--plan` prints.
namespace lvm::step {

struct SectionChange {
  std::string section;                      // its path: "vg/logical_volumes/home/segment1"
  std::vector<std::string> removed, added;  // lines, without the indentation of the section
  friend bool operator==(const SectionChange&, const SectionChange&) = default;
};
using TextChange = std::vector<SectionChange>;

// In the order of the texts; sections that are alike are not named, nor is a mere change of order. A section that is in
// one text only is told whole, in that which it stands in. The number of the text (`seqno`) is not told: it always
// changes. Texts are those that this program writes: one value or section to a line, lists over several.
// Time: linear in both texts.
TextChange text_change(std::string_view before, std::string_view after);

}  // namespace lvm::step
