// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/thin_pool_options.h"

#include "activate/profile.h"
#include "plan/pool_sizes.h"

namespace lvm::plan {
namespace {

// Metadata beyond this is used only in part.
constexpr Sectors kMetadataOfOldReleases{33161216};

model::Discards configured_discards(const config::Config& config) {
  std::string text = config.string("allocation/thin_pool_discards");
  if (text == "ignore") return model::Discards::ignore;
  return text == "nopassdown" ? model::Discards::nopassdown : model::Discards::passdown;
}

}  // namespace

bool zeroes_new_blocks(const Context& context, const model::Vg& vg, const PoolOptions& options) {
  return options.zero.value_or(activate::settings_of(context.config, vg, nullptr).flag("allocation/thin_pool_zero"));
}

model::ThinPool new_thin_pool(const Context& context, const model::Vg& vg, const PoolOptions& options, LvId data,
                              LvId metadata, Sectors chunk) {
  model::ThinPool pool;
  pool.data = data;
  pool.metadata = metadata;
  pool.chunk_size = chunk;
  pool.discards = options.discards.value_or(configured_discards(activate::settings_of(context.config, vg, nullptr)));
  pool.zero_new_blocks = zeroes_new_blocks(context, vg, options);
  return pool;
}

void set_pool_flags(const Context& context, const PoolOptions& options, Sectors metadata, model::Lv& pool) {
  pool.flags.set(model::LvFlag::error_when_full,
                 options.error_when_full.value_or(context.config.flag("activation/error_when_full")));
  if (metadata <= kMetadataOfOldReleases) return;
  bool crop = context.config.flag("allocation/thin_pool_crop_metadata");
  pool.as<model::ThinPool>()->crop_metadata = crop;
  pool.flags.set(model::LvFlag::crop_metadata);
}

}  // namespace lvm::plan
