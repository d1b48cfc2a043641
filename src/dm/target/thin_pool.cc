// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "dm/target/words.h"

// "METADATA DATA CHUNK LOW_WATER FEATURE_COUNT FEATURES": source kernel
// Documentation/admin-guide/device-mapper/thin-provisioning.rst. The kernel prints read_only before
// error_if_no_space, LVM loads them the other way round.
namespace lvm::dm {
namespace {

Result<std::string> format_pool(const ThinPoolTarget& pool, const DeviceText& device) {
  auto metadata = TRY(device(pool.metadata));
  auto data = TRY(device(pool.data));
  std::string features;
  append_flag(features, "skip_block_zeroing", !pool.zero_new_blocks);
  append_flag(features, "ignore_discard", pool.ignore_discard);
  append_flag(features, "no_discard_passdown", !pool.discard_passdown);
  append_flag(features, "error_if_no_space", pool.error_if_no_space);
  append_flag(features, "read_only", pool.read_only);
  return fmt::format("{} {} {} {} {}{}", metadata, data, pool.chunk.n, pool.low_water, count_words(features), features);
}

Result<ThinPoolTarget> parse_pool(Words& words) {
  ThinPoolTarget pool;
  pool.metadata = TRY(words.device());
  pool.data = TRY(words.device());
  pool.chunk = TRY(words.sectors("chunk size"));
  pool.low_water = TRY(words.number("low water mark"));
  if (words.at_end()) return pool;
  auto features = TRY(words.count("number of features"));
  for (std::size_t i = 0; i < features; ++i) {
    auto feature = TRY(words.word("feature"));
    if (feature == "skip_block_zeroing")
      pool.zero_new_blocks = false;
    else if (feature == "ignore_discard")
      pool.ignore_discard = true;
    else if (feature == "no_discard_passdown")
      pool.discard_passdown = false;
    else if (feature == "error_if_no_space")
      pool.error_if_no_space = true;
    else if (feature == "read_only")
      pool.read_only = true;
    else
      return words.wrong(fmt::format("feature {} is not known", feature));
  }
  return pool;
}

void devices_of(ThinPoolTarget& pool, const DeviceVisitor& visit) {
  visit(pool.metadata);
  visit(pool.data);
}

}  // namespace

constinit const TargetRow kThinPoolRow = make_row<ThinPoolTarget, format_pool, parse_pool, devices_of>("thin-pool");

}  // namespace lvm::dm
