// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/value_block.h"

namespace lvm::lockd {
namespace {

constexpr std::uint8_t kMajor = 1, kMinor = 1;
constexpr std::uint8_t kRemoved = 1;

}  // namespace

ValueBlock pack_value(const Value& value) {
  ValueBlock out{kMinor, kMajor, static_cast<std::uint8_t>(value.removed ? kRemoved : 0), 0};
  for (unsigned i = 0; i < 4; ++i) out[4 + i] = static_cast<std::uint8_t>(value.version >> (8 * i));
  return out;
}

std::optional<Value> unpack_value(const ValueBlock& block) {
  if (block[1] > kMajor) return std::nullopt;
  Value out;
  out.removed = (block[2] & kRemoved) != 0;
  for (unsigned i = 0; i < 4; ++i) out.version |= std::uint32_t{block[4 + i]} << (8 * i);
  return out;
}

}  // namespace lvm::lockd
