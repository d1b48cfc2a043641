// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/pvck_device.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>

#include "metadata/text.h"
#include "ondisk/label.h"
#include "ondisk/ring.h"

namespace lvm::cli {
namespace {

constexpr Bytes kSector{512};
// A ring this large is no metadata area: lengths come from a disk that may be damaged.
constexpr Bytes kMostRead{std::uint64_t{1} << 30};

const device::Device* find(const world::World& world, const std::string& path) {
  if (const device::Device* device = world.find_device(path)) return device;
  const world::RejectedDevice* rejected = world.find_rejected(path);
  return rejected ? &rejected->device : nullptr;
}

bool is_header(const PvckDevice& device, const ondisk::DiskArea& area) {
  auto bytes = device.read(area.start, kSector);
  return bytes && ondisk::inspect_mda_header(*bytes, area).sound;
}

// The size that a header in this place says it has, when it is one.
std::optional<ondisk::DiskArea> header_at(const PvckDevice& device, Bytes start) {
  auto bytes = device.read(start, kSector);
  if (!bytes) return std::nullopt;
  ondisk::MdaHeaderDisk header;
  std::memcpy(&header, bytes->data(), sizeof header);
  ondisk::DiskArea area{start, Bytes(header.size.get())};
  if (!area.fits() || area.end() > device.size() || !is_header(device, area)) return std::nullopt;
  return area;
}

}  // namespace

Result<PvckDevice> PvckDevice::open(Session& session, const std::string& path) {
  const device::Device* device = find(session.world(), path);
  if (!device) return fail(Code::not_found, fmt::format("Cannot access device {}.", path));
  PvckDevice out;
  out.device_ = *device;
  out.handle_ = TRY(session.system().io.open(*device, device::Access::read));
  if (auto sector = session.arguments().number(Opt::labelsector))
    out.label_sector_ = static_cast<std::uint64_t>(*sector);
  if (out.label_sector_ >= ondisk::kLabelSectors) return fail(Code::usage, "labelsector must be less than 4.");
  Bytes at(out.label_sector_ * kSector.n);
  out.sector_ = TRY(out.read(at, kSector));
  out.findings_ = ondisk::inspect_label_sector(out.sector_, at, out.label_sector_);
  return out;
}

Result<std::vector<std::byte>> PvckDevice::read(Bytes offset, Bytes length) const {
  if (length > kMostRead || offset > size() || length > size() - offset)
    return fail(Code::corrupt,
                fmt::format("{}: bytes {} to {} are not on the device.", path(), offset.n, offset.n + length.n));
  std::vector<std::byte> out(length.n);
  TRY(handle_->read(offset, out));
  return out;
}

Result<std::string> PvckDevice::read_ring(const ondisk::DiskArea& area, Bytes offset, Bytes length) const {
  ondisk::Pieces pieces = TRY(ondisk::pieces(area.size, offset, length));
  std::string out;
  for (const ondisk::DiskArea& piece : {pieces.first, pieces.second}) {
    if (piece.size.n == 0) continue;
    std::vector<std::byte> bytes = TRY(read(area.start + piece.start, piece.size));
    out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  return out;
}

plan::DamagedPv PvckDevice::damaged() const {
  plan::DamagedPv out;
  out.device = device_;
  out.label_sector = label_sector_;
  out.sector = sector_;
  out.findings = findings_;
  if (auto first = header_at(*this, Bytes(4096))) out.areas_found.push_back(*first);
  constexpr Bytes kMegabyte{1 << 20};
  if (size() < kMegabyte + kMegabyte) return out;
  if (auto second = header_at(*this, size() - kMegabyte)) {
    if (out.areas_found.empty()) out.areas_found.emplace_back();
    out.areas_found.push_back(*second);
  }
  return out;
}

Result<plan::RepairText> pvck_text(Session& session, const std::string& path) {
  auto text = session.system().files.read(path);
  if (!text) return fail(Code::not_found, fmt::format("Cannot open file: {}", path));
  auto read = metadata::read(*text, path);
  if (!read) {
    Error error = read.error();
    return std::unexpected(std::move(error.add_context("reading the metadata file")));
  }
  // A text from a disk starts with its VG and is written as it is. A backup has its head first.
  bool raw = text->starts_with(read->vg.name + " {");
  std::string out = raw ? *text : metadata::write(read->vg, read->origin, syntax::Layout::raw);
  return plan::RepairText{std::move(out), std::move(read->vg)};
}

}  // namespace lvm::cli
