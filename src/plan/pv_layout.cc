// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/pv_layout.h"

#include <fmt/format.h>

#include <algorithm>

namespace lvm::plan {
namespace {

constexpr std::uint64_t kMebibyte = 1 << 20;
constexpr std::uint64_t kLabelArea = 2048;  // four sectors that may hold the label
constexpr std::uint64_t kMinimumPages = 8;  // of a metadata area

struct Alignment {
  std::uint64_t unit = kMebibyte;
  std::uint64_t offset = 0;
  bool given = false;  // by options or settings

  std::uint64_t up(std::uint64_t at) const { return round_up(at, unit) + offset; }
};

// The user's, else the configured, else the default raised to what the device says of itself.
Alignment choose_alignment(const Context& context, const PvCandidate& candidate, const PvCreateOptions& options) {
  Alignment out;
  auto configured = static_cast<std::uint64_t>(context.config.integer("devices/data_alignment")) * 1024;
  if ((options.data_alignment && options.data_alignment->n) || configured) {
    out.unit = options.data_alignment && options.data_alignment->n ? options.data_alignment->n : configured;
    out.given = true;
  } else {
    auto mebibytes = static_cast<std::uint64_t>(context.config.integer("devices/default_data_alignment"));
    if (mebibytes) out.unit = mebibytes * kMebibyte;
    const device::Topology& topology = candidate.topology;
    auto raise = [&](Bytes hint) {
      if (hint.n && out.unit % hint.n != 0) out.unit = std::max<std::uint64_t>(hint.n, context.world.host.page_size);
    };
    if (context.config.flag("devices/md_chunk_alignment")) raise(topology.md_stripe_width);
    if (context.config.flag("devices/data_alignment_detection")) {
      raise(topology.minimum_io_size);
      raise(topology.optimal_io_size);
    }
  }
  if (options.data_alignment_offset) {
    out.offset = options.data_alignment_offset->n;
    out.given = true;
  } else if (context.config.flag("devices/data_alignment_offset_detection")) {
    out.offset = candidate.topology.alignment_offset.n;
  }
  return out;
}

// Places the areas of one PV; all values are bytes.
class Layouter {
 public:
  Layouter(const Context& context, const PvCandidate& candidate, const PvCreateOptions& options)
      : context_(context), candidate_(candidate), options_(options) {}

  Result<step::PvLayout> run() {
    out_.label_sector = options_.label_sector;
    out_.device_size = options_.device_size.value_or(candidate_.device.size);
    size_ = out_.device_size.n;
    page_ = context_.world.host.page_size;
    first_ = round_up(kLabelArea, page_);
    align_ = choose_alignment(context_, candidate_, options_);
    copies_ = options_.metadata_copies.value_or(
        static_cast<std::uint32_t>(context_.config.integer("metadata/pvmetadatacopies")));
    TRY(check_sizes());
    choose_area_size();
    if (options_.restored_pe_start)
      TRY(place_restored());
    else
      TRY(place_new());
    if (copies_ > 0) TRY(add_area(0, first_, first_area_end_));
    if (copies_ > 1) {
      std::uint64_t start = area_size_ < size_ ? round_down(size_ - area_size_, align_.unit) : 0;
      TRY(add_area(1, std::max(start, data_end_), size_));
    }
    return out_;
  }

 private:
  std::string shown(std::uint64_t bytes) const { return context_.size_text(to_sectors_floor(Bytes(bytes))); }

  std::unexpected<Error> cannot(const std::string& what) const {
    return fail(Code::refused, fmt::format("{}\nFailed to setup physical volume \"{}\".", what, candidate_.name));
  }

  Result<> check_sizes() const {
    auto minimum =
        std::max<std::uint64_t>(static_cast<std::uint64_t>(context_.config.integer("devices/pv_min_size")) * 2, 1024);
    if (to_sectors_floor(out_.device_size).n < minimum)
      return cannot(fmt::format("{}: Size must exceed minimum of {} sectors.", candidate_.name, minimum));
    if (align_.unit > size_)
      return cannot(fmt::format("{}: Data alignment must not exceed device size.", candidate_.name));
    if (align_.offset > align_.unit)
      return cannot(
          fmt::format("{}: pe_align ({} sectors) must not be less than pe_align_offset ({} sectors)\n"
                      "Format-specific initialisation of physical volume {} failed.",
                      candidate_.name, align_.unit / kSectorSize, align_.offset / kSectorSize, candidate_.name));
    return {};
  }

  void choose_area_size() {
    auto configured = static_cast<std::uint64_t>(context_.config.integer("metadata/pvmetadatasize")) * kSectorSize;
    area_size_ = options_.metadata_size && options_.metadata_size->n ? options_.metadata_size->n
                 : configured                                        ? configured
                 : options_.restored_pe_start                        ? options_.restored_pe_start->n
                                                                     : kMebibyte - first_;
  }

