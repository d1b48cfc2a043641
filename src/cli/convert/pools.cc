// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/convert/pools.h"

#include "cli/block_facts.h"
#include "cli/commands/pool_options.h"
#include "cli/convert/common.h"
#include "cli/convert/conversions.h"
#include "plan/convert/cache.h"
#include "plan/convert/pool.h"
#include "plan/convert/thin.h"
#include "plan/pool_sizes.h"

namespace lvm::cli::convert {
namespace {

namespace planned = plan::convert;

Result<planned::PoolRequest> pool_request(Session& session, bool thin) {
  const Arguments& arguments = session.arguments();
  planned::PoolRequest out;
  out.pool = TRY(pool_options(arguments));
  out.cache = TRY(cache_options(arguments));
  out.metadata = lv_option(arguments, Opt::poolmetadata);
  if (out.pool.chunk_size)
    TRY(refused(thin ? plan::check_thin_chunk(session.context(), *out.pool.chunk_size)
                     : plan::check_cache_chunk(session.context(), *out.pool.chunk_size)));
  // -Z of a cache pool is about its metadata; of a thin pool, about its new blocks.
  if (!thin) out.zero_metadata = arguments.yes_no(Opt::zero).value_or(true);
  return out;
}

template <class Convert>
ExitStatus run_pool(Session& session, bool thin, Convert convert) {
  auto request = pool_request(session, thin);
  if (!request) return session.refuse(request.error());
  return with_volume(session, [&](const world::VgView& view, const model::Lv& lv) {
    request->data = lv.id;
    if (thin) request->blocks = device_blocks(session, view);
    return session.carry_out(refused(convert(session.context(), view, *request)));
  });
}

template <class Attach>
ExitStatus run_cache(Session& session, Opt option, Attach attach) {
  planned::CacheRequest request;
  auto pool = pool_request(session, false);
  if (!pool) return session.refuse(pool.error());
  request.pool = std::move(*pool);
  request.zero_metadata = request.pool.zero_metadata;
  request.cache = lv_option(session.arguments(), option);
  return with_volume(session, [&](const world::VgView& view, const model::Lv& lv) {
    request.lv = lv.id;
    return session.carry_out(refused(attach(session.context(), view, request)));
  });
}

ExitStatus run_detach(Session& session, bool remove) {
  return with_volume(session, [&](const world::VgView& view, const model::Lv& lv) {
    return session.carry_out(planned::detach_cache(session.context(), view, {lv.id, remove, session.force() > 0}));
  });
}

}  // namespace

ExitStatus run_to_thin(Session& session) {
  planned::ThinRequest request;
  request.pool = lv_option(session.arguments(), Opt::thinpool);
  request.origin_name = lv_option(session.arguments(), Opt::originname);
  return with_volume(session, [&](const world::VgView& view, const model::Lv& lv) {
    request.lv = lv.id;
    return session.carry_out(refused(planned::to_thin(session.context(), view, request)));
  });
}

ExitStatus run_to_thin_pool(Session& session) { return run_pool(session, true, planned::to_thin_pool); }
ExitStatus run_to_cache_pool(Session& session) { return run_pool(session, false, planned::to_cache_pool); }

ExitStatus run_swap_metadata(Session& session) {
  std::string metadata = lv_option(session.arguments(), Opt::poolmetadata);
  return with_volume(session, [&](const world::VgView& view, const model::Lv& lv) {
    return session.carry_out(planned::swap_metadata(session.context(), view, lv.id, metadata));
  });
}

ExitStatus run_attach_cache(Session& session) { return run_cache(session, Opt::cachepool, planned::attach_pool); }
ExitStatus run_attach_cache_volume(Session& session) {
  return run_cache(session, Opt::cachevol, planned::attach_volume);
}

ExitStatus run_attach_writecache(Session& session) {
  planned::WritecacheRequest request;
  auto options = cache_options(session.arguments());
  if (!options) return session.refuse(options.error());
  request.options = std::move(*options);
  request.cache = lv_option(session.arguments(), Opt::cachevol);
  return with_volume(session, [&](const world::VgView& view, const model::Lv& lv) {
    request.lv = lv.id;
    VgId vg = view.vg->id;
    if (auto ready = planned::check_writecache(session.context(), view, request); !ready)
      return session.refuse(ready.error());
    // What stands on a pool is of many sizes.
    bool pool = lv.as<model::ThinPool>() || lv.as<model::VdoPool>();
    auto blocks = pool ? Result<plan::BlockFacts>(device_blocks(session, view)) : volume_blocks(session, vg, lv.id);
    if (!blocks) return session.refuse(blocks.error());
    request.blocks = std::move(*blocks);
    const world::VgView& seen = *session.world().find_vg(vg);
    return session.carry_out(refused(planned::attach_writecache_volume(session.context(), seen, request)));
  });
}

ExitStatus run_split_cache(Session& session) { return run_detach(session, false); }
ExitStatus run_uncache(Session& session) { return run_detach(session, true); }

}  // namespace lvm::cli::convert
