// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/lv_attributes.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/names.h"

namespace lvm::plan {

bool LvAttributes::has_tags_alone() const {
  LvAttributes others = *this;
  others.add_tags.clear();
  others.delete_tags.clear();
  return *this != others && others == LvAttributes();
}

Result<> apply_attributes(const Context& context, const LvAttributes& attributes, model::Lv& lv) {
  using model::LvFlag;
  if (attributes.writable) lv.flags.set(LvFlag::write, *attributes.writable);
  if (attributes.allocation) lv.allocation = *attributes.allocation;
  if (attributes.read_ahead) {
    std::int64_t value = *attributes.read_ahead;
    auto page = static_cast<std::int64_t>(context.world.host.page_size / kSectorSize);
    if (value > 0 && value % page != 0) {
      value = std::max(page, value / page * page);
      context.note(warn(
          fmt::format("WARNING: Overriding readahead to {} sectors, a multiple of {}K page size.", value, page / 2)));
    }
    lv.read_ahead = value;
  }
  if (attributes.persistent) {
    if (*attributes.persistent && !attributes.minor)
      return fail(Code::refused, "Please specify minor number with --minor when using -My.");
    if (attributes.asked_major && attributes.major)
      context.note(warn(
          fmt::format("WARNING: Ignoring supplied major number {} - kernel assigns major numbers dynamically. Using "
                      "major number {} instead.",
                      *attributes.asked_major, *attributes.major)));
    lv.flags.set(LvFlag::fixed_minor, *attributes.persistent);
    lv.minor = *attributes.persistent ? *attributes.minor : -1;
    lv.major = *attributes.persistent ? attributes.major.value_or(-1) : -1;
  }
  if (attributes.activation_skip) lv.flags.set(LvFlag::activation_skip, *attributes.activation_skip);
  if (attributes.autoactivation) lv.flags.set(LvFlag::no_autoactivate, !*attributes.autoactivation);
  if (attributes.profile) lv.profile = *attributes.profile;
  for (const std::string& tag : attributes.add_tags) {
    if (!model::is_valid_tag(tag)) return fail(Code::usage, fmt::format("Tag \"{}\" is invalid.", tag));
    if (std::find(lv.tags.begin(), lv.tags.end(), tag) == lv.tags.end()) lv.tags.push_back(tag);
  }
  for (const std::string& tag : attributes.delete_tags) std::erase(lv.tags, tag);
  return {};
}

}  // namespace lvm::plan
