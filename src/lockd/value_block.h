// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "lockd/manager.h"

namespace lvm::lockd {

// A lock's value as LVM2 has it: le16 version 0x0101, le16 flags (1: removed), le32 the VG's version.
using ValueBlock = std::array<std::uint8_t, 8>;
ValueBlock pack_value(const Value& value);
// All zeros is version 0; nullopt for another major version.
std::optional<Value> unpack_value(const ValueBlock& block);

}  // namespace lvm::lockd
