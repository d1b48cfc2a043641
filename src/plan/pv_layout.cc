// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/pv_layout.h"

#include <fmt/format.h>

#include <algorithm>

namespace lvm::plan {
namespace {

constexpr std::uint64_t kMebibyte = 1 << 20;
constexpr std::uint64_t kLabelArea = 2048;   // four sectors that may hold the label
constexpr std::uint64_t kMinimumPages = 8;   // of a metadata area

struct Alignment {
  std::uint64_t unit = kMebibyte;
  std::uint64_t offset = 0;
};

// The user's, else the configured, else the default raised to what the device says of itself.
Alignment choose_alignment(const Context& context, const PvCandidate& candidate, const PvCreateOptions& options) {
  std::uint64_t page = context.world.host.page_size;
  Alignment out;
  auto configured = static_cast<std::uint64_t>(context.config.integer("devices/data_alignment")) * 1024;
  if (options.data_alignment || configured) {
    out.unit = options.data_alignment ? options.data_alignment->n : configured;
  } else {
    auto mebibytes = static_cast<std::uint64_t>(context.config.integer("devices/default_data_alignment"));
    out.unit = std::max(mebibytes * kMebibyte, page);
    const device::Topology& topology = candidate.topology;
    auto raise = [&](Bytes hint) {
      if (hint.n && out.unit % hint.n != 0) out.unit = std::max(hint.n, page);
    };
    if (context.config.flag("devices/md_chunk_alignment")) raise(topology.md_stripe_width);
    if (context.config.flag("devices/data_alignment_detection")) {
      raise(topology.minimum_io_size);
      raise(topology.optimal_io_size);
    }
  }
  if (options.data_alignment_offset)
    out.offset = options.data_alignment_offset->n;
  else if (context.config.flag("devices/data_alignment_offset_detection"))
    out.offset = candidate.topology.alignment_offset.n;
  return out;
}

std::unexpected<Error> too_small(const PvCandidate& candidate, std::string_view what) {
  return fail(Code::refused, fmt::format("{}: {}", candidate.name, what));
}

}  // namespace

Result<step::PvLayout> new_layout(const Context& context, const PvCandidate& candidate,
                                  const PvCreateOptions& options) {
  step::PvLayout out;
  out.label_sector = options.label_sector;
  out.device_size = options.device_size.value_or(candidate.device.size);
  auto minimum = static_cast<std::uint64_t>(context.config.integer("devices/pv_min_size")) * 2;
  minimum = std::max<std::uint64_t>(minimum, 1024);
  if (to_sectors_floor(out.device_size).n < minimum)
    return too_small(candidate, fmt::format("Size must exceed minimum of {} sectors.", minimum));

  std::uint64_t page = context.world.host.page_size;
  std::uint64_t size = out.device_size.n;
  Alignment align = choose_alignment(context, candidate, options);
  std::uint64_t area_start = round_up(kLabelArea, page);
  std::uint64_t copies = options.metadata_copies.value_or(
      static_cast<std::uint32_t>(context.config.integer("metadata/pvmetadatacopies")));
  auto configured = static_cast<std::uint64_t>(context.config.integer("metadata/pvmetadatasize")) * kSectorSize;
  std::uint64_t area_size = options.metadata_size ? options.metadata_size->n
                            : configured          ? configured
                                                  : kMebibyte - area_start;
  area_size = std::max(area_size, kMinimumPages * page);

  std::uint64_t end = area_start;
  if (copies > 0) {
    // The area grows to where data may begin; at least one alignment unit of data stays.
    end = round_up(area_start + area_size, align.unit);
    if (end + 2 * kMebibyte > size) end = round_down(size > 2 * kMebibyte ? size - 2 * kMebibyte : 0, align.unit);
  } else {
    end = round_up(area_start, align.unit);
  }
  end += align.offset;
  if (options.restored_pe_start) end = std::max<std::uint64_t>(options.restored_pe_start->n, area_start);
  std::uint64_t data_start = end;
  if (options.boot_loader_area_size && options.boot_loader_area_size->n) {
    out.boot_start = Bytes(end);
    data_start = round_up(end - align.offset + options.boot_loader_area_size->n, align.unit) + align.offset;
    out.boot_size = Bytes(data_start - end);
    if (data_start >= size)
      return too_small(candidate, "Bootloader area with data-aligned start must not exceed device size.");
  } else if (options.restored_boot_size && options.restored_boot_size->n) {
    out.boot_start = *options.restored_boot_start;
    out.boot_size = *options.restored_boot_size;
    end = out.boot_start.n;
  }
  if (copies > 0) {
    if (end <= area_start + kMinimumPages * page && end < area_start + 2 * kSectorSize)
      return too_small(candidate, "No room for a metadata area before the data.");
    out.areas.push_back({Bytes(area_start), Bytes(end - area_start), options.metadata_ignore});
  }
  if (data_start >= size) return too_small(candidate, "Data alignment must not exceed device size.");
  if (copies > 1) {
    if (size < area_size || round_down(size - area_size, align.unit) <= data_start)
      return too_small(candidate, "Not enough space for the second metadata area behind the data.");
    std::uint64_t second = round_down(size - area_size, align.unit);
    out.areas.push_back({Bytes(second), Bytes(size - second), options.metadata_ignore});
  }
  out.data_start = Bytes(data_start);
  return out;
}

step::PvLayout layout_of(const world::PvDevice& device) {
  step::PvLayout out;
  out.label_sector = device.label_sector;
  out.device_size = device.header_size;
  out.data_start = device.data_start;
  out.boot_start = device.boot_start;
  out.boot_size = device.boot_size;
  out.used = device.used;
  for (const world::MetadataArea& area : device.areas) out.areas.push_back({area.start, area.size, area.ignored});
  return out;
}

step::WriteLabel orphan_label(const world::PvDevice& device) {
  step::WriteLabel out;
  out.device = device.device;
  out.id = device.id;
  out.layout = layout_of(device);
  out.layout.used = false;
  out.wipe_head = false;
  out.format_areas = true;
  return out;
}

Extents pe_count(const step::PvLayout& layout, Sectors extent_size) {
  Bytes end = layout.device_size;
  for (const step::PvLayout::Area& area : layout.areas)
    if (area.start >= layout.data_start) end = std::min(end, area.start);
  if (end <= layout.data_start) return Extents();
  return to_extents_floor(to_sectors_floor(end - layout.data_start), extent_size);
}

}  // namespace lvm::plan
