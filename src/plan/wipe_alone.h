// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "plan/context.h"

// New volumes that become a part of another one hold what was on the disk before: a kernel target would take that for
// its own metadata.
namespace lvm::plan {

// What is written to the start of such a volume, no further than its end.
struct Fill {
  Bytes length;
  std::byte value{};
  std::vector<std::byte> head;  // over it
};

// Writes it where the volume lies, if that is on PVs alone, one after the other, and it is not up: no device is there
// for a moment that udev would look at and settling would wait for. Nothing for other volumes, which have to be brought
// up.
std::optional<std::vector<step::Step>> fill_in_place(const world::World& world, const model::Vg& vg,
                                                     const model::Lv& lv, const Fill& fill);

// Steps that bring the LV up by itself, do `work` with it and take it down again. One that is up already stays so.
Result<std::vector<step::Step>> work_alone(const Context& context, const world::VgView& view, const model::Vg& vg,
                                           LvId id, std::vector<step::Step> work);
// Zeros its first bytes, in place or so.
Result<std::vector<step::Step>> wipe_alone(const Context& context, const world::VgView& view, const model::Vg& vg,
                                           LvId id, Bytes length);

}  // namespace lvm::plan
