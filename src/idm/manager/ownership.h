// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "idm/manager/types.h"

// What a holder writes about itself into the metadata field of its records, which drives keep and no other lock
// manager uses: the machine's name, when it took the lock, and which drives it believes vote. A record without it
// comes from Seagate's lock manager. docs/formats/idm.md.
namespace lvm::idm {

struct Ownership {
  std::uint64_t generation = 0;
  std::uint64_t since = 0;   // milliseconds since 1970
  std::uint32_t voters = 0;  // see below
  bool left = false;         // a sharer that has gone: only its record stays, to keep the mutex's value
  std::string host;          // cut to 36 bytes

  friend bool operator==(const Ownership&, const Ownership&) = default;
};

using Metadata = std::array<std::uint8_t, 64>;
Metadata pack_ownership(const Ownership& ownership);
std::optional<Ownership> unpack_ownership(const Metadata& metadata);

// The number of votes in the first set, and in the upper half in the second. A host that counts other votes than a
// holder uses another placement.
std::uint32_t voters(const Placement& placement);

// Whether the record says that its host has left, see Ownership::left.
bool has_left(const Record& record);

// Who a record's host is. The record must be an owner's.
Holder holder_of(const Record& record);

}  // namespace lvm::idm
