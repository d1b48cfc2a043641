// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/context.h"

namespace lvm::plan {

// What -a, or its default, asks for.
enum class Activation {
  yes,        // y, ey, sy, ly: without a lock manager these are one
  automatic,  // ay: as yes, if activation/auto_activation_volume_list agrees
  no,
};

// The options that lvcreate and lvchange share: what an LV is, apart from its extents.
struct LvAttributes {
  std::optional<bool> writable;
  std::optional<model::Allocation> allocation;
  std::optional<std::int64_t> read_ahead;    // as model::Lv::read_ahead
  std::optional<bool> persistent;            // -M
  std::optional<std::int32_t> minor, major;  // the major number is that of the kernel's driver,
  std::optional<std::int64_t> asked_major;   // whatever was asked for
  std::optional<bool> activation_skip;       // -k
  std::optional<bool> autoactivation;        // --setautoactivation
  std::optional<std::string> profile;        // "" detaches
  std::vector<std::string> add_tags, delete_tags;

  bool has_tags_alone() const;
  friend bool operator==(const LvAttributes&, const LvAttributes&) = default;
};

// Values are rounded and checked.
Result<> apply_attributes(const Context& context, const LvAttributes& attributes, model::Lv& lv);

}  // namespace lvm::plan
