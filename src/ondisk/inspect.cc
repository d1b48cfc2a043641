// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ondisk/inspect.h"

#include <fmt/format.h>

#include <cstring>

#include "base/crc.h"
#include "base/id.h"
#include "ondisk/label.h"
#include "ondisk/pv_header.h"

namespace lvm::ondisk {
namespace {

constexpr std::string_view kLabelId = "LABELONE", kLabelType = "LVM2 001";
constexpr std::uint64_t kFirstAreaStart = 4096;
constexpr std::string_view kMagic = "204c564d3220785b35412572304e2a3e";

// A character that can be shown, or '?'.
std::string shown(std::string_view bytes) {
  std::string out;
  for (char c : bytes) out += c > 0x20 && c < 0x7f ? c : c == ' ' ? ' ' : '?';
  return out;
}

template <std::size_t size>
std::string_view view(const std::array<char, size>& bytes) {
  return {bytes.data(), size};
}

template <class Disk>
Disk load(std::span<const std::byte> bytes, std::size_t at) {
  Disk disk;
  std::memcpy(&disk, bytes.data() + at, sizeof disk);
  return disk;
}

class SectorInspector {
 public:
  SectorInspector(std::span<const std::byte> bytes, Bytes at, std::uint64_t expected)
      : bytes_(bytes.first(kLabelSectorSize)), at_(at.n), expected_(expected) {}

  SectorFindings run() {
    label();
    pv_header();
    if (!out_.sound) out_.sound = checks_ == 0;
    return std::move(out_);
  }

 private:
  void field(std::string text) { out_.remarks.push_back({Remark::Kind::field, std::move(text)}); }
  void check(std::string text) {
    out_.remarks.push_back({Remark::Kind::check, std::move(text)});
    ++checks_;
  }

  void label() {
    auto label = load<LabelDisk>(bytes_, 0);
    std::uint32_t checksum = label_checksum(bytes_);
    field(fmt::format("label_header at {}", at_));
    field(fmt::format("label_header.id {}", shown(view(label.id))));
    field(fmt::format("label_header.sector {}", label.sector.get()));
    field(fmt::format("label_header.crc {:#x}", label.checksum.get()));
    field(fmt::format("label_header.offset {}", label.header_offset.get()));
    field(fmt::format("label_header.type {}", shown(view(label.type))));
    bool id_fits = view(label.id) == kLabelId, type_fits = view(label.type) == kLabelType;
    if (!id_fits) check(fmt::format("label_header.id expected {}", kLabelId));
    if (label.sector.get() != expected_) check(fmt::format("label_header.sector expected {}", expected_));
    if (label.checksum.get() != checksum) check(fmt::format("label_header.crc expected {:#x}", checksum));
    if (label.header_offset.get() != kPvHeaderOffset)
      check(fmt::format("label_header.offset expected {}", kPvHeaderOffset));
    if (!type_fits) check(fmt::format("label_header.type expected {}", kLabelType));
    out_.labelled = id_fits && type_fits;
  }

  void pv_header() {
    auto header = load<PvHeaderDisk>(bytes_, kPvHeaderOffset);
    out_.pv_id = shown(view(header.id));
    out_.pv_id_valid = PvId::parse(view(header.id)).has_value();
    out_.device_size = Bytes(header.device_size.get());
    field(fmt::format("pv_header at {}", at_ + kPvHeaderOffset));
    field(fmt::format("pv_header.pv_uuid {}", out_.pv_id));
    field(fmt::format("pv_header.device_size {}", out_.device_size.n));
    if (!out_.pv_id_valid) check("pv_header.pv_uuid invalid format");
    next_ = kPvHeaderOffset + sizeof(PvHeaderDisk);
    std::size_t index = 0;
    for (const DiskArea& area : list("pv_header", index, "location of data area"))
      if (out_.data_start.n == 0) out_.data_start = area.start;
    out_.metadata_areas = list("pv_header", index, "location of metadata area");
    extension();
  }

  void extension() {
    if (next_ + sizeof(PvExtensionDisk) > kLabelSectorSize) return;
    auto extension = load<PvExtensionDisk>(bytes_, next_);
    field(fmt::format("pv_header_extension at {}", at_ + next_));
    field(fmt::format("pv_header_extension.version {}", extension.version.get()));
    field(fmt::format("pv_header_extension.flags {}", extension.flags.get()));
    next_ += sizeof(PvExtensionDisk);
    std::size_t index = 0;
    list("pv_header_extension", index, "bootloader area");
  }

  // Entries up to one of zeros, or to the end of the sector.
  std::vector<DiskArea> list(std::string_view header, std::size_t& index, std::string_view what) {
    std::vector<DiskArea> out;
    while (next_ + sizeof(DiskAreaDisk) <= kLabelSectorSize) {
      auto entry = load<DiskAreaDisk>(bytes_, next_);
      DiskArea area{Bytes(entry.start.get()), Bytes(entry.size.get())};
      bool end = area.start.n == 0 && area.size.n == 0;
      std::string name = fmt::format("{}.disk_locn[{}]", header, index++);
      field(fmt::format("{} at {} # {}", name, at_ + next_, end ? "location list end" : what));
      field(fmt::format("{}.offset {}", name, area.start.n));
      field(fmt::format("{}.size {}", name, area.size.n));
      next_ += sizeof(DiskAreaDisk);
      if (end) return out;
      bool metadata = what.ends_with("metadata area");
      if (metadata && out.empty() && area.start.n != kFirstAreaStart)
        out_.remarks.push_back(
            {Remark::Kind::warning, fmt::format("{}.offset {} is unexpected # for first mda", name, area.start.n)});
      out.push_back(area);
    }
    check(fmt::format("{}.disk_locn list has no end", header));
    return out;
  }

