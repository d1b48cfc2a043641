// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/lv_create.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "activate/volume_list.h"
#include "model/names.h"
#include "plan/lv_segments.h"

namespace lvm::plan {
namespace {

using model::Lv;
using model::Vg;

constexpr Sectors kDefaultStripeSize{128};
constexpr Sectors kSmallestStripe{8};
constexpr Bytes kZeroLength{4096};

// The stripe size to use: the user's, the configured default, at most one extent.
Result<Sectors> choose_stripe_size(const Context& context, const Vg& vg, const LvCreateRequest& request) {
  if (request.stripes == 1) {
    if (request.stripe_size) context.note(print("Ignoring stripesize argument with single stripe."));
    return Sectors();
  }
  Sectors size = request.stripe_size.value_or(
      Sectors(static_cast<std::uint64_t>(context.config.integer("metadata/stripesize")) * 2));
  if (!request.stripe_size) context.note(print(fmt::format("Using default stripesize {}.", display_size(size))));
  if (!is_power_of_two(size.n) || size < kSmallestStripe)
    return fail(Code::usage, fmt::format("Invalid stripe size {}.", display_size(size)));
  if (size > vg.extent_size) {
    context.note(print(fmt::format("Reducing requested stripe size {} to maximum, physical extent size {}.",
                                   display_size(size), display_size(vg.extent_size))));
    size = vg.extent_size;
  }
  return size;
}

struct WantedExtents {
  Extents extents;
  bool approximate = false;
};

// -l and -L to extents, before stripes are considered.
Result<WantedExtents> wanted_extents(const Context& context, const Vg& vg, const LvCreateRequest& request,
                                     const alloc::FreeMap& free, const std::vector<alloc::PvChoice>& choices) {
  const LvSize& size = request.size;
  WantedExtents out{Extents(size.value), size.percent()};
  Extents total;
  for (const model::Pv& pv : vg.pvs) total += pv.pe_count;
  Extents all_free = free.total();
  switch (size.unit) {
    case LvSize::Unit::bytes: {
      out.extents = TRY(extents_of_bytes(context, vg, Bytes(size.value)));
      return out;
    }
    case LvSize::Unit::extents: break;
    case LvSize::Unit::percent_vg:
      out.extents = Extents(total.n * size.value / 100);
      if (out.extents > all_free) {
        context.note(print(fmt::format("Reducing {}%VG to remaining free space {} in VG.", size.value,
                                       display_size(vg.size_of(all_free)))));
        out.extents = all_free;
      }
      break;
    case LvSize::Unit::percent_free: out.extents = Extents(all_free.n * size.value / 100); break;
    case LvSize::Unit::percent_pvs:
      out.extents = request.pvs.empty() ? Extents(total.n * size.value / 100)
                                        : Extents(free_of(vg, free, choices).n * size.value / 100);
      break;
    case LvSize::Unit::percent_lv: return fail(Code::refused, "Please express size as %FREE, %PVS or %VG.");
    case LvSize::Unit::percent_origin:
      return fail(Code::refused, "Please express size as %FREE, %PVS or %VG: %ORIGIN is for snapshots.");
  }
  if (out.extents.n == 0)
    return fail(Code::refused, "Calculated size of logical volume is 0 extents. Needs to be larger.");
  return out;
}

// Striped volumes hold whole stripes: upwards, or down when a percentage leaves no room.
Extents round_to_stripes(const Context& context, const Vg& vg, Extents extents, std::uint32_t stripes,
                         Sectors stripe_size, bool approximate, Extents free) {
  std::uint64_t rest = extents.n % stripes;
  if (rest == 0) return extents;
  Extents up(extents.n - rest + stripes);
  if (approximate && up > free) {
    std::uint64_t multiple = stripes * std::max<std::uint64_t>(1, stripe_size / vg.extent_size);
    Extents down(round_down(extents.n, multiple));
    context.note(
        print(fmt::format("Rounding size ({} extents) down to stripe boundary size ({} extents)", extents.n, down.n)));
    return down;
  }
  context.note(
      print(fmt::format("Rounding size {} up to stripe boundary size {}.", sized(vg, extents), sized(vg, up))));
  return up;
}

Result<std::string> choose_name(const Vg& vg, const LvCreateRequest& request) {
  if (request.name.empty()) return model::next_lv_name(vg);
  if (vg.find_lv(request.name))
    return fail(Code::exists,
                fmt::format("Logical Volume \"{}\" already exists in volume group \"{}\"", request.name, vg.name));
  return request.name;
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

// Places the volume's extents and appends the segments.
Result<> place(const Context& context, const world::VgView& view, const LvCreateRequest& request, Lv& lv) {
  const Vg& vg = *view.vg;
  alloc::FreeMap free(vg);
  bool owns_extents = request.type != "error" && request.type != "zero";
  Sectors stripe_size = TRY(choose_stripe_size(context, vg, request));
  std::vector<alloc::PvChoice> choices = TRY(choose_pvs(context, view, request.pvs, free));
  WantedExtents wanted = TRY(wanted_extents(context, vg, request, free, choices));
  if (!owns_extents) {
    lv.segments.push_back({Extents(), wanted.extents, {}, {}, {}});
    if (request.type == "error")
      lv.segments.back().body = model::ErrorSegment{};
    else
      lv.segments.back().body = model::ZeroSegment{};
    return {};
  }
  Extents extents =
      round_to_stripes(context, vg, wanted.extents, request.stripes, stripe_size, wanted.approximate, free.total());
  if (request.stripes > choices.size() && effective_policy(vg, lv.allocation) != model::Allocation::anywhere)
    return fail(Code::refused, fmt::format("Number of stripes ({}) must not exceed number of physical volumes ({})",
                                           request.stripes, choices.size()));
  if (free.total() < extents && !wanted.approximate)
    return fail(Code::no_space,
                fmt::format("Volume group \"{}\" has insufficient free space ({} extents): {} required.", vg.name,
                            free.total().n, extents.n));
  GrowRequest grow{.extents = extents,
                   .stripes = request.stripes,
                   .stripe_size = stripe_size,
                   .approximate = wanted.approximate,
                   .choices = std::move(choices)};
  return grow_volume(context, vg, free, grow, lv);
}

// Behind the commit: the volume comes up and is made safe to use.
Result<std::vector<step::Step>> activate_new(const Context& context, const world::VgView& view, const Vg& vg,
                                             const Lv& lv, const LvCreateRequest& request) {
  std::vector<step::Step> steps;
  bool wanted = request.activation != Activation::no &&
                !(lv.flags.has(model::LvFlag::activation_skip) && !request.ignore_activation_skip);
  if (wanted && request.activation == Activation::automatic)
    wanted = activate::auto_activates(context.config, context.world.host, vg, lv);
  if (wanted) wanted = activate::permitted(context.config, context.world.host, vg, lv);
  bool holds_data = !std::holds_alternative<model::ErrorSegment>(lv.segments.front().body) &&
                    !std::holds_alternative<model::ZeroSegment>(lv.segments.front().body);
  bool zero = request.zero.value_or(true) && lv.writable() && holds_data;
  bool live = wanted && context.config.flag("global/activation");
  if (live && !context.world.dm_available)
    return fail(Code::unsupported, fmt::format("Cannot activate {}/{}: {} Use -an to create it without activating it.",
                                               vg.name, lv.name, context.world.dm_unavailable_reason));
  if (live) {
    activate::Options options;
    options.noscan = zero;
    append(steps, TRY(activate::activate(context.world, view, vg, lv, context.config, options)));
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

}  // namespace

Result<> check_request(const LvCreateRequest& request) {
  if (request.name.empty()) return {};
  return model::check_new_lv_name(request.name);
}

Result<step::Plan> lv_create(const Context& context, const world::VgView& view, const LvCreateRequest& request) {
  TRY(check_writable(context, view));
  const Vg& vg = *view.vg;
  Lv lv;
  lv.name = TRY(choose_name(vg, request));
  lv.id = LvId{context.new_uuid()};
  lv.flags = {model::LvFlag::read, model::LvFlag::write, model::LvFlag::visible};
  lv.creation_time = context.now;
  lv.creation_host = request.creation_host;
  TRY(check_limits(vg, lv));
  TRY(apply_attributes(context, request.attributes, lv));
  TRY(place(context, view, request, lv));

  Vg after = vg;
  after.lvs.push_back(lv);
  std::vector<step::Step> behind = TRY(activate_new(context, view, after, lv, request));
  step::Stage stage = metadata_stage(view.vg, std::move(after), {}, std::move(behind));
  stage.steps.emplace_back(print(fmt::format("Logical volume \"{}\" created.", lv.name)));

  // If the volume cannot be brought up, the VG goes back to what it was.
  Vg without = vg;
  without.seqno = stage.after->seqno;
  stage.undo.push_back(metadata_stage(stage.after, std::move(without)));
  step::Plan plan;
  plan.stages.push_back(std::move(stage));
  return plan;
}

Result<> apply_attributes(const Context& context, const LvAttributes& attributes, model::Lv& lv) {
  using model::LvFlag;
  if (attributes.writable) lv.flags.set(LvFlag::write, *attributes.writable);
  if (attributes.allocation) lv.allocation = *attributes.allocation;
  if (attributes.read_ahead) {
    std::int64_t value = *attributes.read_ahead;
    auto page = static_cast<std::int64_t>(context.world.host.page_size / kSectorSize);
    if (value > 0 && value % page != 0) {
      value = static_cast<std::int64_t>(round_up(static_cast<std::uint64_t>(value), static_cast<std::uint64_t>(page)));
      context.note(warn(
          fmt::format("WARNING: Overriding readahead to {} sectors, a multiple of {}K page size.", value, page / 2)));
    }
    lv.read_ahead = value;
  }
  if (attributes.persistent) {
    if (*attributes.persistent && !attributes.minor)
      return fail(Code::refused, "Please specify minor number with --minor when using -My.");
    lv.flags.set(LvFlag::fixed_minor, *attributes.persistent);
    lv.minor = *attributes.persistent ? *attributes.minor : -1;
    lv.major = *attributes.persistent ? attributes.major.value_or(-1) : -1;
  }
  if (attributes.activation_skip) lv.flags.set(LvFlag::activation_skip, *attributes.activation_skip);
  if (attributes.autoactivation) lv.flags.set(LvFlag::no_autoactivate, !*attributes.autoactivation);
  if (attributes.profile) lv.profile = *attributes.profile;
  for (const std::string& tag : attributes.add_tags) {
    if (!model::is_valid_tag(tag)) return fail(Code::usage, fmt::format("Tag \"{}\" is invalid.", tag));
    if (std::find(lv.tags.begin(), lv.tags.end(), tag) == lv.tags.end()) lv.tags.push_back(tag);
  }
  for (const std::string& tag : attributes.delete_tags) std::erase(lv.tags, tag);
  return {};
}

}  // namespace lvm::plan
