// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/create/draft.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/volume_list.h"
#include "model/names.h"
#include "plan/images.h"
#include "plan/lv_segments.h"
#include "plan/new_lv.h"

namespace lvm::plan::create {
namespace {

using model::Lv;
using model::Vg;

constexpr Sectors kSmallestStripe{8};
constexpr Bytes kZeroLength{4096};

Result<std::string> choose_name(const Vg& vg, const std::string& name) {
  if (name.empty()) return model::next_lv_name(vg);
  if (vg.find_lv(name))
    return fail(Code::exists,
                fmt::format("Logical Volume \"{}\" already exists in volume group \"{}\"", name, vg.name));
  return name;
}

Result<> check_limits(const Vg& vg, const Lv& lv) {
  TRY(model::check_name_lengths(vg.name, lv.name));
  if (vg.max_lv == 0) return {};
  auto visible = std::count_if(vg.lvs.begin(), vg.lvs.end(), [](const Lv& l) { return l.visible(); });
  if (static_cast<std::uint64_t>(visible) >= vg.max_lv)
    return fail(Code::refused,
                fmt::format("Maximum number of logical volumes ({}) reached in volume group {}", vg.max_lv, vg.name));
  return {};
}

// A share of what lies on PVs, as logical extents: each is kept `copies` times.
Result<Extents> percentage(const Draft& draft, const std::vector<alloc::PvChoice>& choices, std::uint32_t copies) {
  const Vg& vg = draft.before();
  const LvSize& size = draft.request.size;
  Extents total, out;
  for (const model::Pv& pv : vg.pvs) total += pv.pe_count;
  Extents all_free = draft.free.total();
  switch (size.unit) {
    case LvSize::Unit::percent_vg:
      out = Extents(total.n * size.value / 100);
      if (out > all_free) {
        draft.context.note(print(fmt::format("Reducing {}%VG to remaining free space {} in VG.", size.value,
                                             draft.context.size_text(vg.size_of(all_free)))));
        out = all_free;
      }
      break;
    case LvSize::Unit::percent_free: out = Extents(all_free.n * size.value / 100); break;
    case LvSize::Unit::percent_pvs:
      out = draft.request.pvs.empty() ? Extents(total.n * size.value / 100)
                                      : Extents(free_of(vg, draft.free, choices).n * size.value / 100);
      break;
    case LvSize::Unit::percent_lv: return fail(Code::refused, "Please express size as %FREE, %PVS or %VG.");
    default: return fail(Code::refused, "Please express size as %FREE, %PVS or %VG: %ORIGIN is for snapshots.");
  }
  return out.n > 0 && copies > 1 ? Extents(std::max<std::uint64_t>(1, out.n / copies)) : out;
}

}  // namespace

Result<Draft> begin(const Context& context, const world::VgView& view, const LvCreateRequest& request) {
  return begin(context, view, request, request.name);
}

Result<Draft> begin(const Context& context, const world::VgView& view, const LvCreateRequest& request,
                    const std::string& name) {
  const Vg& vg = *view.vg;
  Lv lv = new_lv(context, TRY(choose_name(vg, name)));
  lv.creation_host = request.creation_host;
  TRY(check_limits(vg, lv));
  TRY(apply_attributes(context, request.attributes, lv));
  Draft draft{context, view, request, vg, lv.id, alloc::FreeMap(vg)};
  draft.vg.lvs.push_back(std::move(lv));
  return draft;
}

Lv& add_part(Draft& draft, model::Role role, std::uint32_t number) {
  return draft.vg.lvs.emplace_back(new_part(draft.context, draft.lv(), role, number));
}

Result<Sectors> choose_stripe_size(const Draft& draft, std::uint32_t stripes) {
  const Context& context = draft.context;
  const LvCreateRequest& request = draft.request;
  Sectors largest = draft.before().extent_size;
  if (stripes == 1) {
    if (request.stripe_size) context.note(print("Ignoring stripesize argument with single stripe."));
    return Sectors();
  }
  Sectors size = request.stripe_size.value_or(
      Sectors(static_cast<std::uint64_t>(context.config.integer("metadata/stripesize")) * 2));
  if (!request.stripe_size)
    context.note(print(fmt::format("Using default stripesize {}.", draft.context.size_text(size))));
  if (!is_power_of_two(size.n) || size < kSmallestStripe)
    return fail(Code::usage, fmt::format("Invalid stripe size {}.", draft.context.size_text(size)));
  if (size > largest) {
    context.note(print(fmt::format("Reducing requested stripe size {} to maximum, physical extent size {}.",
                                   draft.context.size_text(size), draft.context.size_text(largest))));
    size = largest;
  }
  return size;
}

Result<WantedExtents> wanted_extents(const Draft& draft, const std::vector<alloc::PvChoice>& choices,
                                     std::uint32_t copies) {
  const LvSize& size = draft.request.size;
  WantedExtents out{Extents(size.value), size.percent()};
  if (size.unit == LvSize::Unit::bytes) {
    out.extents = TRY(extents_of_bytes(draft.context, draft.before(), Bytes(size.value)));
    return out;
  }
  if (size.percent()) out.extents = TRY(percentage(draft, choices, copies));
  if (out.extents.n == 0)
    return fail(Code::refused, "Calculated size of logical volume is 0 extents. Needs to be larger.");
  return out;
}

Extents round_to_stripes(const Draft& draft, WantedExtents wanted, std::uint32_t stripes, Sectors stripe_size) {
  const Vg& vg = draft.before();
  Extents extents = wanted.extents;
  std::uint64_t rest = extents.n % stripes;
  if (rest == 0) return extents;
  Extents up(extents.n - rest + stripes);
  if (wanted.approximate && up > draft.free.total()) {
    std::uint64_t multiple = stripes * std::max<std::uint64_t>(1, stripe_size / vg.extent_size);
    Extents down(round_down(extents.n, multiple));
    draft.context.note(
        print(fmt::format("Rounding size ({} extents) down to stripe boundary size ({} extents)", extents.n, down.n)));
    return down;
  }
  draft.context.note(print(fmt::format("Rounding size {} up to stripe boundary size {}.",
                                       sized(draft.context, vg, extents), sized(draft.context, vg, up))));
  return up;
}

Result<> check_room(const Draft& draft, WantedExtents wanted, Extents extents, std::uint32_t stripes,
                    const std::vector<alloc::PvChoice>& choices) {
  const Vg& vg = draft.before();
  if (stripes > choices.size() &&
      effective_policy(vg, draft.vg.find_lv(draft.id)->allocation) != model::Allocation::anywhere)
    return fail(Code::refused, fmt::format("Number of stripes ({}) must not exceed number of physical volumes ({})",
                                           stripes, choices.size()));
  if (draft.free.total() < extents && !wanted.approximate)
    return fail(Code::no_space,
                fmt::format("Volume group \"{}\" has insufficient free space ({} extents): {} required.", vg.name,
                            draft.free.total().n, extents.n));
  return {};
}

Result<> place_stripes(Draft& draft, WantedExtents wanted, std::uint32_t stripes, Sectors stripe_size,
                       std::vector<alloc::PvChoice> choices) {
  Extents extents = round_to_stripes(draft, wanted, stripes, stripe_size);
  TRY(check_room(draft, wanted, extents, stripes, choices));
  GrowRequest grow{.extents = extents,
                   .stripes = stripes,
                   .stripe_size = stripe_size,
                   .approximate = wanted.approximate,
                   .choices = std::move(choices)};
  return grow_volume(draft.context, draft.before(), draft.free, grow, draft.lv());
}

Result<> place_stripes(Draft& draft) {
  std::uint32_t stripes = draft.request.stripes.value_or(1);
  Sectors stripe_size = TRY(choose_stripe_size(draft, stripes));
  std::vector<alloc::PvChoice> choices = TRY(choose_pvs(draft.context, draft.view, draft.request.pvs, draft.free));
  WantedExtents wanted = TRY(wanted_extents(draft, choices));
  return place_stripes(draft, wanted, stripes, stripe_size, std::move(choices));
}

bool comes_up(const Draft& draft) {
  const LvCreateRequest& request = draft.request;
  const Context& context = draft.context;
  const Lv& lv = *draft.vg.find_lv(draft.id);
  if (request.activation == Activation::no) return false;
  if (lv.flags.has(model::LvFlag::activation_skip) && !request.ignore_activation_skip) return false;
  if (request.activation == Activation::automatic &&
      !activate::auto_activates(context.config, context.world.host, draft.vg, lv))
    return false;
  return activate::permitted(context.config, context.world.host, draft.vg, lv) &&
         context.config.flag("global/activation");
}

Result<> check_can_come_up(const Draft& draft) {
  const world::World& world = draft.context.world;
  if (world.dm_available) return {};
  return fail(Code::unsupported,
              fmt::format("Cannot activate {}/{}: {} Use -an to create it without activating it.", draft.vg.name,
                          draft.vg.find_lv(draft.id)->name, world.dm_unavailable_reason));
}

Result<std::vector<step::Step>> activate_new(const Draft& draft, const Context& context, const Vg& vg, bool holds_data,
                                             activate::Options options) {
  const LvCreateRequest& request = draft.request;
  const Lv& lv = *vg.find_lv(draft.id);
  std::vector<step::Step> steps;
  bool zero = request.zero.value_or(true) && lv.writable() && holds_data;
  bool live = comes_up(draft);
  if (live) {
    TRY(check_can_come_up(draft));
    options.noscan = zero;
    append(steps, TRY(activate::activate(context.world, draft.view, vg, lv, context.config, options)));
    bool wipe = request.wipe_signatures.value_or(
        zero && context.config.flag("allocation/wipe_signatures_when_zeroing_new_lvs"));
    if (zero || wipe) {
      steps.emplace_back(step::Settle{});
      steps.emplace_back(step::WipeVolume{.vg = vg.name,
                                          .lv = lv.name,
                                          .uuid = activate::top_uuid(vg, lv),
                                          .wipe_signatures = wipe,
                                          .zero_length = zero ? kZeroLength : Bytes(),
                                          .assume_yes = request.yes});
    }
  }
  if (holds_data && (!zero || !live))
    steps.emplace_back(warn(fmt::format("WARNING: Logical volume {}/{} not zeroed.", vg.name, lv.name)));
  steps.emplace_back(step::Settle{});
  return steps;
}

Result<step::Plan> finish(Draft& draft, Stages& stages, bool holds_data, activate::Options options) {
  const Context& context = stages.context();
  std::vector<step::Step> behind = TRY(activate_new(draft, context, draft.vg, holds_data, options));
  std::string name = draft.lv().name;
  stages.add_revocable(std::move(draft.vg), {}, std::move(behind));
  stages.plan().stages.back().steps.emplace_back(print(fmt::format("Logical volume \"{}\" created.", name)));
  return stages.finish();
}

}  // namespace lvm::plan::create
