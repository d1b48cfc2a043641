// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/pv_repair.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "ondisk/label.h"
#include "ondisk/pv_header.h"
#include "ondisk/ring.h"

namespace lvm::plan {
namespace {

constexpr Bytes kFirstAreaStart{4096};

std::unexpected<Error> no_id(std::string why) {
  return fail(Code::refused, std::move(why) + "\nNo valid PV UUID, specify a PV UUID from metadata in --settings.");
}

// Which PV of the VG the device is: as the user says, as its header says, or as its name says.
Result<PvId> find_id(const DamagedPv& pv, const PvSettings& settings, const model::Vg* vg) {
  auto known = [&](PvId id) { return !vg || vg->find_pv(id); };
  if (settings.pv_id) {
    if (known(*settings.pv_id)) return *settings.pv_id;
    return no_id(fmt::format("PV UUID {} not found in metadata file.", settings.pv_id->plain()));
  }
  if (pv.findings.labelled && pv.findings.pv_id_valid) {
    PvId id = *PvId::parse(pv.findings.pv_id);
    if (known(id)) return id;
    return no_id(fmt::format("PV UUID {} in existing pv_header not found in metadata file.", id.plain()));
  }
  if (vg)
    for (const model::Pv& member : vg->pvs)
      if (member.device_hint == pv.device.path ||
          std::ranges::find(pv.device.aliases, member.device_hint) != pv.device.aliases.end())
        return member.id;
  return no_id(fmt::format("PV name {} not found in metadata file.", pv.device.path));
}

struct Geometry {
  PvId id;
  Bytes device_size, data_start;
  Bytes boot_start, boot_size;
};

Result<Geometry> find_geometry(const DamagedPv& pv, const PvSettings& settings, const model::Vg* vg) {
  if (!vg && !(settings.device_size && settings.data_offset && settings.pv_id))
    return fail(Code::refused,
                "Metadata input file is needed for pv_header info.\nSee pvck --dump to locate and create a metadata "
                "file.");
  Geometry out;
  out.id = TRY(find_id(pv, settings, vg));
  if (const model::Pv* member = vg ? vg->find_pv(out.id) : nullptr) {
    out.device_size = to_bytes(member->device_size);
    out.data_start = to_bytes(member->pe_start);
    out.boot_start = to_bytes(member->boot_start);
    out.boot_size = to_bytes(member->boot_size);
  }
  if (settings.device_size) out.device_size = *settings.device_size;
  if (settings.data_offset) out.data_start = *settings.data_offset;
  return out;
}

// What the user says of one area, over what is there.
void override_area(std::vector<ondisk::DiskArea>& areas, std::size_t index, std::optional<Bytes> start,
                   std::optional<Bytes> size) {
  if (!start && !size) return;
  if (areas.size() <= index) areas.resize(index + 1);
  if (start) areas[index].start = *start;
  if (size) areas[index].size = *size;
}

std::vector<ondisk::DiskArea> choose_areas(const DamagedPv& pv, const PvSettings& settings, const Geometry& geometry) {
  std::vector<ondisk::DiskArea> out =
      pv.findings.metadata_areas.empty() || !pv.findings.labelled ? pv.areas_found : pv.findings.metadata_areas;
  std::erase_if(out, [](const ondisk::DiskArea& area) { return area.size.n == 0; });
  bool first_missing = std::ranges::none_of(out, [](const auto& area) { return area.start == kFirstAreaStart; });
  if (first_missing && geometry.data_start > kFirstAreaStart)
    out.insert(out.begin(), {kFirstAreaStart, geometry.data_start - kFirstAreaStart - geometry.boot_size});
  override_area(out, 0, settings.mda_offset, settings.mda_size);
  override_area(out, 1, settings.mda2_offset, settings.mda2_size);
  std::erase_if(out, [](const ondisk::DiskArea& area) { return area.size.n == 0; });
  return out;
}

void ask(step::Plan& plan, std::string text) { plan.questions.push_back({std::move(text), "Nothing was written."}); }

void warn_about_label(const DamagedPv& pv, step::Plan& plan) {
  if (!pv.findings.labelled)
    plan.notes.push_back(
        warn(fmt::format("WARNING: No LVM label found on {}.  It may not be an LVM device.", pv.device.path)));
}

// Said before the question whether it may be written.
void say(step::Plan& plan, std::string text) { plan.notes.push_back(print(std::move(text))); }

void write_at(const DamagedPv& pv, step::Plan& plan, Bytes offset, std::vector<std::byte> bytes, std::string what) {
  if (plan.stages.empty()) plan.stages.emplace_back();
  plan.stages.back().steps.emplace_back(step::WriteBytes{pv.device, offset, std::move(bytes), std::move(what)});
}

std::vector<std::byte> bytes_of(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

Result<std::vector<ondisk::DiskArea>> repaired_areas(const DamagedPv& pv, const PvSettings& settings,
                                                     const model::Vg* vg) {
  Geometry geometry = TRY(find_geometry(pv, settings, vg));
  return choose_areas(pv, settings, geometry);
}

Result<step::Plan> repair_pv_header(const DamagedPv& pv, const PvSettings& settings, const model::Vg* vg) {
  step::Plan plan;
  warn_about_label(pv, plan);
  bool areas_known = !pv.areas_found.empty() || (pv.findings.labelled && !pv.findings.metadata_areas.empty());
  if (!areas_known && !settings.mda_size) {
    plan.notes.push_back(warn("WARNING: no previous metadata areas found on device."));
    plan.questions.push_back({"Should a metadata area be included? [y/n]: ",
                              "To repair with zero metadata areas, use --settings \"mda_offset=0 mda_size=0\"."});
  }
  Geometry geometry = TRY(find_geometry(pv, settings, vg));
  ondisk::PvHeader header;
  header.id = geometry.id;
  header.device_size = geometry.device_size;
  header.data_areas = {{geometry.data_start, Bytes()}};
  header.metadata_areas = choose_areas(pv, settings, geometry);
  if (geometry.boot_size) header.boot_areas = {{geometry.boot_start, geometry.boot_size}};
  header.set_used(true);
  ondisk::LabelSector sector = TRY(ondisk::make_label_sector({pv.label_sector, ondisk::kPvHeaderOffset}, header));
  if (pv.areas_found.size() > 1)
    plan.notes.push_back(print(
        fmt::format("Found mda2 header at offset {} size {}", pv.areas_found[1].start.n, pv.areas_found[1].size.n)));
  auto area = [&](std::size_t i) {
    return i < header.metadata_areas.size() ? header.metadata_areas[i] : ondisk::DiskArea{};
  };
  say(plan, fmt::format("Writing label_header.crc {:#x} pv_header uuid {} device_size {}",
                        ondisk::label_checksum(sector), header.id.plain(), header.device_size.n));
  say(plan, fmt::format("Writing data_offset {} mda1_offset {} mda1_size {} mda2_offset {} mda2_size {}",
                        geometry.data_start.n, area(0).start.n, area(0).size.n, area(1).start.n, area(1).size.n));
  ask(plan, fmt::format("Write new LVM header to {}? [y/n]: ", pv.device.path));
  write_at(pv, plan, Bytes(pv.label_sector * kSectorSize), bytes_of(sector), "label and PV header");
  return plan;
}

Result<step::Plan> repair_label(const DamagedPv& pv) {
  step::Plan plan;
  warn_about_label(pv, plan);
  if (!pv.findings.labelled) ask(plan, "Write LVM header to device? [y/n]: ");
  std::vector<std::byte> sector = ondisk::with_label_fields(pv.sector, pv.label_sector);
  say(plan, fmt::format("Writing label_header.crc {:#x}", ondisk::label_checksum(sector)));
  ask(plan, fmt::format("Write new LVM header to {}? [y/n]: ", pv.device.path));
  write_at(pv, plan, Bytes(pv.label_sector * kSectorSize), std::move(sector), "label");
  return plan;
}

Result<step::Plan> repair_metadata(const DamagedPv& pv, const std::vector<ondisk::DiskArea>& areas,
                                   const PvSettings& settings, const RepairText& text) {
  step::Plan plan;
  std::uint32_t checksum = ondisk::text_checksum(text.text);
  for (std::size_t i = 0; i < areas.size(); ++i) {
    if (settings.mda_num && *settings.mda_num != i + 1) continue;
    const ondisk::DiskArea& area = areas[i];
    ondisk::Placement placement = TRY(ondisk::place(area.size, {}, Bytes(text.text.size() + 1)));
    std::vector<std::byte> padded((placement.text.first.size + placement.text.second.size).n);
    std::memcpy(padded.data(), text.text.data(), text.text.size());
    ondisk::MdaHeaderBytes header = TRY(ondisk::pack_mda_header(
        {.area = area, .committed = {placement.offset, Bytes(text.text.size() + 1), checksum}}));
    Bytes at = area.start + placement.offset;
    say(plan, fmt::format("Writing metadata at {} length {} crc {:#010x} mda{}", at.n, text.text.size() + 1, checksum,
                          i + 1));
    say(plan, fmt::format("Writing mda_header at {} mda{}", area.start.n, i + 1));
    // The text first: a header must never say that there is one where there is none.
    write_at(pv, plan, at, std::move(padded), "metadata");
    write_at(pv, plan, area.start, bytes_of(header), "metadata area header");
  }
  if (plan.empty()) return fail(Code::refused, fmt::format("{} has no metadata area to repair.", pv.device.path));
  ask(plan, fmt::format("Write new LVM metadata to {}? [y/n]: ", pv.device.path));
  return plan;
}

}  // namespace lvm::plan
