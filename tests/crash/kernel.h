// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "crash/simulation.h"

// What targets of the simulated kernel do besides I/O: they say how they are, and thin pools know their volumes.
// Mirrors are in sync, caches clean and merges done as soon as they are up.
namespace lvm::crash {

// A thin pool's superblock. It lies at the start of the pool's metadata, so it outlives kills and power cuts as far as
// that does; the kernel commits it before a message is answered.
struct PoolRecord {
  std::uint64_t transaction = 0;
  std::set<std::uint64_t> volumes;  // their device ids
  friend bool operator==(const PoolRecord&, const PoolRecord&) = default;
};

// Whether these bytes, written to a disk, are a record: the kernel's own write.
bool is_pool_record(std::span<const std::byte> data);

// Of the pool with this uuid; nullopt when it is not up or its metadata is none.
std::optional<PoolRecord> pool_record(Simulation& machine, std::string_view uuid);

// What a target's constructor does and refuses when a table is loaded.
Result<> construct_targets(Simulation& machine, const dm::Table& table);

Result<std::vector<dm::StatusLine>> status_of_targets(Simulation& machine, std::string_view uuid);

Result<std::string> send_message(Simulation& machine, std::string_view uuid, Sectors sector, std::string_view text);

}  // namespace lvm::crash
