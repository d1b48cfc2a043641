// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "commit/testing/disks.h"
#include "crash/scenario.h"
#include "crash/simulation.h"

namespace lvm::crash {

// What the disks hold, read by nothing but the formats: per VG the newest text, per device its label.
struct Contents {
  std::map<VgId, model::Vg> vgs;
  std::map<std::string, std::string> labels;  // device -> what its header says
  std::vector<std::string> broken;            // areas in force that cannot be read
  std::set<PvId> lost;                        // PVs of a VG that are not there
  std::vector<std::string> wrong;             // two texts of one seqno, a PV of two VGs, extents owned twice

  // Without what differs between two runs of one command: ids, times, sequence numbers.
  std::string anonymous() const;
};
Contents read_contents(device::MemoryIo& disks);
// A VG without ids, times and sequence number.
std::string anonymous_text(const model::Vg& vg);

// A command and what it made of a machine while nothing struck.
struct Story {
  Line line;
  MachineState before, after;
  Ran ran;
  std::vector<Checkpoint> checkpoints;  // the last one is the end
  std::vector<device::DiskEvent> events;
  std::vector<std::string> violations;
  std::size_t opens = 0, allocations = 0;

  // What may be seen of each VG and each label: all that a killed command leaves, when writes are not torn.
  std::map<VgId, std::vector<std::optional<model::Vg>>> vgs;
  std::map<std::string, std::vector<std::string>> labels;
  Contents contents_before, contents_after;

  bool has_effects() const;
  // The machine when the process died before effect `at`; with `torn`, so many bytes of the write that was
  // under way had got through.
  MachineState killed(std::size_t at, std::optional<std::size_t> torn = {}) const;
  // The size of the write that is effect `at`; 0 when it is none.
  std::size_t write_size(std::size_t at) const;
};

Story tell(MachineState before, const Line& line, const Faults& defect = {});

// The kernel of a machine that has just started: these disks, no volumes.
dm::FakeEngine fresh_engine(device::MemoryIo& disks);

// The states that a power cut before effect `at` may leave on the disks: every subset of the sectors written since
// the last flush of each disk when those are few, a sample otherwise.
struct PowerCuts {
  std::size_t most = 64;  // states of one cut
  bool all_prefixes = false;
};
void for_each_power_cut(const Story& story, std::size_t at, const PowerCuts& options,
                        const std::function<void(MachineState, const std::string& where)>& examine);

}  // namespace lvm::crash
