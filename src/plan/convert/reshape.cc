// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/reshape.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/usable.h"
#include "plan/convert/in_sync.h"
#include "plan/convert/levels.h"
#include "plan/convert/parts.h"
#include "plan/image_space.h"
#include "plan/images.h"
#include "segment/kind.h"

namespace lvm::plan::convert {
namespace {

using model::Lv;
using model::LvArea;
using model::LvFlag;
using model::Raid;
using model::RaidTypeRow;
using model::Vg;

// Where the kernel has the beginning of the data on each image: at their start, or behind the space.
Result<Sectors> data_offset(const Context& context, const Vg& vg, const Lv& lv, const dm::RaidStatus* status) {
  if (!status || !status->data_offset)
    return fail(Code::refused, fmt::format("Unable to determine the data offset of {}/{}.", vg.name, lv.name));
  Sectors at(*status->data_offset), space = vg.size_of(reshape_space(lv));
  if (at && at != space)
    return fail(Code::refused, fmt::format("{}/{} has its data at an offset of {} in its images, which is not the {} "
                                           "that they keep for reshaping.",
                                           vg.name, lv.name, context.size_text(at), context.size_text(space)));
  return at;
}

// The data at the start of each image: on the disks it stays where it is.
void put_data_in_front(Vg& vg, LvId id) {
  move_reshape_space_to_end(vg, id);
  vg.find_lv(id)->as<Raid>()->data_offset = 0;
}

struct Shape {
  const RaidTypeRow* type;
  Sectors stripe_size;
  std::uint32_t stripes;
  Sectors region_size;
};

std::uint32_t images_for(const Raid& raid, std::uint32_t stripes) { return stripes * raid.copies(); }

// One reshape, from the VG as it is to stages of the job.
class Reshape {
 public:
  Reshape(Job& job, const Shape& to) : job_(job), to_(to), vg_(job.vg()) {
    top().flags.clear(LvFlag::reshape);
    space_ = reshape_space(top());
  }

  // Finds out where the data is.
  Result<> look() {
    at_ = TRY(data_offset(job_.given, job_.vg(), job_.lv, raid_status(job_.stages.world(), job_.vg(), job_.lv)));
    return {};
  }

  // Another layout, stripe size, region size, or several of them.
  Result<> rearrange() {
    if (raid().row().kernel_name == to_.type->kernel_name && raid().stripe_size == to_.stripe_size &&
        raid().region_size == to_.region_size)
      return rename();
    TRY(provide_space());
    TRY(start());
    return settle();
  }

  Result<> add_stripes() {
    if (raid().row().mirrored && space_) TRY(give_space_up());
    std::uint32_t more = images_for(raid(), to_.stripes - raid().data_stripes());
    auto first = static_cast<std::uint32_t>(raid().areas.size());
    Extents length = vg_.find_lv(images_of(top()).front())->extents();
    Extents metadata_length = vg_.find_lv(raid().metadata.front())->extents();
    std::vector<NewImage> images = TRY(place_images(job_, vg_, first, more, length, metadata_length));
    auto [data, metadata] = TRY(add_cleared(job_, vg_, std::move(images)));
    for (std::size_t i = 0; i < data.size(); ++i) {
      raid().areas.emplace_back(LvArea{data[i], Extents()});
      raid().metadata.push_back(metadata[i]);
    }
    top().segments.front().count = length * raid().data_stripes();
    TRY(provide_space());
    set_reshape_space(vg_, job_.lv.id, space_);
    clear_rebuild(vg_, data);
    // The data moves towards the start of each image.
    if (!at_) move_reshape_space_to_front(vg_, job_.lv.id);
    flag(data, LvFlag::reshape_delta_disks_plus);
    TRY(start());
    return settle();
  }

  // The images stay until the kernel has moved everything off them.
  Result<> remove_stripes() {
    TRY(provide_space());
    if (at_) move_reshape_space_to_end(vg_, job_.lv.id);
    std::vector<LvId> images = images_of(top()), going;
    std::uint32_t less = raid().data_stripes() - to_.stripes;
    going.assign(images.end() - less, images.end());
    flag(going, LvFlag::reshape_delta_disks_minus);
    TRY(start());
    return settle();
  }

