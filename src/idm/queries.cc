// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/queries.h"

#include <algorithm>

namespace lvm::idm {

const Record* find_record(std::span<const Record> table, const LockId& lock, const HostId& host) {
  auto found =
      std::ranges::find_if(table, [&](const Record& record) { return record.lock == lock && record.host == host; });
  return found == table.end() ? nullptr : &*found;
}

std::uint64_t value_number(const Lvb& lvb) {
  std::uint64_t out = 0;
  for (std::size_t i = lvb.size(); i-- > 0;) out = out << 8 | lvb[i];
  return out;
}

std::optional<Lvb> find_lvb(std::span<const Record> table, const LockId& lock, const HostId& host) {
  const Record* record = find_record(table, lock, host);
  if (record == nullptr) return std::nullopt;
  return record->lvb;
}

HostCount count_hosts(std::span<const Record> table, const LockId& lock, const HostId& self,
                      std::span<const HostId> given_back) {
  HostCount count;
  for (const Record& record : table) {
    if (record.lock != lock || !is_locked(record.state)) continue;
    if (record.host == self)
      count.self = true;
    else if (std::ranges::find(given_back, record.host) == given_back.end())
      ++count.others;
  }
  return count;
}

std::optional<LockClass> held_class(std::span<const Record> table, const LockId& lock) {
  for (const Record& record : table)
    if (record.lock == lock && is_locked(record.state)) return record.lock_class;
  return std::nullopt;
}

}  // namespace lvm::idm