  std::span<const std::byte> bytes_;
  std::uint64_t at_, expected_;
  std::size_t next_ = 0, checks_ = 0;
  SectorFindings out_;
};

std::string hex(std::string_view bytes) {
  std::string out;
  for (char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

}  // namespace

std::uint32_t label_checksum(std::span<const std::byte> bytes) {
  return crc32(bytes.first(kLabelSectorSize).subspan(offsetof(LabelDisk, header_offset)));
}

SectorFindings inspect_label_sector(std::span<const std::byte> bytes, Bytes at, std::uint64_t expected_sector) {
  return SectorInspector(bytes, at, expected_sector).run();
}

std::string mda_header_name(Bytes start) { return start.n == kFirstAreaStart ? "mda_header_1" : "mda_header_2"; }

HeaderFindings inspect_mda_header(std::span<const std::byte> bytes, const DiskArea& expected) {
  HeaderFindings out;
  auto header = load<MdaHeaderDisk>(bytes, 0);
  std::string name = mda_header_name(expected.start);
  auto field = [&](std::string text) { out.remarks.push_back({Remark::Kind::field, std::move(text)}); };
  std::size_t checks = 0;
  auto check = [&](bool holds, std::string text) {
    if (holds) return;
    out.remarks.push_back({Remark::Kind::check, std::move(text)});
    ++checks;
  };
  std::uint32_t checksum = crc32(bytes.first(sizeof header).subspan(offsetof(MdaHeaderDisk, magic)));
  std::string magic = hex(view(header.magic));
  // Of a magic that is none the reference shows half: the rest would be noise.
  bool blank = magic.find_first_not_of('0') == std::string::npos;
  field(fmt::format("{} at {} # metadata area", name, expected.start.n));
  field(fmt::format("{}.checksum {:#x}", name, header.checksum.get()));
  field(fmt::format("{}.magic 0x{}", name, blank ? magic.substr(0, magic.size() / 2) : magic));
  field(fmt::format("{}.version {}", name, header.version.get()));
  field(fmt::format("{}.start {}", name, header.start.get()));
  field(fmt::format("{}.size {}", name, header.size.get()));
  check(header.checksum.get() == checksum, fmt::format("{}.checksum expected {:#x}", name, checksum));
  check(magic == kMagic, fmt::format("{}.magic expected 0x{}", name, kMagic));
  check(header.version.get() == kMdaVersion, fmt::format("{}.version expected {}", name, kMdaVersion));
  check(header.start.get() == expected.start.n,
        fmt::format("{}.start does not match pv_header.disk_locn.offset {}", name, expected.start.n));
  check(header.size.get() == expected.size.n,
        fmt::format("{}.size does not match pv_header.disk_locn.size {}", name, expected.size.n));
  for (std::size_t i = 0; i < header.slots.size(); ++i) {
    const RawLocationDisk& slot = header.slots[i];
    std::string at = fmt::format("{}.raw_locn[{}]", name, i);
    bool wraps = slot.offset.get() + slot.size.get() > expected.size.n;
    field(fmt::format("{} at {} # {}{}", at, expected.start.n + offsetof(MdaHeaderDisk, slots) + i * sizeof slot,
                      i == 0 ? "commit" : "precommit", wraps ? " wrapped" : ""));
    field(fmt::format("{}.offset {}", at, slot.offset.get()));
    field(fmt::format("{}.size {}", at, slot.size.get()));
    field(fmt::format("{}.checksum {:#x}", at, slot.checksum.get()));
    bool ignored = (slot.flags.get() & kLocationIgnored) != 0;
    field(fmt::format("{}.flags {:#x}{}", at, slot.flags.get(), ignored ? " # RAW_LOCN_IGNORED" : ""));
  }
  const RawLocationDisk& first = header.slots.front();
  out.committed = {Bytes(first.offset.get()), Bytes(first.size.get()), first.checksum.get()};
  out.ignored = (first.flags.get() & kLocationIgnored) != 0;
  out.sound = checks == 0;
  return out;
}

std::vector<std::byte> with_label_fields(std::span<const std::byte> bytes, std::uint64_t sector) {
  std::vector<std::byte> out(bytes.begin(), bytes.begin() + kLabelSectorSize);
  LabelDisk label;
  std::memcpy(label.id.data(), kLabelId.data(), label.id.size());
  label.sector.set(sector);
  label.header_offset.set(kPvHeaderOffset);
  std::memcpy(label.type.data(), kLabelType.data(), label.type.size());
  std::memcpy(out.data(), &label, sizeof label);
  label.checksum.set(label_checksum(out));
  std::memcpy(out.data(), &label, sizeof label);
  return out;
}

}  // namespace lvm::ondisk
