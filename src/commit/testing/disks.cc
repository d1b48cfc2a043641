// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/testing/disks.h"

#include <fmt/format.h>

#include "base/crc.h"
#include "ondisk/label.h"
#include "ondisk/mda_header.h"
#include "ondisk/pv_header.h"
#include "ondisk/ring.h"

namespace lvm::commit::testing {
namespace {

Uuid uuid(std::string_view prefix, char letter) {
  std::string text(Uuid::kLength, letter);
  text.replace(0, prefix.size(), prefix);
  return *Uuid::parse(text);
}

// The committed text of an area; nullopt when its checksum is wrong.
std::optional<std::string> read_text(const device::MemoryIo& io, const std::string& path,
                                     const ondisk::MdaHeader& header) {
  auto pieces = ondisk::pieces(header.area.size, header.committed.offset, header.committed.size);
  if (!pieces) return std::nullopt;
  std::string out;
  for (const ondisk::DiskArea& piece : {pieces->first, pieces->second}) {
    auto bytes = io.peek(path, header.area.start + piece.start, piece.size.n);
    out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  if (crc32(std::as_bytes(std::span(out))) != header.committed.checksum || out.back() != '\0') return std::nullopt;
  out.pop_back();
  return out;
}

void look_at_area(const device::MemoryIo& io, const std::string& path, const ondisk::DiskArea& where,
                  world::MetadataArea& area, Picture& out) {
  auto bytes = io.peek(path, where.start, 512);
  auto header = ondisk::unpack_mda_header(bytes, where);
  if (!header) {
    area.damaged = true;
    area.problem = header.error().message();
    out.broken.push_back(path);
    return;
  }
  area.ignored = header->ignored;
  area.precommitted = !header->precommitted.empty();
  area.text_offset = header->committed.offset;
  area.text_size = header->committed.size;
  area.text_checksum = header->committed.checksum;
  if (header->committed.empty() || header->ignored) return;
  auto text = read_text(io, path, *header);
  auto vg = text ? metadata::read(*text, path) : fail(Code::corrupt, "checksum");
  if (!vg) {
    area.damaged = true;
    area.problem = vg.error().text();
    out.broken.push_back(path);
    return;
  }
  area.vg_name = vg->vg.name;
  area.vg_id = vg->vg.id;
  area.seqno = vg->vg.seqno;
  out.texts.push_back({path, vg->vg.seqno, std::move(vg->vg)});
}

}  // namespace

std::optional<model::Vg> Picture::vg(VgId id) const {
  const Found* best = nullptr;
  for (const Found& found : texts)
    if (found.vg.id == id && (!best || found.seqno > best->seqno)) best = &found;
  if (!best) return std::nullopt;
  return best->vg;
}

Picture look(device::MemoryIo& io) {
  Picture out;
  auto devices = io.enumerate();
  for (const device::Device& device : *devices) {
    auto head = io.peek(device.path, Bytes(), ondisk::kLabelScanSize);
    auto scan = ondisk::find_label(head);
    if (!scan.label) continue;
    auto header = ondisk::read_pv_header(head, *scan.label);
    if (!header) continue;
    world::PvDevice pv;
    pv.device = device;
    pv.id = header->id;
    pv.header_size = header->device_size;
    pv.label_sector = scan.label->sector;
    pv.data_start = header->data_start();
    pv.extension_version = header->extension_version;
    pv.used = header->used();
    for (const ondisk::DiskArea& where : header->metadata_areas) {
      world::MetadataArea area;
      area.start = where.start;
      area.size = where.size;
      look_at_area(io, device.path, where, area, out);
      pv.areas.push_back(std::move(area));
    }
    out.devices.emplace(pv.id, std::move(pv));
  }
  for (auto& [id, pv] : out.devices)
    for (const Found& found : out.texts)
      if (auto vg = out.vg(found.vg.id); vg && vg->find_pv(id)) pv.vg_id = vg->id;
  return out;
}

PvId pv_id(char letter) { return PvId{uuid("pv", letter)}; }
VgId vg_id(char letter) { return VgId{uuid("vg", letter)}; }

step::WriteLabel label(device::MemoryIo& io, const std::string& path, PvId id, std::vector<Bytes> area_sizes) {
  step::WriteLabel out;
  out.device = io.add(path, Bytes(64 << 20));
  out.id = id;
  out.layout.device_size = out.device.size;
  out.layout.data_start = Bytes(1 << 20);
  Bytes start(4096);
  for (Bytes size : area_sizes) {
    out.layout.areas.push_back({start, size, false});
    start = Bytes(60 << 20);
  }
  return out;
}

model::Vg make_vg(const std::string& name, const std::vector<step::WriteLabel>& labels) {
  model::Vg vg;
  vg.id = vg_id('A');
  vg.name = name;
  vg.seqno = 1;
  vg.flags = {model::VgFlag::resizeable, model::VgFlag::read, model::VgFlag::write};
  for (const step::WriteLabel& made : labels) {
    model::Pv pv;
    pv.id = made.id;
    pv.device_hint = made.device.path;
    pv.flags = {model::PvFlag::allocatable};
    pv.device_size = Sectors(131072);
    pv.pe_start = Sectors(2048);
    pv.pe_count = Extents(14);
    vg.pvs.push_back(std::move(pv));
  }
  return vg;
}

void set_ballast(model::Vg& vg, std::size_t bytes) {
  vg.tags.clear();
  for (std::size_t i = 0; bytes > 0; ++i) {
    std::size_t length = std::min<std::size_t>(bytes, 100);
    bytes -= length;
    vg.tags.push_back(fmt::format("{:05}", i) + std::string(length, 'x'));
  }
}

metadata::Origin origin(const std::string& command) {
  metadata::Origin out;
  out.description = "Write from " + command + ".";
  out.creation_host = "node";
  out.host_comment = "Linux node 6.1.0 #1 x86_64";
  out.generator = "LVM2 version 2.03.16(2) (2022-05-18)";
  out.creation_time = 1700000000;
  return out;
}

}  // namespace lvm::commit::testing
