// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/lv_resize.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "activate/components.h"
#include "activate/difference.h"
#include "activate/live.h"
#include "activate/naming.h"
#include "plan/convert/in_sync.h"
#include "plan/convert/reshape.h"
#include "plan/cow.h"
#include "plan/image_space.h"
#include "plan/pool_spare.h"
#include "plan/resize/kinds.h"
#include "plan/resize_parts.h"
#include "plan/stages.h"
#include "plan/thin_stages.h"
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

// Where a size is a share of the extents of PVs, what a raid or mirror has of them besides its images counts too.
Extents share(const Job& job, Extents physical) {
  if (job.request.size.sign != LvSize::Sign::none) return physical;
  const Lv& lv = *job.before().find_lv(job.id);
  Extents beside;
  if (const auto* raid = lv.as<model::Raid>())
    for (LvId metadata : raid->metadata) beside += job.before().find_lv(metadata)->extents();
  if (const auto* mirror = lv.as<model::Mirror>(); mirror && mirror->log)
    beside += job.before().find_lv(mirror->log)->extents();
  return physical - std::min(physical, beside);
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
        context.note(print(fmt::format("Rounding size to boundary between physical extents: {}.",
                                       context.size_text(vg.size_of(extents)))));
      return extents;
    }
    case LvSize::Unit::percent_vg: {
      Extents wanted = kind.logical(lv, share(job, percent_of(total, size.value, up)));
      if (!kind.of_free_extents) return wanted;
      Extents most = kind.logical(lv, free.total()) + (size.sign == LvSize::Sign::none ? lv.extents() : Extents());
      if (up && wanted > most) {
        context.note(print(fmt::format("Reducing {}%VG to remaining free space {} in VG.", size.value,
                                       context.size_text(vg.size_of(most)))));
        return most;
      }
      return wanted;
    }
    case LvSize::Unit::percent_free: return kind.logical(lv, share(job, percent_of(free.total(), size.value, up)));
    case LvSize::Unit::percent_lv: return percent_of(lv.extents(), size.value, up);
    case LvSize::Unit::percent_pvs: {
      if (job.request.pvs.empty()) return kind.logical(lv, share(job, percent_of(total, size.value, up)));
      std::vector<alloc::PvChoice> choices = TRY(choose_pvs(context, job.view, job.request.pvs, free));
      return kind.logical(lv, share(job, percent_of(free_of(vg, free, choices), size.value, up)));
    }
    case LvSize::Unit::percent_origin: {
      model::Relations relations(vg);
      const Lv* origin = origin_of_store(relations, lv);
      if (!origin) return fail(Code::refused, "Specified LV does not have an origin LV.");
      return percent_of(origin->extents(), size.value, up);
    }
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
  const world::LiveDevice* live = activate::own_device(context.world, vg, lv);
  if (!live) return;
  plan.notes.push_back(
      warn(fmt::format("WARNING: Reducing active {}logical volume to {}.", live->info.open_count > 0 ? "and open " : "",
                       context.size_text(vg.size_of(wanted)))));
  plan.notes.push_back(warn("THIS MAY DESTROY YOUR DATA (filesystem etc.)"));
  if (force) return;
  plan.questions.push_back({fmt::format("Do you really want to reduce {}/{}? [y/n]: ", vg.name, lv.name),
                            fmt::format("Logical volume {}/{} NOT reduced.", vg.name, lv.name)});
}

// One LV of the volume changes its size, in a stage of its own.
class PartResize {
 public:
  PartResize(Stages& stages, LvResizeRequest request, const LvSize& size, LvId part)
      : stages_(stages), request_(std::move(request)), view_(stages.view()), part_(part) {
    request_.size = size;
    view_.vg = std::make_shared<const Vg>(stages.vg());
    relations_.emplace(*view_.vg);
  }

