// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

#include "model/cache.h"
#include "segment/keys.h"

// Keys that cache pools and caches on a volume of their own share.
namespace lvm::segment {

inline constexpr std::string_view kMetadataFormat = "metadata_format", kChunkSize = "chunk_size",
                                  kCacheMode = "cache_mode", kPolicy = "policy", kPolicySettings = "policy_settings";

Result<> read_cache_settings(const syntax::Node& section, Keys& keys, model::CacheSettings& to);
void write_cache_settings(const model::CacheSettings& settings, syntax::Printer& out);

}  // namespace lvm::segment
