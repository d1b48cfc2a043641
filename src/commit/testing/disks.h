// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commit/commit.h"
#include "system/fake/fake_system.h"

// For tests of commit/: PVs on devices in RAM, and a reader of their metadata that shares no code with the
// writer but the formats.
namespace lvm::commit::testing {

// A text found on a device, with the state it gives the VG.
struct Found {
  std::string device;
  std::uint32_t seqno = 0;
  model::Vg vg;
};

// Reads labels, area headers and committed texts of every device as a scan does. Unreadable areas are left
// out. The second list has the areas that are neither empty, ignored nor readable.
struct Picture {
  std::vector<Found> texts;
  std::vector<std::string> broken;
  Devices devices;

  // The VG as a scan takes it: the highest seqno. nullopt when no area has it.
  std::optional<model::Vg> vg(VgId id) const;
};
Picture look(device::MemoryIo& io);

PvId pv_id(char letter);
VgId vg_id(char letter);

// Areas of these sizes behind 4096, one PV a device.
step::WriteLabel label(device::MemoryIo& io, const std::string& path, PvId id, std::vector<Bytes> area_sizes);
// A VG over the PVs of `labels`, without volumes.
model::Vg make_vg(const std::string& name, const std::vector<step::WriteLabel>& labels);
// Adds tags of `bytes` bytes in all, to give the text a size.
void set_ballast(model::Vg& vg, std::size_t bytes);

metadata::Origin origin(const std::string& command);

}  // namespace lvm::commit::testing
