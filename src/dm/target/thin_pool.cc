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

Result<> parse_mode(Words& words, ThinPoolStatus& status) {
  auto mode = TRY(words.word("mode"));
  if (mode == "rw")
    status.mode = ThinPoolStatus::Mode::read_write;
  else if (mode == "ro")
    status.mode = ThinPoolStatus::Mode::read_only;
  else if (mode == "out_of_data_space")
    status.mode = ThinPoolStatus::Mode::out_of_data_space;
  else
    return words.wrong(fmt::format("mode {} is not known", mode));
  return {};
}

Result<> parse_discards(Words& words, ThinPoolStatus& status) {
  auto discards = TRY(words.word("discards"));
  if (discards == "ignore_discard")
    status.discards = ThinPoolStatus::Discards::ignore;
  else if (discards == "no_discard_passdown")
    status.discards = ThinPoolStatus::Discards::no_passdown;
  else if (discards == "discard_passdown")
    status.discards = ThinPoolStatus::Discards::passdown;
  else
    return words.wrong(fmt::format("discards {} are not known", discards));
  return {};
}

// "Fail", "Error", or "TRANSACTION METADATA/TOTAL DATA/TOTAL HELD_ROOT|- MODE DISCARDS
// [error_if_no_space|queue_if_no_space [needs_check|- [METADATA_LOW_WATER]]]".
Result<ThinPoolStatus> parse_status_words(Words& words) {
  ThinPoolStatus status;
  if (words.rest().starts_with("Fail")) return ThinPoolStatus{.state = ThinPoolStatus::State::failed};
  if (words.rest().starts_with("Error")) return ThinPoolStatus{.state = ThinPoolStatus::State::error};
  status.transaction_id = TRY(words.number("transaction id"));
  status.metadata = TRY(words.usage("use of the metadata"));
  status.data = TRY(words.usage("use of the data"));
  status.held_root = TRY(words.number_or_dash("held root"));
  TRY(parse_mode(words, status));
  TRY(parse_discards(words, status));
  if (words.at_end()) return status;
  auto full = TRY(words.word("treatment of a full pool"));
  status.error_if_no_space = full == "error_if_no_space";
  if (words.at_end()) return status;
  auto check = TRY(words.word("needs_check"));
  status.needs_check = check == "needs_check";
  if (!words.at_end()) status.metadata_low_water = TRY(words.number("low water mark of the metadata"));
  return status;
}

}  // namespace

constinit const TargetRow kThinPoolRow =
    with_status(make_row<ThinPoolTarget, format_pool, parse_pool, devices_of>("thin-pool"),
                status_of<ThinPoolStatus, parse_status_words>);

}  // namespace lvm::dm