  // The area takes what is asked for and grows to where data may begin.
  Result<> place_new() {
    std::uint64_t boot = options_.boot_loader_area_size ? round_up(options_.boot_loader_area_size->n, align_.unit) : 0;
    std::uint64_t first_data = align_.up(copies_ > 0 ? first_ : kLabelArea);
    if (boot > size_ || first_data > size_ - boot)
      return cannot(
          fmt::format("{}: Bootloader area with data-aligned start must not exceed device size.\n"
                      "Format-specific initialisation of physical volume {} failed.",
                      candidate_.name, candidate_.name));
    std::uint64_t end = first_data;
    if (copies_ > 0) end = end_of_first_area(boot);
    first_area_end_ = end;
    if (boot) {
      out_.boot_start = Bytes(end);
      out_.boot_size = Bytes(boot);
    }
    data_end_ = end + boot;
    out_.data_start = Bytes(data_end_);
    return {};
  }

  std::uint64_t end_of_first_area(std::uint64_t boot) const {
    std::uint64_t room = size_ - boot;
    if (area_size_ <= room && first_ <= room - area_size_) return std::min(align_.up(first_ + area_size_), room);
    // More is asked for than there is: some data is left, if the device has any to spare.
    if (room < first_ || room - first_ <= 2 * align_.unit) return room;
    return round_down(size_ - 1, align_.unit) - align_.unit - boot;
  }

  // Data and boot loader area go back to where they were; the areas take what is left.
  Result<> place_restored() {
    std::uint64_t data = options_.restored_pe_start->n;
    std::uint64_t limit = data;
    out_.data_start = Bytes(data);
    if (options_.restored_boot_size && options_.restored_boot_size->n) {
      out_.boot_start = *options_.restored_boot_start;
      out_.boot_size = *options_.restored_boot_size;
      limit = out_.boot_start.n;
    }
    data_end_ = options_.restored_data_end.value_or(Bytes(data)).n;
    if (data_end_ > size_)
      return cannot(
          fmt::format("Physical extents ({}) end beyond end of device ({}) {}.\n"
                      "Format-specific initialisation of physical volume {} failed.",
                      shown(data_end_), shown(size_), candidate_.name, candidate_.name));
    if (data < align_.offset || (data - align_.offset) % align_.unit != 0) {
      if (align_.given)
        context_.note(
            warn(fmt::format("WARNING: Ignoring data alignment {} incompatible with restored pe_start value {}.",
                             shown(align_.unit + align_.offset), shown(data))));
      align_ = {.unit = kSectorSize, .offset = 0, .given = false};
    }
    first_area_end_ = area_size_ < limit ? std::min(align_.up(first_ + area_size_), limit) : limit;
    return {};
  }

  Result<> add_area(int index, std::uint64_t start, std::uint64_t end) {
    std::uint64_t minimum = kMinimumPages * page_;
    std::string too_small;
    if (end > start && end - start < minimum)
      too_small =
          fmt::format("Metadata area size too small: {} bytes. It must be at least {} bytes.\n", end - start, minimum);
    if (end <= start || !too_small.empty())
      return cannot(
          fmt::format("{}Not enough space available for metadata area with index {} on PV {}.\n"
                      "Failed to add metadata area for new physical volume {}",
                      too_small, index, candidate_.name, candidate_.name));
    out_.areas.push_back({Bytes(start), Bytes(end - start), options_.metadata_ignore});
    return {};
  }

  const Context& context_;
  const PvCandidate& candidate_;
  const PvCreateOptions& options_;
  step::PvLayout out_;
  Alignment align_;
  std::uint64_t size_ = 0, page_ = 0;
  std::uint64_t first_ = 0;  // where the first area begins
  std::uint64_t copies_ = 0, area_size_ = 0;
  std::uint64_t first_area_end_ = 0;
  std::uint64_t data_end_ = 0;  // the second area may begin here
};

}  // namespace

Result<step::PvLayout> new_layout(const Context& context, const PvCandidate& candidate,
                                  const PvCreateOptions& options) {
  return Layouter(context, candidate, options).run();
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

Extents pe_count(const step::PvLayout& layout, Sectors extent_size) {
  Bytes end = layout.device_size;
  for (const step::PvLayout::Area& area : layout.areas)
    if (area.start >= layout.data_start) end = std::min(end, area.start);
  if (end <= layout.data_start) return Extents();
  return to_extents_floor(to_sectors_floor(end - layout.data_start), extent_size);
}

}  // namespace lvm::plan
