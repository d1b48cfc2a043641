// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/thin_stages.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "activate/difference.h"
#include "activate/foresee.h"
#include "activate/live.h"
#include "activate/naming.h"
#include "alloc/alloc.h"
#include "model/autoextend.h"
#include "plan/thin_messages.h"

namespace lvm::plan {
namespace {

using model::Lv;
using model::Vg;

// The origin's devices from its top down to the thin device, which must all rest while it is copied.
struct Rest {
  std::vector<step::Step> suspend, resume;
};
Result<Rest> rest(Stages& stages, const Vg& vg, LvId id) {
  Rest out;
  const Lv* lv = id ? vg.find_lv(id) : nullptr;
  if (!lv || !activate::is_up(stages.world(), vg, *lv)) return out;
  auto devices =
      TRY(activate::wanted(stages.world(), stages.view(), vg, *lv, stages.context().config, activate::Options{}));
  for (const activate::WantedDevice& device : devices) {
    bool own = device.uuid == activate::top_uuid(vg, *lv) || device.uuid == activate::layer_uuid(vg, *lv, "real");
    const world::LiveDevice* live = own ? stages.world().find_live(device.uuid) : nullptr;
    if (!live) continue;
    out.suspend.insert(out.suspend.begin(), step::Suspend{device.uuid, live->info.name, {}});
    out.resume.push_back(activate::resume_step(device));
  }
  return out;
}

// Behind the commit: the pool is up and hears what is queued.
Result<std::vector<step::Step>> tell(Stages& stages, const Vg& after, const ThinChange& change,
                                     const std::vector<step::Step>& before) {
  world::World world = stages.world();
  activate::foresee(world, before);
  activate::Options quiet;
  quiet.messages = false;
  std::vector<step::Step> steps =
      TRY(activate::activate(world, stages.view(), after, *after.find_lv(change.pool), stages.context().config, quiet));
  if (!steps.empty()) steps.emplace_back(step::Settle{});
  Rest origin = TRY(rest(stages, after, change.origin));
  step::PoolMessages messages = TRY(activate::pool_messages(world, after, *after.find_lv(change.pool)));
  append(steps, std::move(origin.suspend));
  steps.emplace_back(std::move(messages));
  append(steps, std::move(origin.resume));
  return steps;
}

// What takes a volume out again that the pool has been told of.
Result<std::vector<step::Stage>> take_out(const model::VgPtr& with, const ThinChange& change) {
  Vg without = *with;
  const auto* thin = with->find_lv(change.made)->as<model::Thin>();
  queue_thin_message(*without.find_lv(change.pool), {{}, thin->device_id});
  std::erase_if(without.lvs, [&](const Lv& lv) { return lv.id == change.made; });
  step::PoolMessages messages = TRY(activate::pool_messages(world::World{}, without, *without.find_lv(change.pool)));
  std::vector<step::Stage> out;
  out.push_back(metadata_stage(with, without, {}, {step::Step(std::move(messages))}));
  Vg done = *out.back().after;
  done.find_lv(change.pool)->as<model::ThinPool>()->messages.clear();
  out.push_back(metadata_stage(out.back().after, std::move(done)));
  return out;
}

struct Sum {
  Sectors thin, pools;
  std::size_t count = 0;
};
Sum sum_of(const Vg& vg, LvId only) {
  Sum sum;
  for (const Lv& lv : vg.lvs) {
    const auto* thin = lv.as<model::Thin>();
    if (thin && (!only || thin->pool == only)) sum.thin += vg.size_of(lv.extents());
    if (!lv.as<model::ThinPool>() || (only && lv.id != only)) continue;
    sum.pools += vg.size_of(lv.extents());
    ++sum.count;
  }
  return sum;
}

}  // namespace

Result<> add_thin_stages(Stages& stages, Vg after, const ThinChange& change, std::vector<step::Step> between,
                         std::vector<step::Step> behind) {
  Vg old = stages.vg();
  const Lv* old_pool = old.find_lv(change.pool);
  bool pool_was_up = old_pool && activate::is_up(stages.world(), old, *old_pool);
  std::vector<step::Step> earlier = between;
  append(earlier, behind);
  auto told = TRY(tell(stages, after, change, earlier));
  append(behind, std::move(told));
  // What the kernel may have deleted does not come back: then there is no way but on.
  const bool deletes = std::ranges::any_of(after.find_lv(change.pool)->as<model::ThinPool>()->messages,
                                           [](const model::ThinMessage& message) { return !message.create; });
  stages.add(std::move(after), std::move(between), std::move(behind));
  step::Stage& first = stages.plan().stages.back();
  if (!deletes) first.undo.push_back(metadata_stage(first.after, std::move(old)));

  Vg done = stages.vg();
  done.find_lv(change.pool)->as<model::ThinPool>()->messages.clear();
  const config::Config& config = stages.context().config;
  std::vector<step::Step> last;
  if (change.up)
    last = TRY(activate::activate(stages.world(), stages.view(), done, *done.find_lv(change.up), config, {}));
  if (!pool_was_up) {
    world::World up = stages.world();
    activate::foresee(up, last);
    append(last, TRY(activate::deactivate(up, done, *done.find_lv(change.pool), config)));
  }
  if (!last.empty()) last.emplace_back(step::Settle{});
  if (!change.report.empty()) last.emplace_back(print(change.report));
  stages.add(std::move(done), {}, std::move(last));
  if (change.made) {
    step::Stage& second = stages.plan().stages.back();
    second.undo = TRY(take_out(second.after, change));
  }
  return {};
}

Result<std::uint32_t> next_thin_id(const Vg& vg, LvId pool) {
  std::uint32_t highest = 0;
  for (const Lv& lv : vg.lvs) {
    const auto* thin = lv.as<model::Thin>();
    if (thin && thin->pool == pool) highest = std::max(highest, thin->device_id);
  }
  // An id whose removal is still queued is not free yet.
  for (const model::ThinMessage& message : vg.find_lv(pool)->as<model::ThinPool>()->messages)
    highest = std::max(highest, message.remove_id);
  if (highest < model::kMaxThinDeviceId) return highest + 1;
  return fail(Code::no_space, fmt::format("Cannot find free device_id in thin pool {}/{}: all of 1 to {} were used.",
                                          vg.name, vg.find_lv(pool)->name, model::kMaxThinDeviceId));
}

void warn_of_overprovisioning(const Context& context, const Vg& vg, LvId pool) {
  if (pool) {
    Sum own = sum_of(vg, pool);
    if (own.thin <= own.pools) return;
  }
  Sum all = sum_of(vg, {});
  alloc::FreeMap free(vg);
  Extents extents;
  for (const model::Pv& pv : vg.pvs) extents += pv.pe_count;
  Sectors vg_size = vg.size_of(extents), vg_free = vg.size_of(free.total());
  auto state = model::overprovisioning({all.thin, all.pools, vg_free, vg_size});
  if (state == model::Overprovisioning::none) return;
  std::string pools = pool && all.count == 1 ? fmt::format("thin pool {}/{}", vg.name, vg.find_lv(pool)->name)
                                             : std::string("thin pools");
  std::string limit = context.size_text(all.pools);
  if (state == model::Overprovisioning::beyond_vg) {
    pools += " and the size of whole volume group";
    limit = context.size_text(vg_size);
  } else if (state == model::Overprovisioning::beyond_free && vg_free) {
    pools += " and the amount of free space in volume group";
    limit = context.size_text(vg_free);
  } else if (!vg_free) {
    limit = "no free space in volume group";
  }
  context.note(warn(fmt::format("WARNING: Sum of all thin volume sizes ({}) exceeds the size of {} ({}).",
                                context.size_text(all.thin), pools, limit)));
  if (context.config.integer("activation/thin_pool_autoextend_threshold") < 100) return;
  context.note(print("WARNING: You have not turned on protection against thin pools running out of space."));
  context.note(
      print("WARNING: Set activation/thin_pool_autoextend_threshold below 100 to trigger automatic extension of thin "
            "pools before they get full."));
}

}  // namespace lvm::plan