  // `last`: nothing follows, the volume is reported as resized.
  Result<> run(const Lv& named, bool last) {
    const resize::Kind* kind = resize::find_kind(lv());
    if (!kind)
      return fail(Code::unsupported, fmt::format("Resizing {}/{} is not possible yet: volumes of type {} cannot be.",
                                                 vg().name, lv().name, segment::type_name(lv().segments.front())));
    TRY(give_up_reshape_space());
    Job job{stages_.context(), view_, request_, vg(), part_, alloc::FreeMap(vg()), {}};
    TRY(kind->check(job));
    Extents size = TRY(amount(job, *kind));
    if (kind->round_amount) size = kind->round_amount(job, size);
    Extents asked = TRY(new_extents(lv(), vg(), request_.size.sign, size));
    TRY(check_part(*relations_, named, lv(), asked < lv().extents()));
    asked = by_a_slab(asked);
    Extents wanted = TRY(resize_of_snapshots(stages_.context(), *relations_, top(), asked));
    if (wanted != asked && wanted == lv().extents()) return unchanged();
    if (wanted > lv().extents()) {
      TRY(resize::check_direction(request_, lv().extents(), wanted));
      Result<> larger = kind->grow(job, wanted);
      // A percentage takes what it can get, and that may be nothing.
      if (!larger && larger.error().code() == Code::no_space && request_.size.percent() && !request_.pvs.empty())
        return unchanged();
      TRY(std::move(larger));
    } else {
      TRY(shorten(job, *kind, wanted));
    }
    return commit(job, last);
  }

 private:
  const Vg& vg() const { return *view_.vg; }
  const Lv& lv() const { return *vg().find_lv(part_); }
  const Lv& top() const { return vg().lvs[relations_->top(relations_->position(part_))]; }
  const Lv& face() const { return face_of_part(*relations_, part_); }
  const Lv* pool_of_metadata() const {
    const model::Relation* up = relations_->part_of(relations_->position(part_));
    return up && up->role == model::Role::thin_pool_metadata ? &vg().lvs[up->user] : nullptr;
  }

  // A raid that keeps space for reshaping is resized without it: where the data lies behind it, the data comes first in
  // a stage of its own.
  Result<> give_up_reshape_space() {
    if (!lv().as<model::Raid>() || !reshape_space(lv())) return {};
    const dm::RaidStatus* status = request_.raid_status ? &*request_.raid_status : nullptr;
    if (!status || !convert::in_sync(vg(), lv(), *status))
      return fail(Code::refused, fmt::format("Can't resize reshaping LV {}/{}.", vg().name, lv().name));
    data_in_front_ = TRY(convert::with_data_in_front(stages_.context(), vg(), part_, status));
    Vg without = data_in_front_.value_or(vg());
    drop_reshape_space(without, part_);
    without.find_lv(part_)->flags.clear(model::LvFlag::reshape);
    without.find_lv(part_)->flags.clear(model::LvFlag::reshape_data_offset);
    view_.vg = std::make_shared<const Vg>(std::move(without));
    relations_.emplace(*view_.vg);
    return {};
  }

  // What a VDO pool cannot use is not added.
  Extents by_a_slab(Extents asked) {
    Extents now = lv().extents(), least = least_growth(*relations_, lv());
    if (asked <= now || asked - now >= least) return asked;
    stages_.context().note(print(fmt::format("Increasing incremention size from {} to {} to fit new VDO slab.",
                                             stages_.context().size_text(vg().size_of(asked - now)),
                                             stages_.context().size_text(vg().size_of(least)))));
    return now + least;
  }

  Result<> shorten(Job& job, const resize::Kind& kind, Extents wanted) {
    if (request_.stripes || request_.stripe_size)
      job.context.note(print("Ignoring stripes, stripesize and mirrors arguments when reducing."));
    TRY(resize::check_direction(request_, lv().extents(), wanted));
    if (kind.check_shrink) TRY(kind.check_shrink(job));
    wanted = kind.round_reduced ? kind.round_reduced(job, wanted) : wanted;
    TRY(resize::check_direction(request_, lv().extents(), wanted));
    // The end of a file system that is resized or looked at is minded.
    if (!request_.file_system) ask_reduce(job.context, vg(), face(), wanted, request_.force, stages_.plan());
    if (kind.before_shrink) let_go_ = kind.before_shrink(job, wanted);
    kind.shrink(job, wanted);
    return {};
  }

  std::string resized() const {
    return fmt::format("Logical volume {}/{} successfully resized.", vg().name,
                       pool_of_metadata() ? lv().name : face().name);
  }

  Result<> unchanged() {
    stages_.plan().notes.push_back(print(fmt::format("Size of logical volume {}/{} unchanged from {}.", vg().name,
                                                     lv().name, sized(stages_.context(), vg(), lv().extents()))));
    stages_.plan().notes.push_back(print(resized()));
    return {};
  }

