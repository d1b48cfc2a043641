// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ondisk/mda_header.h"

#include <fmt/format.h>

#include <cstring>

#include "base/crc.h"

namespace lvm::ondisk {
namespace {

constexpr std::array<char, 16> kMagic = {' ', 'L', 'V', 'M', '2', ' ', 'x', '[',
                                         '5', 'A', '%', 'r', '0', 'N', '*', '>'};

TextLocation load(const RawLocationDisk& disk) {
  return {Bytes(disk.offset.get()), Bytes(disk.size.get()), disk.checksum.get()};
}

void store(const TextLocation& location, RawLocationDisk& disk) {
  disk.offset.set(location.offset.n);
  disk.size.set(location.size.n);
  disk.checksum.set(location.checksum);
}

Result<> check(const MdaHeader& header) {
  if (header.area.size < kMdaHeaderSize || !header.area.fits())
    return fail(Code::corrupt,
                fmt::format("metadata area at {} claims a size of {} bytes", header.area.start.n, header.area.size.n));
  for (const TextLocation* location : {&header.committed, &header.precommitted}) {
    std::string problem = location_problem(*location, header.area.size);
    if (!problem.empty())
      return fail(Code::corrupt, fmt::format("metadata area at {}: {}", header.area.start.n, problem));
  }
  return {};
}

}  // namespace

std::string location_problem(const TextLocation& location, Bytes area_size) {
  if (location.empty()) return {};
  if (location.offset < kMdaHeaderSize || location.offset >= area_size)
    return fmt::format("text offset {} lies outside of the area of {} bytes", location.offset.n, area_size.n);
  if (location.size > area_size - kMdaHeaderSize)
    return fmt::format("text size {} exceeds the area of {} bytes", location.size.n, area_size.n);
  return {};
}

Result<MdaHeader> unpack_mda_header(std::span<const std::byte> bytes, const DiskArea& expected) {
  if (bytes.size() < kMdaHeaderSize.n)
    return fail(Code::corrupt, fmt::format("metadata area header at {} is cut short", expected.start.n));
  bytes = bytes.first(kMdaHeaderSize.n);
  MdaHeaderDisk disk;
  std::memcpy(&disk, bytes.data(), sizeof disk);
  std::uint32_t checksum = crc32(bytes.subspan(offsetof(MdaHeaderDisk, magic)));
  if (disk.checksum.get() != checksum)
    return fail(Code::corrupt, fmt::format("incorrect checksum in metadata area header at {}", expected.start.n));
  if (disk.magic != kMagic)
    return fail(Code::corrupt, fmt::format("wrong magic number in metadata area header at {}", expected.start.n));
  if (disk.version.get() != kMdaVersion)
    return fail(Code::unsupported, fmt::format("metadata area header at {} has version {}; version 1 is "
                                               "understood",
                                               expected.start.n, disk.version.get()));
  if (disk.start.get() != expected.start.n)
    return fail(Code::corrupt,
                fmt::format("metadata area header at {} says it stands at {}", expected.start.n, disk.start.get()));
  if (disk.size.get() > expected.size.n)
    return fail(Code::corrupt, fmt::format("metadata area header at {} claims {} bytes, the PV header "
                                           "gives it {}",
                                           expected.start.n, disk.size.get(), expected.size.n));
  MdaHeader out;
  out.area = {expected.start, Bytes(disk.size.get())};
  out.committed = load(disk.slots[0]);
  out.ignored = (disk.slots[0].flags.get() & kLocationIgnored) != 0;
  // All-zero ends the list of slots, but a precommit of a first text has just that: slot 0 empty.
  out.precommitted = load(disk.slots[1]);
  if (!location_problem(out.precommitted, out.area.size).empty()) out.precommitted = {};
  if (out.committed.empty()) out.committed = {};
  if (out.precommitted.empty()) out.precommitted = {};
  TRY(check(out));
  return out;
}

Result<MdaHeaderBytes> pack_mda_header(const MdaHeader& header) {
  TRY(check(header));
  MdaHeaderDisk disk{};
  disk.magic = kMagic;
  disk.version.set(kMdaVersion);
  disk.start.set(header.area.start.n);
  disk.size.set(header.area.size.n);
  store(header.committed, disk.slots[0]);
  disk.slots[0].flags.set(header.ignored ? kLocationIgnored : 0);
  store(header.precommitted, disk.slots[1]);
  MdaHeaderBytes out;
  std::memcpy(out.data(), &disk, sizeof disk);
  disk.checksum.set(crc32(std::span(out).subspan(offsetof(MdaHeaderDisk, magic))));
  std::memcpy(out.data(), &disk, sizeof disk);
  return out;
}

}  // namespace lvm::ondisk
