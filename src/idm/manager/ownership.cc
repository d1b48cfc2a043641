// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/manager/ownership.h"

#include <algorithm>
#include <cstring>

#include "idm/big_endian.h"

namespace lvm::idm {
namespace {

struct OwnershipDisk {
  std::array<char, 4> magic;
  std::uint8_t version;
  std::uint8_t flags;
  std::array<std::uint8_t, 2> reserved;
  be64 generation;
  be64 since;
  be32 voters;
  std::array<char, 36> host;
};
static_assert(sizeof(OwnershipDisk) == 64 && alignof(OwnershipDisk) == 1);

constexpr std::array<char, 4> kMagic{'L', 'V', 'M', '+'};
constexpr std::uint8_t kLeft = 1;

}  // namespace

Metadata pack_ownership(const Ownership& ownership) {
  OwnershipDisk disk{};
  disk.magic = kMagic;
  disk.version = 1;
  disk.flags = ownership.left ? kLeft : std::uint8_t{0};
  disk.generation.set(ownership.generation);
  disk.since.set(ownership.since);
  disk.voters.set(ownership.voters);
  std::copy_n(ownership.host.begin(), std::min(ownership.host.size(), disk.host.size()), disk.host.begin());
  Metadata out;
  std::memcpy(out.data(), &disk, sizeof disk);
  return out;
}

std::optional<Ownership> unpack_ownership(const Metadata& metadata) {
  OwnershipDisk disk;
  std::memcpy(&disk, metadata.data(), sizeof disk);
  if (disk.magic != kMagic || disk.version != 1) return std::nullopt;
  Ownership out{.generation = disk.generation.get(),
                .since = disk.since.get(),
                .voters = disk.voters.get(),
                .left = (disk.flags & kLeft) != 0};
  // A drive may hand back anything: what goes into messages is printable.
  for (char c : disk.host) {
    if (c == '\0') break;
    out.host += c > ' ' && c < 0x7F ? c : '?';
  }
  return out;
}

std::uint32_t voters(const Placement& placement) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < placement.sets.size() && i < 2; ++i)
    out |= static_cast<std::uint32_t>(placement.sets[i].size() & 0xFFFF) << (16 * i);
  return out;
}

bool has_left(const Record& record) {
  const auto ownership = unpack_ownership(record.metadata);
  return ownership && ownership->left;
}

Holder holder_of(const Record& record) {
  Holder out{.host = record.host,
             .mode = record.lock_class == LockClass::exclusive ? Mode::exclusive : Mode::shared,
             .renewed = record.time,
             .expired = record.state == State::timed_out};
  if (auto ownership = unpack_ownership(record.metadata)) {
    out.name = ownership->host;
    out.since = ownership->since;
    out.generation = ownership->generation;
    out.voters = ownership->voters;
  }
  return out;
}

}  // namespace lvm::idm
