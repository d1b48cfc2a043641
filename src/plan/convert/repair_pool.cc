// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/repair_pool.h"

#include <fmt/format.h>

#include <utility>

#include "activate/activate.h"
#include "activate/foresee.h"
#include "activate/live.h"
#include "activate/naming.h"
#include "dm/types.h"
#include "model/relations.h"
#include "plan/pool_spare.h"

namespace lvm::plan::convert {
namespace {

using model::Lv;
using model::LvFlag;
using model::Vg;

class Repair {
 public:
  Repair(const Context& context, const world::VgView& view, const RepairPoolRequest& request)
      : stages_(context, view), request_(request), name_(fmt::format("{}/{}", view.vg->name, lv().name)) {}

  Result<step::Plan> run() {
    TRY(choose_pool());
    TRY(check_inactive());
    alloc::FreeMap free(vg());
    choices_ = TRY(choose_pvs(context(), stages_.view(), request_.pvs, free));
    TRY(provide(metadata().extents()));
    spare_ = find_spare(vg())->id;
    TRY(rewrite());
    if (request_.spare)
      TRY(add_another());
    else
      warn_of_no_spare(context());
    swap();
    return stages_.finish();
  }

 private:
  const Context& context() { return stages_.context(); }
  const Vg& vg() const { return stages_.vg(); }
  const Lv& lv() const { return *vg().find_lv(request_.lv); }
  const Lv& pool() const { return *vg().find_lv(pool_); }
  LvId metadata_id() const {
    return thin() ? pool().as<model::ThinPool>()->metadata : pool().as<model::CachePool>()->metadata;
  }
  const Lv& metadata() const { return *vg().find_lv(metadata_id()); }
  bool thin() const { return pool().as<model::ThinPool>() != nullptr; }

  // A cached volume stands for its pool.
  Result<> choose_pool() {
    pool_ = request_.lv;
    const auto* cache = lv().as<model::Cache>();
    if (!cache) return {};
    if (cache->volume)
      return fail(Code::unsupported, fmt::format("Manual repair required.\nThe metadata of {} lies on a cache volume, "
                                                 "for which there is no spare.",
                                                 name_));
    pool_ = cache->cache;
    return {};
  }

  Result<> check_inactive() {
    model::Relations relations(vg());
    auto refuse = [&] {
      return fail(Code::refused, thin() ? "Active pools cannot be repaired.  Use lvchange -an first."
                                        : "Only inactive cache can be repaired.");
    };
    std::uint32_t at = relations.position(pool_);
    if (thin() && stages_.world().find_live(activate::layer_uuid(vg(), pool(), "tpool"))) return refuse();
    if (activate::is_up(stages_.world(), vg(), pool())) return refuse();
    for (std::uint32_t user : relations.dependents(at))
      if (activate::is_up(stages_.world(), vg(), vg().lvs[user])) return refuse();
    for (const model::Relation& relation : relations.users(at))
      if (activate::is_up(stages_.world(), vg(), vg().lvs[relation.user])) return refuse();
    return {};
  }

  // A spare of that size, in a stage of its own when it is not there yet.
  Result<> provide(Extents extents) {
    Vg after = vg();
    TRY(provide_spare(context(), after, extents, choices_, context().world.host.name));
    if (after != vg()) stages_.add(std::move(after), {}, {});
    return {};
  }

  // The next repair needs one, too.
  Result<> add_another() {
    Vg after = vg();
    TRY(add_spare(context(), after, metadata().extents(), choices_, context().world.host.name));
    stages_.add(std::move(after), {}, {});
    return {};
  }

  // The program reads from the old metadata and writes to the spare: both are up for that time.
  Result<> rewrite() {
    const Lv& from = metadata();
    const Lv& to = *vg().find_lv(spare_);
    world::World up = stages_.world();
    std::vector<step::Step> steps, down;
    for (const Lv* part : {&from, &to}) {
      if (activate::is_up(up, vg(), *part)) continue;
      activate::Options options;
      options.temporary = true;
      auto brought = TRY(activate::activate(up, stages_.view(), vg(), *part, context().config, options));
      activate::foresee(up, brought);
      append(steps, std::move(brought));
      append(down, TRY(activate::deactivate(up, vg(), *part, context().config)));
    }
    steps.emplace_back(step::Settle{});
    steps.emplace_back(program(from, to));
    append(steps, std::move(down));
    steps.emplace_back(step::Settle{});
    stages_.add_steps(std::move(steps));
    return {};
  }

  step::RunProgram program(const Lv& from, const Lv& to) {
    step::RunProgram out;
    const config::Config& config = context().config;
    out.words = {thin() ? config.string("global/thin_repair_executable")
                        : config.string("global/cache_repair_executable")};
    for (std::string& word :
         thin() ? config.strings("global/thin_repair_options") : config.strings("global/cache_repair_options"))
      if (!word.empty()) out.words.push_back(std::move(word));
    auto path = [&](const Lv& part) { return "/dev/mapper/" + dm::device_name(vg().name, part.name); };
    out.words.insert(out.words.end(), {"-i", path(from), "-o", path(to)});
    return out;
  }

  // The pool's metadata gets the extents of the spare, which has the old ones then.
  void swap() {
    Vg after = vg();
    Lv& metadata = *after.find_lv(metadata_id());
    Lv& backup = *after.find_lv(spare_);
    std::swap(metadata.segments, backup.segments);
    for (std::uint32_t number = 0;; ++number) {
      std::string name = fmt::format("{}_meta{}", lv().name, number);
      if (after.find_lv(name)) continue;
      backup.name = std::move(name);
      break;
    }
    backup.flags.set(LvFlag::visible);
    std::string now = fmt::format("{}/{}", after.name, metadata.name);
    std::string kept = fmt::format("{}/{}", after.name, backup.name);
    // In texts each stands in the other's place.
    std::swap(metadata, backup);
    std::vector<step::Step> said;
    if (thin()) {
      said.emplace_back(
          warn(fmt::format("WARNING: LV {} holds a backup of the unrepaired metadata. Use lvremove when "
                           "no longer required.",
                           kept)));
      said.emplace_back(
          warn(fmt::format("WARNING: New metadata LV {} might use different PVs.  Move it with pvmove if "
                           "required.",
                           now)));
    } else {
      said.emplace_back(warn(fmt::format("WARNING: If everything works, remove {} volume.", kept)));
      said.emplace_back(warn(fmt::format("WARNING: Use pvmove command to move {} on the best fitting PV.", now)));
    }
    stages_.add(std::move(after), {}, std::move(said));
  }

  Stages stages_;
  const RepairPoolRequest& request_;
  std::string name_;
  LvId pool_, spare_;
  std::vector<alloc::PvChoice> choices_;
};

}  // namespace

Result<step::Plan> repair_pool(const Context& context, const world::VgView& view, const RepairPoolRequest& request) {
  TRY(check_writable(context, view));
  return Repair(context, view, request).run();
}

}  // namespace lvm::plan::convert