  // The target looks at the size of its metadata when it is resumed with a table.
  Result<> reload_pool(const Vg& after, std::vector<step::Step>& behind) {
    const Lv* pool = pool_of_metadata();
    std::string uuid = pool ? activate::layer_uuid(vg(), *pool, "tpool") : std::string();
    if (!pool || !stages_.world().find_live(uuid)) return {};
    auto wanted =
        TRY(activate::wanted(stages_.world(), view_, after, *after.find_lv(pool->id), stages_.context().config, {}));
    for (const activate::WantedDevice& device : wanted) {
      if (device.uuid != uuid) continue;
      behind.push_back(activate::load_step(device));
      behind.emplace_back(step::Suspend{device.uuid, device.name, {.flush = false, .freeze = false}});
      behind.push_back(activate::resume_step(device));
    }
    return {};
  }

  Result<> commit(Job& job, bool last) {
    if (data_in_front_) TRY(stages_.change(std::move(*data_in_front_), top().id));
    const Context& context = stages_.context();
    Vg after = std::move(job.vg);
    Extents now = after.find_lv(part_)->extents();
    spread_size(after, part_);
    if (pool_of_metadata() && find_spare(after))
      TRY(provide_spare(context, after, now, alloc::allocatable(after), context.world.host.name));
    LvId changed = top().id;
    auto change = TRY(activate::change_together(stages_.world(), view_, vg(), after, std::span(&changed, 1),
                                                context.config, job.options));
    std::vector<step::Step> behind = std::move(change.after);
    TRY(reload_pool(after, behind));
    const bool live = !behind.empty();
    behind.emplace_back(step::Settle{});
    behind.emplace_back(
        print(fmt::format("Size of logical volume {}/{} changed from {} to {}.", vg().name, lv().name,
                          sized(stages_.context(), vg(), lv().extents()), sized(stages_.context(), vg(), now))));
    if (last) {
      say_overprovisioning(after, behind);
      behind.emplace_back(print(resized()));
    }
    FileSystemSteps content;
    if (request_.file_system && last) {
      std::string name = fmt::format("{}/{}", vg().name, face().name);
      content = TRY(resize_file_system(context, name, to_bytes(vg().size_of(lv().extents())),
                                       to_bytes(vg().size_of(now)), *request_.file_system));
      for (step::Question& question : content.questions) stages_.plan().questions.push_back(std::move(question));
    }
    append(content.before, std::move(let_go_));
    if (!content.before.empty()) stages_.add_steps(std::move(content.before));
    stages_.add(std::move(after), std::move(change.before), std::move(behind));
    if (live) add_way_back();
    if (!content.behind.empty()) stages_.add_steps(std::move(content.behind));
    return {};
  }

  // When the kernel refuses the new table, the VG is as it was before this part changed.
  void add_way_back() {
    step::Stage& stage = stages_.plan().stages.back();
    stage.undo.push_back(metadata_stage(stage.after, Vg(*stage.before)));
  }

  // Said behind the change, as the reference does.
  void say_overprovisioning(const Vg& after, std::vector<step::Step>& behind) {
    const auto* thin = lv().as<model::Thin>();
    if (!thin && !face().as<model::ThinPool>() && !pool_of_metadata()) return;
    std::vector<step::Say> notes;
    const Context& context = stages_.context();
    Context noting{context.world, context.config, context.now, context.new_uuid, &notes};
    warn_of_overprovisioning(noting, after, thin ? thin->pool : pool_of_metadata() ? LvId() : face().id);
    for (step::Say& note : notes) behind.emplace_back(std::move(note));
  }

  Stages& stages_;
  LvResizeRequest request_;
  world::VgView view_;  // as the stages before leave it
  LvId part_;
  std::optional<model::Relations> relations_;
  std::optional<Vg> data_in_front_;
  std::vector<step::Step> let_go_;  // of what is cut off
};

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
  if (activate::component_up(context.world, model::Relations(vg), lv))
    return fail(Code::busy,
                fmt::format("Cannot resize logical volume {}/{} with active component LV(s).", vg.name, lv.name));
  Stages stages(context, view);
  if (request.pool_metadata) {
    LvId metadata = pool_metadata(lv);
    if (!metadata)
      return fail(Code::refused,
                  fmt::format("Logical volume {}/{} is no pool: it has no metadata to extend.", vg.name, lv.name));
    TRY(PartResize(stages, request, *request.pool_metadata, metadata).run(lv, request.only_metadata));
  }
  if (!request.only_metadata) TRY(PartResize(stages, request, request.size, resized_part(vg, lv.id)).run(lv, true));
  return stages.finish();
}

}  // namespace lvm::plan
