// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/lv_resize.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "plan/resize/kinds.h"
#include "segment/kind.h"

namespace lvm::plan {
namespace {

using model::Lv;
using model::Vg;
using resize::Job;

Extents percent_of(Extents whole, std::uint64_t percent, bool up) {
  std::uint64_t product = whole.n * percent;
  return Extents(up ? (product + 99) / 100 : product / 100);
}

// The amount the size stands for, without its sign.
Result<Extents> amount(const Job& job, const resize::Kind& kind) {
  const Context& context = job.context;
  const Vg& vg = job.before();
  const Lv& lv = *vg.find_lv(job.id);
  const alloc::FreeMap& free = job.free;
  const LvSize& size = job.request.size;
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
      wanted = kind.logical(lv, wanted);
      Extents most = kind.logical(lv, free.total()) + (size.sign == LvSize::Sign::none ? lv.extents() : Extents());
      if (up && wanted > most) {
        context.note(print(fmt::format("Reducing {}%VG to remaining free space {} in VG.", size.value,
                                       display_size(vg.size_of(most)))));
        return most;
      }
      return wanted;
    }
    case LvSize::Unit::percent_free: return kind.logical(lv, percent_of(free.total(), size.value, up));
    case LvSize::Unit::percent_lv: return percent_of(lv.extents(), size.value, up);
    case LvSize::Unit::percent_pvs: {
      if (job.request.pvs.empty()) return kind.logical(lv, percent_of(total, size.value, up));
      std::vector<alloc::PvChoice> choices = TRY(choose_pvs(context, job.view, job.request.pvs, free));
      return kind.logical(lv, percent_of(free_of(vg, free, choices), size.value, up));
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

step::Plan unchanged(const Vg& vg, const Lv& lv) {
  step::Plan plan;
  plan.notes.push_back(
      print(fmt::format("Size of logical volume {}/{} unchanged from {}.", vg.name, lv.name, sized(vg, lv.extents()))));
  plan.notes.push_back(print(fmt::format("Logical volume {}/{} successfully resized.", vg.name, lv.name)));
  return plan;
}

}  // namespace

Result<> resize::check_direction(const LvResizeRequest& request, Extents now, Extents wanted) {
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

Result<step::Plan> lv_resize(const Context& context, const world::VgView& view, const LvResizeRequest& request) {
  TRY(check_writable(context, view));
  const Vg& vg = *view.vg;
  const Lv& lv = *vg.find_lv(request.lv);
  if (lv.has_unknown_segments())
    return fail(Code::unsupported,
                fmt::format("Unable to resize logical volume {}/{} with unknown segments.", vg.name, lv.name));
  const resize::Kind* kind = resize::find_kind(lv);
  if (!kind)
    return fail(Code::unsupported, fmt::format("Resizing {}/{} is not possible yet: volumes of type {} cannot be.",
                                               vg.name, lv.name, segment::type_name(lv.segments.front())));
  Job job{context, view, request, vg, lv.id, alloc::FreeMap(vg), {}};
  TRY(kind->check(job));
  Extents size = TRY(amount(job, *kind));
  if (kind->round_amount) size = kind->round_amount(job, size);
  Extents wanted = TRY(new_extents(lv, vg, request.size.sign, size));
  step::Plan plan;
  if (wanted > lv.extents()) {
    TRY(resize::check_direction(request, lv.extents(), wanted));
    Result<> larger = kind->grow(job, wanted);
    // A percentage takes what it can get, and that may be nothing.
    if (!larger && larger.error().code() == Code::no_space && request.size.percent() && !request.pvs.empty())
      return unchanged(vg, lv);
    TRY(std::move(larger));
  } else {
    if (request.stripes || request.stripe_size)
      context.note(print("Ignoring stripes, stripesize and mirrors arguments when reducing."));
    TRY(resize::check_direction(request, lv.extents(), wanted));
    wanted = kind->round_reduced ? kind->round_reduced(job, wanted) : wanted;
    TRY(resize::check_direction(request, lv.extents(), wanted));
    ask_reduce(context, vg, lv, wanted, request.force, plan);
    kind->shrink(job, wanted);
  }
  Extents now = job.lv().extents();
  auto change = TRY(activate::change(context.world, view, vg, lv, job.vg, job.lv(), context.config, job.options));
  std::vector<step::Step> behind = std::move(change.after);
  behind.emplace_back(step::Settle{});
  step::Stage stage = metadata_stage(view.vg, std::move(job.vg), std::move(change.before), std::move(behind));
  stage.steps.emplace_back(print(fmt::format("Size of logical volume {}/{} changed from {} to {}.", vg.name, lv.name,
                                             sized(vg, lv.extents()), sized(vg, now))));
  stage.steps.emplace_back(print(fmt::format("Logical volume {}/{} successfully resized.", vg.name, lv.name)));
  plan.stages.push_back(std::move(stage));
  return plan;
}

}  // namespace lvm::plan
