// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ondisk/pv_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace lvm::ondisk {
namespace {

// Takes structures from the front of a span, never past its end.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : left_(bytes) {}

  template <class T>
  Result<T> take(const char* what) {
    if (left_.size() < sizeof(T)) return fail(Code::corrupt, fmt::format("PV header is cut short in its {}", what));
    T out;
    std::memcpy(&out, left_.data(), sizeof out);
    left_ = left_.subspan(sizeof out);
    return out;
  }

  // Entries up to, not including, the all-zero one.
  Result<std::vector<DiskArea>> take_list(const char* what) {
    std::vector<DiskArea> out;
    for (;;) {
      DiskAreaDisk disk = TRY(take<DiskAreaDisk>(what));
      DiskArea area{Bytes(disk.start.get()), Bytes(disk.size.get())};
      if (area == DiskArea{}) return out;
      out.push_back(area);
    }
  }

  std::span<const std::byte> rest() const { return left_; }

 private:
  std::span<const std::byte> left_;
};

class Writer {
 public:
  explicit Writer(std::span<std::byte> bytes) : left_(bytes) {}

  bool put(const void* data, std::size_t size) {
    if (left_.size() < size) return false;
    std::memcpy(left_.data(), data, size);
    left_ = left_.subspan(size);
    return true;
  }
  bool put_list(const std::vector<DiskArea>& areas) {
    for (const DiskArea& area : areas) {
      DiskAreaDisk disk{le64(area.start.n), le64(area.size.n)};
      if (!put(&disk, sizeof disk)) return false;
    }
    DiskAreaDisk end{};
    return put(&end, sizeof end);
  }

 private:
  std::span<std::byte> left_;
};

Result<> check(const PvHeader& header) {
  std::string_view id(header.id.uuid.chars.data(), Uuid::kLength);
  if (PvId::parse(id) != header.id) return fail(Code::corrupt, "PV header has an invalid PV id");
  if (header.data_areas.empty()) return fail(Code::corrupt, "PV header lists no data area");
  if (header.metadata_areas.size() > kMaxMetadataAreas)
    return fail(Code::corrupt,
                fmt::format("PV header lists {} metadata areas; there can be two", header.metadata_areas.size()));
  if (header.boot_areas.size() > kMaxBootAreas)
    return fail(Code::corrupt, "PV header lists more than one boot loader area");
  for (const auto* list : {&header.data_areas, &header.metadata_areas, &header.boot_areas}) {
    for (const DiskArea& area : *list) {
      if (!area.fits())
        return fail(Code::corrupt, fmt::format("PV header has an area of {} bytes at {}", area.size.n, area.start.n));
      if (area == DiskArea{}) return fail(Code::corrupt, "PV header has an empty area");
    }
  }
  for (const DiskArea& area : header.metadata_areas)
    if (area.size.n < kLabelSectorSize)
      return fail(Code::corrupt, fmt::format("metadata area at {} is of {} bytes only", area.start.n, area.size.n));
  // What these hold would be lost in writing, so it must not be there.
  if (header.extension_version == 0 && (header.extension_flags != 0 || !header.boot_areas.empty()))
    return fail(Code::corrupt, "PV header without an extension cannot hold flags or a boot loader area");
  if (header.extension_version <= kExtensionVersion && !header.newer.empty())
    return fail(Code::corrupt, "PV header of a known version has bytes behind its end");
  return {};
}

}  // namespace

void PvHeader::set_used(bool used) {
  if (extension_version < kExtensionVersion) {
    extension_version = kExtensionVersion;
    extension_flags = 0;
  }
  extension_flags = used ? extension_flags | kExtensionUsed : extension_flags & ~kExtensionUsed;
}

Result<PvHeader> unpack_pv_header(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  PvHeaderDisk disk = TRY(reader.take<PvHeaderDisk>("fixed part"));
  PvHeader out;
  out.id.uuid.chars = disk.id;
  out.device_size = Bytes(disk.device_size.get());
  out.data_areas = TRY(reader.take_list("list of data areas"));
  out.metadata_areas = TRY(reader.take_list("list of metadata areas"));
  // A sector full of areas has no room for an extension: the same as one that says version 0.
  out.extension_version = 0;
  if (auto extension = reader.take<PvExtensionDisk>("extension")) {
    out.extension_version = extension->version.get();
    if (out.extension_version >= 1) {
      out.extension_flags = extension->flags.get();
      out.boot_areas = TRY(reader.take_list("list of boot loader areas"));
    }
    if (out.extension_version > kExtensionVersion) {
      auto rest = reader.rest();
      while (!rest.empty() && rest.back() == std::byte{0}) rest = rest.first(rest.size() - 1);
      out.newer.assign(rest.begin(), rest.end());
    }
  }
  TRY(check(out));
  return out;
}

Result<> pack_pv_header(const PvHeader& header, std::span<std::byte> bytes) {
  TRY(check(header));
  std::ranges::fill(bytes, std::byte{0});
  Writer writer(bytes);
  PvHeaderDisk disk;
  disk.id = header.id.uuid.chars;
  disk.device_size.set(header.device_size.n);
  bool fits =
      writer.put(&disk, sizeof disk) && writer.put_list(header.data_areas) && writer.put_list(header.metadata_areas);
  if (header.extension_version >= 1) {
    PvExtensionDisk extension{le32(header.extension_version), le32(header.extension_flags)};
    fits = fits && writer.put(&extension, sizeof extension) && writer.put_list(header.boot_areas) &&
           writer.put(header.newer.data(), header.newer.size());
  }
  if (!fits) return fail(Code::no_space, "PV header does not fit its sector");
  return {};
}

Result<LabelSector> make_label_sector(const Label& label, const PvHeader& header) {
  LabelSector sector{};
  if (label.header_offset >= kLabelSectorSize) return fail(Code::usage, "PV header would lie outside the label sector");
  TRY(pack_pv_header(header, std::span(sector).subspan(label.header_offset)));
  TRY(pack_label(label, sector));
  Label label_again = TRY(unpack_label(sector, label.sector));
  PvHeader header_again = TRY(unpack_pv_header(std::span(sector).subspan(label.header_offset)));
  CHECK(label_again == label && header_again == header);
  return sector;
}

Result<PvHeader> read_pv_header(std::span<const std::byte> head, const Label& label) {
  std::size_t at = label.sector * kLabelSectorSize;
  if (label.sector >= kLabelSectors || label.header_offset >= kLabelSectorSize || head.size() < at + kLabelSectorSize)
    return fail(Code::corrupt, "label lies outside of what was read");
  return unpack_pv_header(head.subspan(at, kLabelSectorSize).subspan(label.header_offset));
}

}  // namespace lvm::ondisk
