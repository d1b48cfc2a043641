// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "dm/status.h"
#include "plan/convert/request.h"

// The same level of raid in another shape: stripes, their size, the layout of parity. The kernel moves the data, each
// stripe into space that the images keep free for it (docs/formats/raid-reshape.md).
namespace lvm::plan::convert {

// What a raid can be reshaped to: `type` is of its own level.
bool can_reshape(const model::Raid& raid, const model::RaidTypeRow& type);

// Also takes away the images that a reshape before freed, and the space when nothing is left to change. Without `type`
// the layout stays.
Result<step::Plan> reshape(const Context& context, const world::VgView& view, const Request& request,
                           const model::RaidTypeRow* type = nullptr);
// The same, as part of a job that has asked nothing yet.
Result<> reshape(Job& job, const model::RaidTypeRow* type);

// What other changes of a raid that keeps space do first: the VG in which the data begins at the start of each image,
// with the space behind it, where drop_reshape_space() takes it away. None when it is so already.
Result<std::optional<model::Vg>> with_data_in_front(const Context& context, const model::Vg& vg, LvId lv,
                                                    const dm::RaidStatus* status);

}  // namespace lvm::plan::convert
