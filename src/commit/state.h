// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commit/area.h"
#include "commit/commit.h"

namespace lvm::commit {

// What the Writer keeps between precommit and commit.
struct Writer::State {
  System& system;
  const config::Config& config;
  Devices& devices;

  // A VG that is precommitted: exactly these areas get its commit.
  struct Pending {
    VgId vg;
    std::vector<PvId> leaving;   // PVs that claim the VG, and that it lacks
    std::vector<PvId> members;   // of the VG before
    std::vector<Area> areas;     // in use
    std::vector<Area> retiring;  // getting their last text with this write
    std::vector<Area> ignored;
    world::MetadataArea written;  // what the text says: name, id, seqno
  };
  std::optional<Pending> pending;
  // Devices stay open until the VG is committed: udev looks at a device whenever a writer closes it.
  std::map<PvId, std::unique_ptr<device::Handle>> handles;

  // nullptr when the PV has no device here.
  world::PvDevice* find(PvId pv) {
    auto found = devices.find(pv);
    return found == devices.end() ? nullptr : &found->second;
  }
  Result<device::Handle*> open(const world::PvDevice& pv);
  void close() {
    pending.reset();
    handles.clear();
  }
  void warn(std::string text) { system.trace.warn(text); }

  // --- labels (labels.cc) ---
  // Sets or clears USED in the header on disk; raises an old extension version.
  Result<> write_used(world::PvDevice& pv, bool used);
  Result<> write_orphan(world::PvDevice& pv);
  // Before anything is written: devices whose header is to be changed still hold the PV they held.
  Result<> check_headers(const model::Vg& after);
  // Behind the commit: every member PV must carry USED, in a header that can say so. One that cannot be written is
  // warned of and gets it with the next change.
  void update_headers(const model::Vg& after);
  // Clears USED on a PV that leaves VG `vg`, unless another VG has it now.
  Result<> leave(world::PvDevice& pv, VgId vg);
  // Clears the slots of VG `vg` on a PV that has left it.
  Result<> clear_areas(world::PvDevice& pv, VgId vg);

  // --- areas (writer.cc) ---
  Result<> collect_areas(const model::Vg* before, const model::Vg& after, std::span<const step::AreaUse> area_use);
  Result<std::string> make_text(const model::Vg& after, const metadata::Origin& origin);
  // Runs an operation on each area; those that fail are warned of and taken out. Fails when none is left.
  Result<> on_each(std::vector<Area>& areas, const std::string& vg_name,
                   const std::function<Result<>(Area&)>& operation);
  // One flush a device, though it may hold two areas.
  Result<> flush_each(std::vector<Area>& areas, const std::string& vg_name);
  void write_retiring(const std::string& text, std::uint32_t checksum);
  Result<> write_areas(const std::string& text, const std::string& vg_name);
  Result<> commit_areas(const model::Vg& after);
};

}  // namespace lvm::commit
