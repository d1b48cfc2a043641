// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "commit/state.h"
#include "ondisk/label.h"
#include "ondisk/pv_header.h"

// Writing labels and PV headers (docs/formats/label.md).
namespace lvm::commit {
namespace {

using ondisk::DiskArea;

struct OnDisk {
  ondisk::Label label;
  ondisk::PvHeader header;
};

Result<std::vector<std::byte>> read_head(device::Handle& handle) {
  std::vector<std::byte> head(std::min<std::uint64_t>(ondisk::kLabelScanSize, handle.size().n));
  TRY(handle.read(Bytes(), head));
  return head;
}

// The label and header of a PV, as they stand now; another PV's, or none, is an error.
Result<OnDisk> read_header(device::Handle& handle, const world::PvDevice& pv) {
  std::vector<std::byte> head = TRY(read_head(handle));
  auto scan = ondisk::find_label(head);
  if (!scan.label)
    return fail(Code::busy, fmt::format("{} has no PV label any more. Run the command again.", pv.device.path));
  OnDisk out{*scan.label, TRY(ondisk::read_pv_header(head, *scan.label))};
  if (out.header.id != pv.id)
    return fail(Code::busy, fmt::format("{} holds another PV ({}) than a moment ago ({}). Run the command again.",
                                        pv.device.path, out.header.id.dashed(), pv.id.dashed()));
  return out;
}

Result<> write_sector(device::Handle& handle, const ondisk::Label& label, const ondisk::PvHeader& header) {
  ondisk::LabelSector sector = TRY(ondisk::make_label_sector(label, header));
  TRY(handle.write(Bytes(label.sector * kSectorSize), sector));
  return handle.flush();
}

ondisk::PvHeader header_of(PvId id, const step::PvLayout& layout) {
  ondisk::PvHeader out;
  out.id = id;
  out.device_size = layout.device_size;
  out.data_areas = {{layout.data_start, Bytes()}};
  for (const auto& area : layout.areas) out.metadata_areas.push_back({area.start, area.size});
  if (layout.boot_size.n != 0) out.boot_areas = {{layout.boot_start, layout.boot_size}};
  out.set_used(layout.used);
  return out;
}

// Zeroes every label but the one in `keep`: a second one would win or confuse.
Result<> clear_labels(device::Handle& handle, std::span<const std::byte> head, std::optional<std::uint64_t> keep) {
  for (std::uint64_t sector : ondisk::sectors_to_clear(head))
    if (sector != keep) TRY(handle.zero(Bytes(sector * kSectorSize), Bytes(kSectorSize)));
  return {};
}

// What the writer knows of a PV once its label is written. Areas that stay keep what is known of them.
world::PvDevice describe(const step::WriteLabel& step, const world::PvDevice* old) {
  world::PvDevice out;
  if (old) out = *old;
  out.device = step.device;
  out.id = step.id;
  out.header_size = step.layout.device_size;
  out.label_sector = step.layout.label_sector;
  out.data_start = step.layout.data_start;
  out.boot_start = step.layout.boot_start;
  out.boot_size = step.layout.boot_size;
  out.extension_version = ondisk::kExtensionVersion;
  out.used = step.layout.used;
  out.areas.clear();
  for (const auto& area : step.layout.areas) {
    world::MetadataArea made;
    made.start = area.start;
    made.size = area.size;
    made.ignored = area.ignored;
    if (old && !step.format_areas)
      for (const world::MetadataArea& known : old->areas)
        if (known.start == area.start && known.size == area.size) made = known;
    out.areas.push_back(std::move(made));
  }
  if (!step.layout.used) out.vg_id = {};
  return out;
}

}  // namespace

Result<> Writer::State::write_used(world::PvDevice& pv, bool used) {
  device::Handle* handle = TRY(open(pv));
  OnDisk now = TRY(read_header(*handle, pv));
  if (now.header.used() != used || now.header.extension_version < ondisk::kExtensionVersion) {
    now.header.set_used(used);
    TRY(write_sector(*handle, {now.label.sector, ondisk::kPvHeaderOffset}, now.header));
  }
  pv.used = used;
  pv.extension_version = now.header.extension_version;
  return {};
}

// A PV that leaves its VG is as large as its device again, whatever size it was given there.
Result<> Writer::State::write_orphan(world::PvDevice& pv) {
  device::Handle* handle = TRY(open(pv));
  OnDisk now = TRY(read_header(*handle, pv));
  if (handle->size().n != 0) now.header.device_size = handle->size();
  now.header.set_used(false);
  TRY(write_sector(*handle, {now.label.sector, ondisk::kPvHeaderOffset}, now.header));
  pv.used = false;
  pv.header_size = now.header.device_size;
  pv.extension_version = now.header.extension_version;
  return {};
}

Result<> Writer::State::check_headers(const model::Vg& after) {
  for (const model::Pv& pv : after.pvs) {
    world::PvDevice* known = find(pv.id);
    if (!known || (known->used && known->extension_version >= ondisk::kExtensionVersion)) continue;
    device::Handle* handle = TRY(open(*known));
    TRY(read_header(*handle, *known));
  }
  return {};
}

void Writer::State::update_headers(const model::Vg& after) {
  for (const model::Pv& pv : after.pvs) {
    world::PvDevice* known = find(pv.id);
    if (!known || (known->used && known->extension_version >= ondisk::kExtensionVersion)) continue;
    if (std::ranges::find(pending->members, pv.id) != pending->members.end())
      warn(fmt::format("WARNING: Updating PV header on {} for VG {}.", known->device.path, after.name));
    auto written = write_used(*known, true);
    if (!written) warn(written.error().text());
  }
}

namespace {

bool is_taken_over(const world::PvDevice& pv, VgId vg) {
  auto by_another = [&](const world::MetadataArea& known) { return known.vg_id && known.vg_id != vg; };
  return (pv.vg_id && pv.vg_id != vg) || std::ranges::any_of(pv.areas, by_another);
}

}  // namespace

Result<> Writer::State::leave(world::PvDevice& pv, VgId vg) {
  if (is_taken_over(pv, vg)) return {};
  return write_orphan(pv);
}

Result<> Writer::State::clear_areas(world::PvDevice& pv, VgId vg) {
  device::Handle* handle = TRY(open(pv));
  bool taken_over = is_taken_over(pv, vg);
  for (world::MetadataArea& known : pv.areas) {
    if (known.vg_id && known.vg_id != vg) continue;
    Area area(*handle, pv.device.path, known);
    TRY(area.load(known.ignored));
    TRY(area.clear());
  }
  TRY(handle->flush());
  if (!taken_over) pv.vg_id = {};
  return {};
}

Result<> Writer::clear_used(PvId id) {
  world::PvDevice* pv = state_->find(id);
  if (!pv) return fail(Code::not_found, fmt::format("PV {} has no device here.", id.dashed()));
  auto done = state_->write_used(*pv, false);
  if (done) pv->vg_id = {};
  state_->handles.erase(id);
  return done;
}

Result<> Writer::clear_outdated(PvId id, VgId vg) {
  world::PvDevice* pv = state_->find(id);
  if (!pv) return fail(Code::not_found, fmt::format("PV {} has no device here.", id.dashed()));
  auto done = state_->clear_areas(*pv, vg);
  if (done) done = state_->leave(*pv, vg);
  state_->handles.erase(id);
  return done;
}

Result<> Writer::write_bytes(const step::WriteBytes& step) {
  std::unique_ptr<device::Handle> handle = TRY(state_->system.io.open(step.device, device::Access::write));
  TRY(handle->write(step.offset, step.bytes));
  return handle->flush();
}

// Old labels go first and the new one comes last, so that a crash between leaves a blank device and never
// a PV without its areas.
Result<> Writer::write_label(const step::WriteLabel& step) {
  ondisk::PvHeader header = header_of(step.id, step.layout);
  ondisk::Label label{step.layout.label_sector, ondisk::kPvHeaderOffset};
  TRY(ondisk::make_label_sector(label, header));
  std::unique_ptr<device::Handle> handle = TRY(state_->system.io.open(step.device, device::Access::write));
  std::vector<std::byte> head = TRY(read_head(*handle));
  std::vector<DiskArea> standing;
  if (auto old = ondisk::find_label(head); old.label) {
    auto old_header = ondisk::read_pv_header(head, *old.label);
    if (old_header) standing = old_header->metadata_areas;
    if (old_header && old_header->extension_version > ondisk::kExtensionVersion && !step.format_areas) {
      header.extension_version = old_header->extension_version;
      header.extension_flags = old_header->extension_flags;
      header.newer = old_header->newer;
      header.set_used(step.layout.used);
    }
  }
  if (step.wipe_head) TRY(handle->zero(Bytes(), Bytes(head.size())));
  for (const auto& area : step.layout.areas) {
    DiskArea where{area.start, area.size};
    bool stands = std::ranges::find(standing, where) != standing.end();
    if (step.format_areas || !stands) TRY(format_area(*handle, where, area.ignored));
  }
  TRY(handle->flush());
  TRY(write_sector(*handle, label, header));
  TRY(clear_labels(*handle, step.wipe_head ? std::span<const std::byte>() : head, label.sector));
  TRY(handle->flush());

  // By device: `pvchange -u` gives the PV another id.
  const world::PvDevice* old = nullptr;
  for (const auto& [id, pv] : state_->devices)
    if (pv.device.path == step.device.path) old = &pv;
  world::PvDevice known = describe(step, old);
  std::erase_if(state_->devices, [&](const auto& entry) { return entry.second.device.path == step.device.path; });
  state_->devices.insert_or_assign(step.id, std::move(known));
  return {};
}

Result<> Writer::remove_label(const step::RemoveLabel& step) {
  std::unique_ptr<device::Handle> handle = TRY(state_->system.io.open(step.device, device::Access::write));
  std::vector<std::byte> head = TRY(read_head(*handle));
  TRY(clear_labels(*handle, head, std::nullopt));
  TRY(handle->flush());
  std::erase_if(state_->devices, [&](const auto& entry) { return entry.second.device.path == step.device.path; });
  return {};
}

}  // namespace lvm::commit
