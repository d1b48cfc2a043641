// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <vector>

#include "dm/status.h"
#include "plan/context.h"
#include "plan/file_system.h"
#include "plan/volume_size.h"

namespace lvm::plan {

struct LvResizeRequest {
  LvId lv;
  LvSize size;
  enum class Direction { extend, reduce, either } direction = Direction::either;
  std::optional<std::uint32_t> stripes;
  std::optional<Sectors> stripe_size;
  std::optional<std::uint32_t> mirrors;
  std::optional<model::Allocation> allocation;
  std::optional<LvSize> pool_metadata;  // --poolmetadatasize
  bool only_metadata = false;           // and `size` says nothing
  std::vector<PvArgument> pvs;
  bool nosync = false;  // what is added to a mirror counts as equal
  bool force = false;   // no question before data is cut off
  // What the volume carries, when that is to be resized or looked at too.
  std::optional<FileSystemRequest> file_system;
  // What the kernel says of a raid that keeps space for reshaping.
  std::optional<dm::RaidStatus> raid_status;
};

// lvextend, lvreduce, lvresize of every kind that resize/kinds.cc lists.
Result<step::Plan> lv_resize(const Context& context, const world::VgView& view, const LvResizeRequest& request);

}  // namespace lvm::plan