  Result<> take_freed_away(std::uint32_t freed) {
    Extents length = vg_.find_lv(images_of(top()).front())->extents();
    std::vector<LvId> leaving;
    for (std::uint32_t i = 0; i < freed; ++i) {
      for (LvId id : {raid().metadata.back(), images_of(top()).back()}) {
        leaving.push_back(id);
        extract(vg_, id);
      }
      raid().metadata.pop_back();
      raid().areas.pop_back();
    }
    top().segments.front().count = length * raid().data_stripes();
    job_.stages.add(TRY(let_go(job_, std::move(vg_), leaving)), {}, {});
    return {};
  }

  Result<> free_space() {
    TRY(give_space_up());
    TRY(commit());
    raid().data_offset.reset();
    return commit();
  }

 private:
  Lv& top() { return *vg_.find_lv(job_.lv.id); }
  Raid& raid() { return *top().as<Raid>(); }
  Sectors space() const { return vg_.size_of(space_); }
  Result<> commit() { return job_.stages.change(vg_, job_.lv.id); }

  void flag(const std::vector<LvId>& lvs, LvFlag flag) {
    for (LvId id : lvs) vg_.find_lv(id)->flags.set(flag);
  }

  // Space behind the data, in a stage of its own.
  Result<> provide_space() {
    Extents needed = reshape_space_needed(vg_, to_.stripe_size);
    if (space_ >= needed) return {};
    if (space_)
      return fail(Code::unsupported,
                  fmt::format("{} keeps {} on each image for reshaping, {} are needed: free it first with lvconvert "
                              "--stripes {}.",
                              job_.name(), job_.given.size_text(space()), job_.given.size_text(vg_.size_of(needed)),
                              job_.lv.as<Raid>()->data_stripes()));
    raid().stripe_size = to_.stripe_size;
    TRY(add_reshape_space(job_.stages.context(), vg_, job_.lv.id, needed));
    space_ = needed;
    return commit();
  }

  // The data comes to the front in a stage of its own; what follows has no space.
  Result<> give_space_up() {
    if (at_) {
      put_data_in_front(vg_, job_.lv.id);
      TRY(commit());
    }
    drop_reshape_space(vg_, job_.lv.id);
    space_ = Extents();
    at_ = Sectors();
    return {};
  }

  // The kernel begins when it is told the offset.
  Result<> start() {
    raid().type = to_.type->type;
    raid().stripe_size = to_.stripe_size;
    raid().region_size = to_.region_size;
    raid().data_offset = space().n;
    top().flags.set(LvFlag::reshape);
    top().flags.set(LvFlag::reshape_data_offset);
    return commit();
  }

  // It is told once: with the table that stays the kernel goes on from what its superblocks say.
  Result<> settle() {
    settle_reshape(vg_, job_.lv.id);
    return commit();
  }

  // Two words for one layout.
  Result<> rename() {
    raid().type = to_.type->type;
    top().flags.set(LvFlag::reshape);
    TRY(commit());
    return commit();
  }

