// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/pool.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "activate/live.h"
#include "model/relations.h"
#include "plan/cache_attach.h"
#include "plan/layers.h"
#include "plan/lv_segments.h"
#include "plan/new_lv.h"
#include "plan/pool_sizes.h"
#include "plan/pool_spare.h"
#include "plan/thin_pool_options.h"
#include "plan/wipe_alone.h"

namespace lvm::plan::convert {
namespace {

using model::Lv;
using model::LvFlag;
using model::Vg;

constexpr Bytes kWipedHead{4096};

struct PoolKind {
  std::string_view name;  // "thin pool"
  model::Role data, metadata;
  Result<PoolSizes> (*sizes)(const Context& context, const Vg& vg, Extents data, const PoolOptions& options);
};
constexpr PoolKind kThin = {"thin pool", model::Role::thin_pool_data, model::Role::thin_pool_metadata, thin_pool_sizes};
constexpr PoolKind kCache = {"cache pool", model::Role::cache_pool_data, model::Role::cache_pool_metadata,
                             cache_pool_sizes};

// The steps of one conversion, over the stages.
class Conversion {
 public:
  Conversion(Stages& stages, const PoolRequest& request, const PoolKind& kind)
      : stages_(stages), request_(request), kind_(kind), data_(request.data) {}

  Result<LvId> run() {
    TRY(choose_sizes());
    ask();
    const Lv& data = *stages_.vg().find_lv(data_);
    was_up_ = activate::is_up(stages_.world(), stages_.vg(), data);
    name_ = data.name;
    TRY(provide_metadata());
    TRY(take_down(metadata_));
    TRY(take_down(data_));
    return commit();
  }

  std::string report() const { return fmt::format("Converted {} to {}.", what_, kind_.name); }

 private:
  const Context& context() { return stages_.context(); }
  std::string full_name(const Lv& lv) const { return fmt::format("{}/{}", stages_.vg().name, lv.name); }

  Result<const Lv*> usable(const Lv* lv, std::string_view name) {
    const Vg& vg = stages_.vg();
    if (!lv) return fail(Code::not_found, fmt::format("Failed to find logical volume \"{}/{}\"", vg.name, name));
    model::Relations relations(vg);
    bool plain =
        lv->visible() && (lv->as<model::Striped>() || lv->as<model::Raid>() || lv->as<model::Cache>() ||
                          lv->as<model::Writecache>() || lv->as<model::ErrorSegment>() || lv->as<model::ZeroSegment>());
    if (!plain || !relations.users(relations.position(lv->id)).empty())
      return fail(Code::refused, fmt::format("Volume {} cannot become a part of a {}.", full_name(*lv), kind_.name));
    TRY(activate::check_unused(context().world, vg, *lv));
    return lv;
  }

  Result<> choose_sizes() {
    const Vg& vg = stages_.vg();
    const Lv* data = TRY(usable(vg.find_lv(data_), ""));
    PoolOptions options = request_.pool;
    what_ = full_name(*data);
    if (!request_.metadata.empty()) {
      const Lv* metadata = TRY(usable(vg.find_lv(request_.metadata), request_.metadata));
      if (metadata->id == data_)
        return fail(Code::refused, fmt::format("Can't use same LV for both data and metadata of pool {}.", what_));
      metadata_ = metadata->id;
      what_ += " and " + full_name(*metadata);
      options.metadata_size = to_bytes(vg.size_of(metadata->extents()));
    }
    sizes_ = TRY(kind_.sizes(context(), vg, data->extents(), options));
    if (metadata_ && sizes_.metadata > vg.find_lv(metadata_)->extents())
      return fail(Code::refused,
                  fmt::format("Logical volume {}/{} is too small for the metadata of {}: {} are needed.", vg.name,
                              request_.metadata, full_name(*data), context().size_text(vg.size_of(sizes_.metadata))));
    if (&kind_ != &kThin) return {};
    return announce_thin_pool(context(), vg, data->extents(), sizes_.chunk,
                              zeroes_new_blocks(context(), vg, request_.pool));
  }

  void ask() {
    std::string parts = fmt::format("{}'s data{}", kind_.name, metadata_ ? " and metadata volumes" : " volume");
    context().note(warn(fmt::format("WARNING: Converting {} to {} with metadata wiping.", what_, parts)));
    context().note(warn("THIS WILL DESTROY CONTENT OF LOGICAL VOLUME (filesystem etc.)"));
    stages_.plan().questions.push_back(
        {fmt::format("Do you really want to convert {}? [y/n]: ", what_), "Conversion aborted."});
  }

