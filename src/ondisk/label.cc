// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ondisk/label.h"

#include <fmt/format.h>

#include <cstring>

#include "base/crc.h"

namespace lvm::ondisk {
namespace {

constexpr std::array<char, 8> kId = {'L', 'A', 'B', 'E', 'L', 'O', 'N', 'E'};
constexpr std::array<char, 8> kType = {'L', 'V', 'M', '2', ' ', '0', '0', '1'};
constexpr std::size_t kChecksumFrom = offsetof(LabelDisk, header_offset);

LabelDisk load(std::span<const std::byte> bytes) {
  LabelDisk disk;
  std::memcpy(&disk, bytes.data(), sizeof disk);
  return disk;
}

bool valid(const Label& label) {
  return label.sector < kLabelSectors && label.header_offset >= kPvHeaderOffset &&
         label.header_offset < kLabelSectorSize;
}

}  // namespace

Result<Label> unpack_label(std::span<const std::byte> bytes, std::uint64_t sector) {
  if (bytes.size() < kLabelSectorSize) return fail(Code::corrupt, "label sector is cut short");
  bytes = bytes.first(kLabelSectorSize);
  LabelDisk disk = load(bytes);
  if (disk.id != kId) return fail(Code::not_found, "no label");
  if (disk.sector.get() != sector)
    return fail(Code::corrupt,
                fmt::format("label for sector {} found in sector {}: ignored", disk.sector.get(), sector));
  std::uint32_t checksum = crc32(bytes.subspan(kChecksumFrom));
  if (disk.checksum.get() != checksum)
    return fail(Code::corrupt, fmt::format("label in sector {} has checksum {:08x} and not {:08x}: "
                                           "ignored",
                                           sector, disk.checksum.get(), checksum));
  if (disk.type != kType) return fail(Code::unsupported, fmt::format("label in sector {} is of another type", sector));
  Label label{sector, disk.header_offset.get()};
  if (!valid(label))
    return fail(Code::corrupt,
                fmt::format("label in sector {} puts the PV header at byte {}", sector, label.header_offset));
  return label;
}

LabelScan find_label(std::span<const std::byte> head) {
  LabelScan out;
  for (std::uint64_t sector = 0; sector < kLabelSectors; ++sector) {
    std::size_t at = sector * kLabelSectorSize;
    if (head.size() < at + kLabelSectorSize) break;
    auto label = unpack_label(head.subspan(at, kLabelSectorSize), sector);
    if (!label) {
      if (label.error().code() != Code::not_found) out.problems.push_back(label.error().message());
    } else if (out.label) {
      out.problems.push_back(
          fmt::format("second label in sector {}: ignored, the one in sector {} wins", sector, out.label->sector));
    } else {
      out.label = *label;
    }
  }
  return out;
}

Result<> pack_label(const Label& label, std::span<std::byte> bytes) {
  CHECK(bytes.size() == kLabelSectorSize);
  if (!valid(label))
    return fail(Code::usage, fmt::format("cannot write a label to sector {} with its PV header at {}", label.sector,
                                         label.header_offset));
  LabelDisk disk;
  disk.id = kId;
  disk.sector.set(label.sector);
  disk.checksum.set(0);
  disk.header_offset.set(label.header_offset);
  disk.type = kType;
  std::memcpy(bytes.data(), &disk, sizeof disk);
  disk.checksum.set(crc32(bytes.subspan(kChecksumFrom)));
  std::memcpy(bytes.data(), &disk, sizeof disk);
  return {};
}

std::vector<std::uint64_t> sectors_to_clear(std::span<const std::byte> head) {
  std::vector<std::uint64_t> out;
  for (std::uint64_t sector = 0; sector < kLabelSectors; ++sector) {
    std::size_t at = sector * kLabelSectorSize;
    if (head.size() < at + kLabelSectorSize) break;
    LabelDisk disk = load(head.subspan(at, kLabelSectorSize));
    if (disk.id == kId && disk.sector.get() == sector) out.push_back(sector);
  }
  return out;
}

}  // namespace lvm::ondisk
