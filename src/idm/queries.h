// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <span>

#include "idm/record.h"

// What a host wants to know, from a drive's whole table: drives cannot filter.
namespace lvm::idm {

// As clients store it: a little-endian number.
std::uint64_t value_number(const Lvb& lvb);

// The lock value block in the record of (lock, host).
std::optional<Lvb> find_lvb(std::span<const Record> table, const LockId& lock, const HostId& host);

struct HostCount {
  int others = 0;     // live owners, without the asking host
  bool self = false;  // the asking host is one
  friend bool operator==(const HostCount&, const HostCount&) = default;
};
// Without the owners in `given_back`.
HostCount count_hosts(std::span<const Record> table, const LockId& lock, const HostId& self,
                      std::span<const HostId> given_back = {});

// The class in which the mutex is held by live owners; none when nobody holds it.
std::optional<LockClass> held_class(std::span<const Record> table, const LockId& lock);

// The record of (lock, host).
const Record* find_record(std::span<const Record> table, const LockId& lock, const HostId& host);

}  // namespace lvm::idm