  // Empty metadata: of a new volume, or of the one that was named.
  Result<> provide_metadata() {
    Vg after = stages_.vg();
    bool is_new = !metadata_;
    if (is_new) {
      Lv lv = new_lv(context(), name_ + std::string(model::row_of(kind_.metadata).suffix));
      lv.allocation = after.find_lv(data_)->allocation;
      alloc::FreeMap free(after);
      GrowRequest grow{.extents = sizes_.metadata, .choices = alloc::allocatable(after)};
      TRY(grow_volume(context(), after, free, grow, lv));
      metadata_ = lv.id;
      after.lvs.push_back(std::move(lv));
    }
    Bytes length = context().config.flag("allocation/zero_metadata")
                       ? to_bytes(after.size_of(after.find_lv(metadata_)->extents()))
                       : kWipedHead;
    std::vector<step::Step> wiped;
    if (request_.zero_metadata || is_new) wiped = TRY(wipe_alone(context(), stages_.view(), after, metadata_, length));
    if (is_new)
      stages_.add_revocable(std::move(after), {}, std::move(wiped));
    else if (!wiped.empty())
      stages_.add_steps(std::move(wiped));
    return {};
  }

  Result<> take_down(LvId id) {
    const Lv& lv = *stages_.vg().find_lv(id);
    auto down = TRY(activate::deactivate(stages_.world(), stages_.vg(), lv, context().config));
    if (down.empty()) return {};
    down.emplace_back(step::Settle{});
    stages_.add_steps(std::move(down));
    return {};
  }

  Result<LvId> commit() {
    Vg after = stages_.vg();
    Lv pool = new_lv(context(), name_);
    hide(after, data_, kind_.data);
    hide(after, metadata_, kind_.metadata);
    Extents extents = after.find_lv(data_)->extents();
    pool.segments.push_back({Extents(), extents, {}, body(), {}, {}});
    if (&kind_ == &kThin) {
      set_pool_flags(context(), request_.pool, after.size_of(after.find_lv(metadata_)->extents()), pool);
    } else {
      constexpr std::uint32_t kNewFormat = 2;
      pool.flags.set(LvFlag::metadata_format, pool.as<model::CachePool>()->settings.metadata_format == kNewFormat);
    }
    LvId id = pool.id;
    after.lvs.push_back(std::move(pool));
    TRY(place_spare(after));
    std::vector<step::Step> behind;
    if (was_up_ && &kind_ == &kThin) {
      behind =
          TRY(activate::activate(stages_.world(), stages_.view(), after, *after.find_lv(id), context().config, {}));
      behind.emplace_back(step::Settle{});
    }
    behind.emplace_back(print(report()));
    stages_.add_revocable(std::move(after), {}, std::move(behind));
    return id;
  }

  model::SegmentBody body() {
    if (&kind_ == &kThin) {
      const Vg& vg = stages_.vg();
      Sectors chunk =
          suited_thin_chunk(context(), vg, *vg.find_lv(data_), request_.pool, request_.blocks, sizes_.chunk);
      return new_thin_pool(context(), vg, request_.pool, data_, metadata_, chunk);
    }
    model::CachePool out;
    out.data = data_;
    out.metadata = metadata_;
    out.settings = given_cache_settings(request_.cache, sizes_.chunk);
    return out;
  }

  void hide(Vg& vg, LvId id, model::Role role) {
    rename_whole(vg, id, name_ + std::string(model::row_of(role).suffix));
    vg.find_lv(id)->flags.clear(LvFlag::visible);
  }

  // A new spare has a change of its own here too.
  Result<> place_spare(Vg& after) {
    if (!request_.pool.spare) {
      warn_of_no_spare(context());
      return {};
    }
    bool is_new = find_spare(after) == nullptr;
    Extents metadata = after.find_lv(metadata_)->extents();
    TRY(provide_spare(context(), after, metadata, alloc::allocatable(after), context().world.host.name));
    if (!is_new) return {};
    Vg alone = stages_.vg();
    alone.lvs.push_back(*find_spare(after));
    stages_.add_revocable(std::move(alone), {}, {});
    return {};
  }

  Stages& stages_;
  const PoolRequest& request_;
  const PoolKind& kind_;
  LvId data_, metadata_;
  PoolSizes sizes_;
  std::string name_, what_;
  bool was_up_ = false;
};

Result<step::Plan> convert(const Context& context, const world::VgView& view, const PoolRequest& request,
                           const PoolKind& kind) {
  TRY(check_writable(context, view));
  Stages stages(context, view);
  TRY(Conversion(stages, request, kind).run());
  return stages.finish();
}

}  // namespace

Result<step::Plan> to_thin_pool(const Context& context, const world::VgView& view, const PoolRequest& request) {
  return convert(context, view, request, kThin);
}

Result<step::Plan> to_cache_pool(const Context& context, const world::VgView& view, const PoolRequest& request) {
  return convert(context, view, request, kCache);
}

Result<LvId> add_cache_pool(Stages& stages, const PoolRequest& request) {
  return Conversion(stages, request, kCache).run();
}

}  // namespace lvm::plan::convert