  Job& job_;
  Shape to_;
  Vg vg_;
  Extents space_;
  Sectors at_;  // where the data begins on each image
};

std::string failed(const Job& job) { return fmt::format("Reshape request failed on LV {}.", job.name()); }

std::unexpected<Error> refuse(const Job& job, const std::string& why) {
  return fail(Code::refused, fmt::format("{}\n{}", why, failed(job)));
}

void ask(Job& job, std::string_view what) {
  job.ask(fmt::format("Are you sure you want to {} {} LV {}? [y/n]: ", what,
                      segment::type_name(job.lv.segments.front()), job.name()),
          fmt::format("Logical volume {} NOT converted.\n{}", job.name(), failed(job)));
}

Result<> check(const Job& job, const Shape& to, bool by_type) {
  const Raid& raid = *job.lv.as<Raid>();
  std::string invalid = fmt::format("Invalid conversion request on {}.", job.name());
  constexpr Sectors kLeastStripe{8};
  if (to.stripe_size < kLeastStripe || (to.stripe_size.n & (to.stripe_size.n - 1)) != 0)
    return fail(Code::refused, fmt::format("Invalid stripe size {}.", job.given.size_text(to.stripe_size)));
  if (to.stripe_size > to.region_size)
    return fail(Code::refused,
                fmt::format("Region size may not be smaller than stripe size on LV {}.\n{}", job.name(), invalid));
  if (by_type && to.stripes != raid.data_stripes() && to.type->kernel_name != raid.row().kernel_name)
    return fail(Code::refused, invalid);
  if (to.stripes == 0) return fail(Code::refused, invalid);
  if (raid.row().mirrored && to.stripes < raid.data_stripes())
    return fail(Code::refused, fmt::format("Can't remove stripes from raid10.\n{}", invalid));
  return {};
}

// The kernel reshapes complete sets only.
Result<> check_sync(Job& job) {
  std::string otherwise = fmt::format("Unable to convert {} while it is not in-sync.\n{}", job.name(), failed(job));
  TRY(job.needs_sync(otherwise));
  const dm::RaidStatus* status = raid_status(job.stages.world(), job.vg(), job.lv);
  if (status && status->health.find_first_of("D-") != std::string::npos) return fail(Code::refused, otherwise);
  return {};
}

// What becomes of the size, before anything is asked.
void announce_growth(Job& job, const Shape& to) {
  const Raid& raid = *job.lv.as<Raid>();
  Extents now = model::usable(job.lv.segments.front());
  Extents then = now / raid.data_stripes() * to.stripes;
  job.given.note(
      warn(fmt::format("WARNING: Adding stripes to active logical volume {} will grow it from {} to {} extents!",
                       job.name(), now.n, then.n)));
  job.given.note(
      print(fmt::format("Run \"lvresize -l{} {}\" to shrink it or use the additional capacity.", now.n, job.name())));
}

void announce_shrink(Job& job, const Shape& to) {
  const Raid& raid = *job.lv.as<Raid>();
  const Context& context = job.given;
  const Vg& vg = job.vg();
  Extents now = model::usable(job.lv.segments.front());
  Extents then = now / raid.data_stripes() * to.stripes;
  Extents keeping = now * raid.data_stripes() / to.stripes;
  context.note(
      warn(fmt::format("WARNING: Removing stripes from active logical volume {} will shrink it from {} to {}!",
                       job.name(), job.given.size_text(vg.size_of(now)), job.given.size_text(vg.size_of(then)))));
  context.note(warn("THIS MAY DESTROY (PARTS OF) YOUR DATA!"));
  if (!job.request.yes)
    context.note(
        warn(fmt::format("Interrupt the conversion and run \"lvresize -y -l{} {}\" to keep the current size "
                         "if not done already!",
                         keeping.n, job.name())));
  context.note(print(
      fmt::format("If that leaves the logical volume larger than {} extents due to stripe rounding,", keeping.n)));
  context.note(print("you may want to grow the content afterwards (filesystem etc.)"));
  context.note(
      warn(fmt::format("WARNING: to remove freed stripes after the conversion has finished, you have to run "
                       "\"lvconvert --stripes {} {}\"",
                       to.stripes, job.name())));
}

void announce_rearrangement(Job& job, const Shape& to) {
  const Raid& raid = *job.lv.as<Raid>();
  if (to.stripe_size != raid.stripe_size)
    job.given.note(
        print(fmt::format("Converting stripesize {} of {} LV {} to {}.", job.given.size_text(raid.stripe_size),
                          raid.row().name, job.name(), job.given.size_text(to.stripe_size))));
  if (to.type != &raid.row())
    job.given.note(print(
        fmt::format("Converting {} LV {} to {}.", with_alias(raid.row().name), job.name(), with_alias(to.type->name))));
}

Result<> carry_out(Job& job, const Shape& to) {
  const Raid& raid = *job.lv.as<Raid>();
  Reshape change(job, to);
  std::uint32_t freed = model::freed_images(job.vg(), raid), stripes = raid.data_stripes();
  if (freed != 0) {
    if (to.stripes + freed != stripes || to.type != &raid.row() || to.stripe_size != raid.stripe_size)
      return refuse(job, fmt::format("Device count is incorrect. Forgotten \"lvconvert --stripes {} {}\" to remove {} "
                                     "images after reshape?",
                                     stripes - freed, job.name(), freed));
    return change.take_freed_away(freed);
  }
  if (images_for(raid, to.stripes) + raid.row().parity > model::kMaxRaidImages)
    return refuse(job, fmt::format("Unable to handle raid arrays with more than {} devices.", model::kMaxRaidImages));
  if (raid.row().parity > 1 && to.stripes < raid.row().least_stripes)
    return refuse(job, to.stripes == 1 ? std::string("Too few stripes requested.")
                                       : fmt::format("Minimum {} stripes required for {} LV {}.",
                                                     raid.row().least_stripes, raid.row().name, job.name()));
  announce_rearrangement(job, to);
  TRY(change.look());
  if (to.stripes > stripes) {
    announce_growth(job, to);
    ask(job, fmt::format("add {} images to", images_for(raid, to.stripes - stripes)));
    return change.add_stripes();
  }
  if (to.stripes < stripes) {
    announce_shrink(job, to);
    if (!job.request.force) return refuse(job, "Can't remove stripes without --force option.");
    ask(job, fmt::format("remove {} images from", stripes - to.stripes));
    return change.remove_stripes();
  }
  if (to.type != &raid.row() || to.stripe_size != raid.stripe_size || to.region_size != raid.region_size) {
    ask(job, "convert");
    return change.rearrange();
  }
  job.given.note(print(fmt::format("No change in RAID LV {} layout, freeing reshape space.", job.name())));
  if (!reshape_space(job.lv))
    return refuse(job, fmt::format("LV {} does not have reshape space allocated.", job.name()));
  return change.free_space();
}

}  // namespace

bool can_reshape(const Raid& raid, const RaidTypeRow& type) {
  const RaidTypeRow& row = raid.row();
  if (row.parity == 0) return row.kernel_name == "raid10" && row.kernel_name == type.kernel_name;
  return row.parity == type.parity;
}

Result<> reshape(Job& job, const RaidTypeRow* type) {
  const Raid& raid = *job.lv.as<Raid>();
  Shape to{type ? type : &raid.row(), job.request.stripe_size.value_or(raid.stripe_size),
           job.request.stripes.value_or(raid.data_stripes()), job.request.region_size.value_or(raid.region_size)};
  if (!can_reshape(raid, *to.type))
    return fail(Code::unsupported, fmt::format("Reshaping {} LV {} is not possible yet: nothing was changed.",
                                               raid.row().name, job.name()));
  TRY(check(job, to, type != nullptr));
  if (std::uint32_t freed = model::freed_images(job.vg(), raid);
      freed == 0 || to.stripes + freed == raid.data_stripes())
    TRY(check_sync(job));
  return carry_out(job, to);
}

Result<step::Plan> reshape(const Context& context, const world::VgView& view, const Request& request,
                           const RaidTypeRow* type) {
  TRY(check_writable(context, view));
  Job job(context, view, request);
  if (!request.stripe_size && request.stripes != 1U) job.note_default_stripe_size();
  TRY(job.needs_active());
  TRY(reshape(job, type));
  job.say_converted();
  return job.stages.finish();
}

Result<std::optional<Vg>> with_data_in_front(const Context& context, const Vg& vg, LvId id,
                                             const dm::RaidStatus* status) {
  Sectors at = TRY(data_offset(context, vg, *vg.find_lv(id), status));
  if (!at) return std::nullopt;
  std::optional<Vg> out(vg);
  put_data_in_front(*out, id);
  return out;
}

}  // namespace lvm::plan::convert
