// SPDX-License-Identifier: LGPL-2.1-or-later
// Feeds the start of a device to everything that reads a PV: label, PV header, area headers, ring.
// The first input byte chooses the variant: plain bytes, or bytes whose checksums are mended first, so
// that damage gets past them to the fields behind. What is accepted must also be written back the same.
#include <algorithm>
#include <cstring>
#include <vector>

#include "base/crc.h"
#include "ondisk/label.h"
#include "ondisk/mda_header.h"
#include "ondisk/pv_header.h"
#include "ondisk/ring.h"

namespace {

using namespace lvm;
using namespace lvm::ondisk;

void mend(std::span<std::byte> sector, std::size_t checksum_at, std::size_t covered_from) {
  le32 checksum(crc32(sector.subspan(covered_from)));
  std::memcpy(sector.data() + checksum_at, &checksum, sizeof checksum);
}

// Gives one sector a label's fixed fields and each area header a valid checksum.
void mend_all(std::vector<std::byte>& image, std::size_t sector) {
  if (image.size() < kLabelScanSize) return;
  auto label = std::span(image).subspan(sector * kLabelSectorSize, kLabelSectorSize);
  std::memcpy(label.data(), "LABELONE", 8);
  le64 number(sector);
  std::memcpy(label.data() + 8, &number, 8);
  std::memcpy(label.data() + 24, "LVM2 001", 8);
  mend(label, 16, 20);
  for (std::size_t at = kLabelScanSize; at + 512 <= image.size(); at += 512)
    if (std::memcmp(image.data() + at + 4, " LVM2 x[5A%r0N*>", 16) == 0) mend(std::span(image).subspan(at, 512), 0, 4);
}

void read_text(const MdaHeader& header, const TextLocation& location) {
  if (location.empty()) return;
  auto where = pieces(header.area.size, location.offset, location.size);
  CHECK(where);
  CHECK(where->first.size + where->second.size == location.size);
  CHECK(where->first.end() <= header.area.size && where->second.end() <= header.area.size);
}

void read_area(std::span<const std::byte> image, const DiskArea& area) {
  if (area.start.n > image.size() || image.size() - area.start.n < kMdaHeaderSize.n) return;
  auto bytes = image.subspan(area.start.n, kMdaHeaderSize.n);
  auto header = unpack_mda_header(bytes, area);
  if (!header) return;
  auto packed = pack_mda_header(*header);
  CHECK(packed);
  auto again = unpack_mda_header(*packed, area);
  CHECK(again && *again == *header);
  read_text(*header, header->committed);
  read_text(*header, header->precommitted);
  Bytes limit = max_text_size(header->area.size);
  for (Bytes size : {Bytes(1), Bytes(limit.n / 2 + 1), limit}) {
    if (size.n == 0) continue;
    auto placement = place(header->area.size, header->committed, size);
    if (!placement) continue;
    CHECK(!overlap(header->area.size, {placement->offset, size, 0}, header->committed));
    CHECK(placement->text.first.start >= kMdaHeaderSize);
    CHECK(placement->text.first.end() <= header->area.size);
  }
}

void read_image(std::span<const std::byte> image) {
  LabelScan scan = find_label(image.first(std::min(image.size(), kLabelScanSize)));
  (void)sectors_to_clear(image);
  if (!scan.label) return;
  auto header = read_pv_header(image, *scan.label);
  if (!header) return;
  // A header is written at byte 32 whatever its offset was, so it has no less room there.
  auto sector = make_label_sector({scan.label->sector, kPvHeaderOffset}, *header);
  CHECK(sector);
  for (const DiskArea& area : header->metadata_areas) read_area(image, area);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::span<const std::byte> input(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
  std::vector<std::byte> image(input.begin(), input.end());
  if (data[0] & 1) mend_all(image, (data[0] >> 1) & 3);
  read_image(image);
  return 0;
}
