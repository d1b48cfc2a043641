// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/context.h"

namespace lvm::plan {

struct PvChangeRequest {
  PvId pv;
  std::optional<bool> allocatable;      // -x
  std::optional<bool> metadata_ignore;  // --metadataignore
  std::vector<std::string> add_tags, delete_tags;
  bool new_uuid = false;  // -u
  bool yes = false;
};
// pvchange of one PV, in a VG (`view`) or an orphan (null).
Result<step::Plan> pv_change(const Context& context, const world::VgView* view, const PvChangeRequest& request);

struct PvResizeRequest {
  PvId pv;
  Bytes device_size;            // what the device has now
  std::optional<Bytes> wanted;  // --setphysicalvolumesize
  bool yes = false;
};
// pvresize.
Result<step::Plan> pv_resize(const Context& context, const world::VgView* view, const PvResizeRequest& request);

}  // namespace lvm::plan
