// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "plan/lv_segments.h"
#include "plan/resize/kinds.h"
#include "segment/kind.h"

// Volumes that own their extents, or have none: linear, striped, error, zero.
namespace lvm::plan::resize {
namespace {

using model::Lv;
using model::Vg;

// How the added part is laid out.
struct Layout {
  std::uint32_t stripes = 1;
  Sectors stripe_size;
};

// The layout of the added part: as given, or as the segments agree on.
Result<Layout> grow_layout(const Job& job) {
  const Context& context = job.context;
  const Vg& vg = job.before();
  const Lv& lv = *vg.find_lv(job.id);
  const LvResizeRequest& request = job.request;
  std::uint32_t stripes = 0;
  Sectors stripe_size;
  for (const model::Segment& segment : lv.segments) {
    std::uint32_t count = segment::stripe_count(segment);
    Sectors size = segment::stripe_size(segment);
    bool sizes_differ = stripe_size && size && size != stripe_size && !request.stripe_size;
    bool counts_differ = stripes && count != stripes && !request.stripes;
    if (sizes_differ || counts_differ)
      return fail(Code::refused, "Please specify number of stripes (-i) and stripesize (-I)");
    if (size) stripe_size = size;
    stripes = count;
  }
  Layout out{request.stripes.value_or(stripes), request.stripe_size.value_or(stripe_size)};
  if (out.stripes <= 1) {
    if (request.stripe_size && request.stripes) context.note(print("Ignoring stripesize argument with single stripe."));
    return Layout{1, Sectors()};
  }
  if (!request.stripe_size) {
    if (!out.stripe_size) {
      out.stripe_size = Sectors(static_cast<std::uint64_t>(context.config.integer("metadata/stripesize")) * 2);
      context.note(print(fmt::format("Using default stripesize {}", context.size_text(out.stripe_size))));
    } else {
      context.note(print(fmt::format("Using stripesize of last segment {}", context.size_text(out.stripe_size))));
    }
  }
  if (!is_power_of_two(out.stripe_size.n) || out.stripe_size.n < 8)
    return fail(Code::usage, fmt::format("Invalid stripe size {}.", context.size_text(out.stripe_size)));
  if (out.stripe_size > vg.extent_size) {
    context.note(print(fmt::format("Reducing stripe size {} to maximum, physical extent size {}.",
                                   context.size_text(out.stripe_size), context.size_text(vg.extent_size))));
    out.stripe_size = vg.extent_size;
  }
  return out;
}

// The size after rounding to whole stripes of the segment that begins at `from`.
Extents round_segment(const Context& context, Extents size, Extents from, std::uint32_t stripes, bool down) {
  std::uint64_t rest = (size - from).n % stripes;
  if (rest == 0) return size;
  Extents rounded = down ? Extents(size.n - rest) : Extents(size.n - rest + stripes);
  context.note(print(fmt::format("Rounding size ({} extents) {} to stripe boundary size for segment ({} extents).",
                                 size.n, down ? "down" : "up", rounded.n)));
  return rounded;
}

Extents round_reduced(const Job& job, Extents size) {
  for (const model::Segment& segment : job.before().find_lv(job.id)->segments)
    if (size > segment.start && size <= segment.start + segment.count)
      return round_segment(job.context, size, segment.start, segment::stripe_count(segment), false);
  return size;
}

Result<> grow(Job& job, Extents wanted) {
  const Vg& vg = job.before();
  Extents now = job.lv().extents();
  Layout layout = TRY(grow_layout(job));
  bool down = job.request.size.percent() && round_up((wanted - now).n, layout.stripes) > job.free.total().n;
  wanted = round_segment(job.context, wanted, now, layout.stripes, down);
  TRY(check_direction(job.request, now, wanted));
  if (!job.lv().as<model::Striped>()) {
    // It has no extents on PVs.
    job.lv().segments.back().count += wanted - now;
    return {};
  }
  std::vector<alloc::PvChoice> choices = TRY(choose_pvs(job.context, job.view, job.request.pvs, job.free));
  model::Allocation allocation = job.lv().allocation;
  if (job.request.allocation) job.lv().allocation = *job.request.allocation;
  GrowRequest grow{.extents = wanted - now,
                   .stripes = layout.stripes,
                   .stripe_size = layout.stripe_size,
                   .approximate = job.request.size.percent(),
                   .choices = std::move(choices)};
  TRY(grow_volume(job.context, vg, job.free, grow, job.lv()));
  job.lv().allocation = allocation;
  return {};
}

}  // namespace

constexpr Kind striped_kind = {
    .handles =
        [](const Lv& lv) {
          return lv.as<model::Striped>() || lv.as<model::ErrorSegment>() || lv.as<model::ZeroSegment>();
        },
    .check = [](const Job&) -> Result<> { return {}; },
    .logical = [](const Lv&, Extents physical) { return physical; },
    .round_amount = nullptr,
    .grow = grow,
    .round_reduced = round_reduced,
    .shrink = [](Job& job, Extents wanted) { shrink_volume(job.lv(), wanted); },
};

}  // namespace lvm::plan::resize
