// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "dm/target/words.h"

// "METADATA CACHE ORIGIN CHUNK FEATURE_COUNT FEATURES POLICY SETTING_WORDS (KEY VALUE)*": source kernel
// Documentation/admin-guide/device-mapper/cache.rst. The kernel prints the words as they were loaded.
namespace lvm::dm {
namespace {

Result<std::string> format_cache(const CacheTarget& cache, const DeviceText& device) {
  auto metadata = TRY(device(cache.metadata));
  auto data = TRY(device(cache.cache));
  auto origin = TRY(device(cache.origin));
  std::string features;
  append_flag(features, "metadata2", cache.metadata2);
  append_flag(features, cache.mode, !cache.mode.empty());
  append_flag(features, "no_discard_passdown", cache.no_discard_passdown);
  auto text = fmt::format("{} {} {} {} {}{} {} {}", metadata, data, origin, cache.chunk.n, count_words(features),
                          features, cache.policy, 2 * cache.settings.size());
  append_pairs(text, cache.settings);
  return text;
}

Result<> parse_features(Words& words, CacheTarget& cache) {
  auto features = TRY(words.count("number of features"));
  for (std::size_t i = 0; i < features; ++i) {
    auto feature = TRY(words.word("feature"));
    if (feature == "metadata2")
      cache.metadata2 = true;
    else if (feature == "no_discard_passdown")
      cache.no_discard_passdown = true;
    else if ((feature == "writethrough" || feature == "writeback" || feature == "passthrough") && cache.mode.empty())
      cache.mode = feature;
    else
      return words.wrong(fmt::format("feature {} is not known, or there are two modes", feature));
  }
  return {};
}

Result<CacheTarget> parse_cache(Words& words) {
  CacheTarget cache;
  cache.metadata = TRY(words.device());
  cache.cache = TRY(words.device());
  cache.origin = TRY(words.device());
  cache.chunk = TRY(words.sectors("chunk size"));
  TRY(parse_features(words, cache));
  cache.policy = TRY(words.word("policy"));
  cache.settings = TRY(words.pairs("number of policy words"));
  return cache;
}

void devices_of(CacheTarget& cache, const DeviceVisitor& visit) {
  visit(cache.metadata);
  visit(cache.cache);
  visit(cache.origin);
}

bool same_cache(const CacheTarget& live, const CacheTarget& wanted) {
  // Settings have no order; a mode that was not said is writethrough.
  auto plain = [](CacheTarget cache) {
    std::ranges::sort(cache.settings);
    if (cache.mode.empty()) cache.mode = "writethrough";
    return cache;
  };
  return plain(live) == plain(wanted);
}

Result<> parse_counters(Words& words, CacheStatus& status) {
  status.read_hits = TRY(words.number("read hits"));
  status.read_misses = TRY(words.number("read misses"));
  status.write_hits = TRY(words.number("write hits"));
  status.write_misses = TRY(words.number("write misses"));
  status.demotions = TRY(words.number("demotions"));
  status.promotions = TRY(words.number("promotions"));
  status.dirty = TRY(words.number("dirty blocks"));
  return {};
}

// "Fail", "Error", or "METADATA_BLOCK METADATA/TOTAL CHUNK CHUNKS/TOTAL RHITS RMISSES WHITS WMISSES DEMOTIONS
// PROMOTIONS DIRTY FEATURE_COUNT FEATURES CORE_WORDS (KEY VALUE)* POLICY POLICY_WORDS (KEY VALUE)* [ro|rw
// [needs_check|-]]".
Result<CacheStatus> parse_status_words(Words& words) {
  CacheStatus status;
  if (words.rest().starts_with("Fail")) return CacheStatus{.state = CacheStatus::State::failed};
  if (words.rest().starts_with("Error")) return CacheStatus{.state = CacheStatus::State::error};
  status.metadata_block = TRY(words.number("metadata block size"));
  status.metadata = TRY(words.usage("use of the metadata"));
  status.chunk = TRY(words.sectors("chunk size"));
  status.data = TRY(words.usage("use of the cache"));
  TRY(parse_counters(words, status));
  auto features = TRY(words.count("number of features"));
  for (std::size_t i = 0; i < features; ++i) {
    auto feature = TRY(words.word("feature"));
    status.features.emplace_back(feature);
  }
  status.core_settings = TRY(words.pairs("number of core words"));
  status.policy = TRY(words.word("policy"));
  status.policy_settings = TRY(words.pairs("number of policy words"));
  if (words.at_end()) return status;
  auto mode = TRY(words.word("mode"));
  status.read_only = mode == "ro";
  if (words.at_end()) return status;
  auto check = TRY(words.word("needs_check"));
  status.needs_check = check == "needs_check";
  return status;
}

}  // namespace

constinit const TargetRow kCacheRow =
    with_status(make_row<CacheTarget, format_cache, parse_cache, devices_of, same_cache>("cache"),
                status_of<CacheStatus, parse_status_words>);

}  // namespace lvm::dm
