// SPDX-License-Identifier: LGPL-2.1-or-later
// The first byte chooses: a host reads what a drive answers, a drive reads what a host sends, or an identification
// page. Nothing may be read beyond, and what is accepted is written back the same.
#include <algorithm>
#include <vector>

#include "base/result.h"
#include "idm/nvme/codec.h"
#include "idm/scsi/codec.h"
#include "idm/system/paths.h"

namespace {

using namespace lvm::idm;

constexpr std::uint16_t kVendors[] = {nvme::kVendorSeagate};

std::vector<std::byte> bytes_of(std::span<const std::uint8_t> data) {
  const auto* first = reinterpret_cast<const std::byte*>(data.data());
  return {first, first + data.size()};
}

Command some_command(std::uint8_t what) {
  switch (what % 5) {
    case 0: return MutexCommand{static_cast<Operation>(what >> 5), {}};
    case 1: return ReadRecords{what};
    case 2: return ReadCounts{};
    case 3: return ResetTable{};
    default: return Probe{};
  }
}

void host_reads(std::span<const std::uint8_t> data) {
  if (data.size() < 3) return;
  const Command command = some_command(data[0]);
  const auto rest = data.subspan(3);
  const std::size_t sense = std::min<std::size_t>(data[2], rest.size());
  const auto decoded =
      scsi::decode(command, {.status = data[1],
                             .sense = {rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(sense)},
                             .data = bytes_of(rest.subspan(sense))});
  const auto status = static_cast<std::uint16_t>(data[1] << 8 | data[2]);
  const auto answer = nvme::decode(command, {.status = status, .data = bytes_of(rest)}, kVendors);
  for (const Outcome* outcome : {&decoded.outcome, &answer})
    if (*outcome) CHECK(to_errno(operation_of(command), (*outcome)->status) <= 0);
}

void drive_reads(std::span<const std::uint8_t> data) {
  if (data.size() < 16) return;
  const auto out = bytes_of(data.subspan(16));
  if (const auto command = scsi::parse_mutex_command(data.first<16>(), out);
      command && !std::holds_alternative<ReadRecords>(*command)) {
    const auto again = scsi::encode(*command);
    CHECK(std::ranges::equal(again.cdb, data.first<16>()));
  }
  const auto word = [&](std::size_t at) {
    return static_cast<std::uint32_t>(data[at] | data[at + 1] << 8 | data[at + 2] << 16);
  };
  // Not encoded again: a read may ask for more than there is memory.
  (void)nvme::parse_command(data[0], word(1), word(4), out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::span<const std::uint8_t> rest(data + 1, size - 1);
  if (data[0] % 3 == 0) host_reads(rest);
  if (data[0] % 3 == 1) drive_reads(rest);
  if (data[0] % 3 == 2) (void)drive_id_of_page(rest);
  return 0;
}
