// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

#include "crash/simulation.h"

// Raid sets of the simulated kernel that can be reshaped: levels 4, 5, 6 and 10. A record in the place of the
// superblocks, at the start of the first metadata image, says what the kernel would know from those: the shape, and
// where the data begins. A reshape begins when its table is resumed, and has moved everything when the table behind it
// is; in between the kernel goes on with it, whatever table it is given.
namespace lvm::crash {

// The kernel's own write.
bool is_raid_record(std::span<const std::byte> data);

// What the target's constructor refuses: to begin a reshape that is done already.
Result<> construct_raid(Simulation& machine, const dm::RaidTarget& raid);

// A table of this device has become live. Fails when the data is no longer where the set takes it to be.
Result<> resume_raid(Simulation& machine, std::string_view uuid);

std::string raid_status(Simulation& machine, const dm::Target& target);

}  // namespace lvm::crash
