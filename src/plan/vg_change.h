// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/context.h"

namespace lvm::plan {

// vgchange of everything but activation. Only what is set changes.
struct VgChangeRequest {
  std::optional<Sectors> extent_size;
  std::optional<std::uint32_t> max_lv, max_pv;
  std::optional<model::Allocation> allocation;
  std::optional<bool> resizeable;
  std::optional<bool> autoactivation;
  std::optional<std::uint32_t> metadata_copies;  // 0 unmanaged, 4294967295 all
  std::optional<std::string> system_id;
  std::optional<std::string> profile;  // "" detaches
  std::vector<std::string> add_tags, delete_tags;
  bool new_uuid = false;
  bool yes = false;
};
Result<step::Plan> vg_change(const Context& context, const world::VgView& view, const VgChangeRequest& request);

}  // namespace lvm::plan
