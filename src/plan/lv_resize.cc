// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/lv_resize.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "activate/activate.h"
#include "plan/lv_segments.h"
#include "segment/kind.h"

namespace lvm::plan {
namespace {

using model::Lv;
using model::Vg;

// How the added part is laid out.
struct Layout {
  std::uint32_t stripes = 1;
  Sectors stripe_size;
};

Extents percent_of(Extents whole, std::uint64_t percent, bool up) {
  std::uint64_t product = whole.n * percent;
  return Extents(up ? (product + 99) / 100 : product / 100);
}

// The amount the size stands for, without its sign.
Result<Extents> amount(const Context& context, const world::VgView& view, const LvResizeRequest& request, const Lv& lv,
                       const alloc::FreeMap& free) {
  const Vg& vg = *view.vg;
  const LvSize& size = request.size;
  bool up = size.sign != LvSize::Sign::minus;
  Extents total;
  for (const model::Pv& pv : vg.pvs) total += pv.pe_count;
  switch (size.unit) {
    case LvSize::Unit::extents: return Extents(size.value);
    case LvSize::Unit::bytes: {
      Sectors sectors = to_sectors_ceil(Bytes(size.value));
      Extents extents = up ? to_extents_ceil(sectors, vg.extent_size) : to_extents_floor(sectors, vg.extent_size);
      if (extents.n >= std::numeric_limits<std::uint32_t>::max())
        return fail(Code::usage, fmt::format("Size is too large for volume group {}: an LV holds fewer than "
                                             "4294967295 extents.",
                                             vg.name));
      if (to_sectors(extents, vg.extent_size) != sectors)
        context.note(print(
            fmt::format("Rounding size to boundary between physical extents: {}.", display_size(vg.size_of(extents)))));
      return extents;
    }
    case LvSize::Unit::percent_vg: {
      Extents wanted = percent_of(total, size.value, up);
      Extents most = free.total() + (size.sign == LvSize::Sign::none ? lv.extents() : Extents());
      if (up && wanted > most) {
        context.note(print(fmt::format("Reducing {}%VG to remaining free space {} in VG.", size.value,
                                       display_size(vg.size_of(most)))));
        return most;
      }
      return wanted;
    }
    case LvSize::Unit::percent_free: return percent_of(free.total(), size.value, up);
    case LvSize::Unit::percent_lv: return percent_of(lv.extents(), size.value, up);
    case LvSize::Unit::percent_pvs: {
      if (request.pvs.empty()) return percent_of(total, size.value, up);
      std::vector<alloc::PvChoice> choices = TRY(choose_pvs(context, view, request.pvs, free));
      return percent_of(free_of(vg, free, choices), size.value, up);
    }
    case LvSize::Unit::percent_origin: return fail(Code::refused, "Specified LV does not have an origin LV.");
  }
  return fail(Code::usage, "Unknown unit of size.");
}

Result<Extents> new_extents(const Lv& lv, const Vg& vg, LvSize::Sign sign, Extents amount) {
  Extents now = lv.extents();
  switch (sign) {
    case LvSize::Sign::none: return amount;
    case LvSize::Sign::plus:
      if (now.n + amount.n >= std::numeric_limits<std::uint32_t>::max())
        return fail(Code::refused, fmt::format("Unable to extend {}/{} by {}, exceeds the limit of 4294967294 extents.",
                                               vg.name, lv.name, amount.n));
      return now + amount;
    case LvSize::Sign::minus:
      if (amount >= now)
        return fail(Code::refused, fmt::format("Unable to reduce {}/{} below 1 extent.", vg.name, lv.name));
      return now - amount;
  }
  return amount;
}

// The layout of the added part: as given, or as the segments agree on.
Result<Layout> grow_layout(const Context& context, const Vg& vg, const Lv& lv, const LvResizeRequest& request) {
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
      context.note(print(fmt::format("Using default stripesize {}", display_size(out.stripe_size))));
    } else {
      context.note(print(fmt::format("Using stripesize of last segment {}", display_size(out.stripe_size))));
    }
  }
  if (!is_power_of_two(out.stripe_size.n) || out.stripe_size.n < 8)
    return fail(Code::usage, fmt::format("Invalid stripe size {}.", display_size(out.stripe_size)));
  if (out.stripe_size > vg.extent_size) {
    context.note(print(fmt::format("Reducing stripe size {} to maximum, physical extent size {}.",
                                   display_size(out.stripe_size), display_size(vg.extent_size))));
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

Extents round_reduced(const Context& context, const Lv& lv, Extents size) {
  for (const model::Segment& segment : lv.segments)
    if (size > segment.start && size <= segment.start + segment.count)
      return round_segment(context, size, segment.start, segment::stripe_count(segment), false);
  return size;
}

Result<> check_direction(const LvResizeRequest& request, Extents now, Extents wanted) {
  using Direction = LvResizeRequest::Direction;
  if (wanted.n == 0) return fail(Code::refused, "New size of 0 not permitted");
  if (wanted == now)
    return fail(Code::refused,
                fmt::format("New size ({} extents) matches existing size ({} extents).", wanted.n, now.n));
  if (request.direction == Direction::extend && wanted < now)
    return fail(Code::refused,
                fmt::format("New size given ({} extents) not larger than existing size ({} extents)", wanted.n, now.n));
  if (request.direction == Direction::reduce && wanted > now)
    return fail(Code::refused,
                fmt::format("New size given ({} extents) not less than existing size ({} extents)", wanted.n, now.n));
  return {};
}

// What a shrink of a live volume asks first.
void ask_reduce(const Context& context, const Vg& vg, const Lv& lv, Extents wanted, bool force, step::Plan& plan) {
  const world::LiveDevice* live = context.world.find_live(activate::top_uuid(vg, lv));
  if (!live) return;
  plan.notes.push_back(
      warn(fmt::format("WARNING: Reducing active {}logical volume to {}.", live->info.open_count > 0 ? "and open " : "",
                       display_size(vg.size_of(wanted)))));
  plan.notes.push_back(warn("THIS MAY DESTROY YOUR DATA (filesystem etc.)"));
  if (force) return;
  plan.questions.push_back({fmt::format("Do you really want to reduce {}/{}? [y/n]: ", vg.name, lv.name),
                            fmt::format("Logical volume {}/{} NOT reduced.", vg.name, lv.name)});
}

Result<Lv> grown(const Context& context, const world::VgView& view, const LvResizeRequest& request, const Lv& lv,
                 Extents wanted, const alloc::FreeMap& free) {
  const Vg& vg = *view.vg;
  Layout layout = TRY(grow_layout(context, vg, lv, request));
  bool down = request.size.percent() && round_up((wanted - lv.extents()).n, layout.stripes) > free.total().n;
  wanted = round_segment(context, wanted, lv.extents(), layout.stripes, down);
  TRY(check_direction(request, lv.extents(), wanted));
  std::vector<alloc::PvChoice> choices = TRY(choose_pvs(context, view, request.pvs, free));
  Lv out = lv;
  if (request.allocation) out.allocation = *request.allocation;
  GrowRequest grow{.extents = wanted - lv.extents(),
                   .stripes = layout.stripes,
                   .stripe_size = layout.stripe_size,
                   .approximate = request.size.percent(),
                   .choices = std::move(choices)};
  TRY(grow_volume(context, vg, free, grow, out));
  out.allocation = lv.allocation;
  return out;
}

step::Plan unchanged(const Vg& vg, const Lv& lv) {
  step::Plan plan;
  plan.notes.push_back(
      print(fmt::format("Size of logical volume {}/{} unchanged from {}.", vg.name, lv.name, sized(vg, lv.extents()))));
  plan.notes.push_back(print(fmt::format("Logical volume {}/{} successfully resized.", vg.name, lv.name)));
  return plan;
}

}  // namespace

Result<step::Plan> lv_resize(const Context& context, const world::VgView& view, const LvResizeRequest& request) {
  TRY(check_writable(context, view));
  const Vg& vg = *view.vg;
  const Lv& lv = *vg.find_lv(request.lv);
  if (lv.has_unknown_segments())
    return fail(Code::unsupported,
                fmt::format("Unable to resize logical volume {}/{} with unknown segments.", vg.name, lv.name));
  alloc::FreeMap free(vg);
  Extents size = TRY(amount(context, view, request, lv, free));
  Extents wanted = TRY(new_extents(lv, vg, request.size.sign, size));
  step::Plan plan;
  Lv changed = lv;
  if (wanted > lv.extents()) {
    TRY(check_direction(request, lv.extents(), wanted));
    auto larger = grown(context, view, request, lv, wanted, free);
    // A percentage takes what it can get, and that may be nothing.
    if (!larger && larger.error().code() == Code::no_space && request.size.percent() && !request.pvs.empty())
      return unchanged(vg, lv);
    changed = TRY(std::move(larger));
  } else {
    if (request.stripes || request.stripe_size)
      context.note(print("Ignoring stripes, stripesize and mirrors arguments when reducing."));
    TRY(check_direction(request, lv.extents(), wanted));
    wanted = round_reduced(context, lv, wanted);
    TRY(check_direction(request, lv.extents(), wanted));
    ask_reduce(context, vg, lv, wanted, request.force, plan);
    shrink_volume(changed, wanted);
  }

  Vg after = vg;
  *after.find_lv(lv.id) = changed;
  auto change = TRY(activate::change(context.world, view, vg, lv, after, changed, context.config, {}));
  std::vector<step::Step> behind = std::move(change.after);
  behind.emplace_back(step::Settle{});
  step::Stage stage = metadata_stage(view.vg, std::move(after), std::move(change.before), std::move(behind));
  stage.steps.emplace_back(print(fmt::format("Size of logical volume {}/{} changed from {} to {}.", vg.name, lv.name,
                                             sized(vg, lv.extents()), sized(vg, changed.extents()))));
  stage.steps.emplace_back(print(fmt::format("Logical volume {}/{} successfully resized.", vg.name, lv.name)));
  plan.stages.push_back(std::move(stage));
  return plan;
}

}  // namespace lvm::plan
