// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/convert/request.h"

// Linear and raid1: the same data on one PV, or on several.
namespace lvm::plan::convert {

// To `images` images: from linear, to linear, or to more or fewer. `by_type`: --type was given rather than -m.
Result<step::Plan> set_raid1_images(const Context& context, const world::VgView& view, const Request& request,
                                    std::uint32_t images, bool by_type);

// Takes `count` images off: they become one volume `name`.
Result<step::Plan> split_images(const Context& context, const world::VgView& view, const Request& request,
                                std::uint32_t count, const std::string& name);

// The last image can be read by itself, while the raid notes what changes; and its way back.
Result<step::Plan> track_image(const Context& context, const world::VgView& view, const Request& request);
Result<step::Plan> merge_image(const Context& context, const world::VgView& view, LvId image);

// lvconvert --regionsize.
Result<step::Plan> set_region_size(const Context& context, const world::VgView& view, const Request& request);

}  // namespace lvm::plan::convert
