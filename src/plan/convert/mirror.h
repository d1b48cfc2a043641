// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/convert/request.h"

// The older mirror: to it, within it, and from it.
namespace lvm::plan::convert {

struct MirrorRequest : Request {
  std::uint32_t images = 2;
  std::optional<bool> disk_log;  // --mirrorlog disk, core
};

// To a mirror of so many images; from a mirror of another number, or to a linear volume (one image). The kernel copies
// what is new: whoever wants to wait for that asks its status.
Result<step::Plan> set_mirror_images(const Context& context, const world::VgView& view, const MirrorRequest& request);

// lvconvert --mirrorlog.
Result<step::Plan> set_mirror_log(const Context& context, const world::VgView& view, const MirrorRequest& request);

// The images of a mirror become those of a raid1.
Result<step::Plan> mirror_to_raid1(const Context& context, const world::VgView& view, const Request& request);

}  // namespace lvm::plan::convert
