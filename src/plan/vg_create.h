// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/block_sizes.h"
#include "plan/context.h"
#include "plan/pv_create.h"

namespace lvm::plan {

struct VgCreateRequest {
  std::string name;
  std::vector<PvCandidate> candidates;  // PVs, or devices that become PVs
  PvCreateOptions pv_options;
  std::optional<Sectors> extent_size;
  std::uint32_t max_lv = 0, max_pv = 0;
  model::Allocation allocation = model::Allocation::normal;
  std::optional<std::uint32_t> metadata_copies;
  std::vector<std::string> tags;
  std::optional<std::string> system_id;  // default: the host's
  bool autoactivation = true;
  std::string profile;
  bool quiet = false;  // the caller says what was made
};
// vgcreate.
Result<step::Plan> vg_create(const Context& context, const VgCreateRequest& request);

struct VgExtendRequest {
  std::vector<PvCandidate> candidates;
  PvCreateOptions pv_options;
  bool restore_missing = false;  // --restoremissing: `candidates` came back
  BlockFacts blocks;             // of the PVs that the VG has
};
// vgextend.
Result<step::Plan> vg_extend(const Context& context, const world::VgView& view, const VgExtendRequest& request);

}  // namespace lvm::plan
