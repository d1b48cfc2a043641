// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/cache.h"

#include <fmt/format.h>

namespace lvm::model {
namespace {

std::string settings_problem(const CacheSettings& settings) {
  constexpr std::uint32_t kNewestFormat = 2;
  if (!settings.chunk_size) return "has no chunk size";
  if (settings.metadata_format > kNewestFormat)
    return fmt::format("has metadata format {}, which is not known", settings.metadata_format);
  return {};
}

}  // namespace

std::string CachePool::problem(Extents) const {
  if (!data || !metadata) return fmt::format("names no cache pool {}", data ? "metadata" : "data");
  return settings_problem(settings);
}

std::string Cache::problem(Extents) const {
  if (!cache) return "names no cache";
  if (!origin) return "names no origin";
  if (!volume) return {};
  if (!volume->metadata_length || !volume->data_length) return "has no room for metadata or data on its cache volume";
  return settings_problem(volume->settings);
}

std::string Writecache::problem(Extents) const {
  if (!cache) return "names no cache";
  if (!origin) return "names no origin";
  return {};
}

std::string Integrity::problem(Extents) const {
  if (!origin) return "names no origin";
  if (!data_sectors) return "has no data sectors";
  return {};
}

std::string VdoPool::problem(Extents) const {
  if (!data) return "names no VDO pool data";
  if (!virtual_extents) return "has no virtual extents";
  return {};
}

}  // namespace lvm::model
