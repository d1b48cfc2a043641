// SPDX-License-Identifier: LGPL-2.1-or-later
// Any 512 bytes as a record: what is accepted must be written back the same.
#include <algorithm>
#include <array>

#include "base/result.h"
#include "idm/record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lvm::idm;
  std::array<std::byte, kRecordSize> bytes{};
  std::copy_n(reinterpret_cast<const std::byte*>(data), std::min(size, bytes.size()), bytes.begin());
  auto record = unpack_record(bytes);
  if (!record) return 0;
  std::array<std::byte, kRecordSize> packed;
  pack_record(*record, packed);
  auto again = unpack_record(packed);
  CHECK(again && *again == *record);
  return 0;
}
