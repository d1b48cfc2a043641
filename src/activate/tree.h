// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "model/relations.h"
#include "segment/kind.h"

// Which devices a volume has, whatever stands in their tables. The one place that knows layers; kinds say what they
// are to each other (model/area.h) and whether they have one (segment/kind.h).
namespace lvm::activate {

enum class Purpose : std::uint8_t {
  main,      // what the LV's segments are
  view,      // read-only, of a pool or an external origin
  origin,    // of snapshots
  snapshot,  // over a store
  slice,     // cut out of a part
};

struct TreeNode {
  const model::Lv* lv = nullptr;
  std::string layer;  // behind the LV's name; empty for its own device
  std::string uuid;
  Purpose purpose = Purpose::main;
  segment::Slice slice = {};
  std::uint32_t position = 0;  // of the LV
};

// The device that an LV which stands below another in this role shows there.
std::string used_uuid(const model::Vg& vg, const model::Lv& lv, model::Role role);

// Devices of the LV and of all that it needs, leaves first; each once. Snapshots come with their origin, and an
// origin with all its snapshots. `leave_out` says which parts cannot be had.
using LeaveOut = std::function<bool(const model::Lv& lv)>;
std::vector<TreeNode> tree(const model::Relations& relations, const model::Lv& lv, const LeaveOut& leave_out = {});

}  // namespace lvm::activate
