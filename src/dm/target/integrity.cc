// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "dm/target/words.h"
#include "dm/text.h"

// "DEVICE START TAG_SIZE MODE OPTION_COUNT OPTIONS", options as KEY:VALUE: source kernel
// Documentation/admin-guide/device-mapper/dm-integrity.rst. The kernel prints sizes that it has chosen or rounded
// too, and keeps saying recalculate once it was loaded.
namespace lvm::dm {
namespace {

using Number = std::optional<std::uint64_t> IntegrityTarget::*;
struct NumberOption {
  std::string_view key;
  Number member;
};
constexpr NumberOption kNumbers[] = {{"journal_sectors", &IntegrityTarget::journal_sectors},
                                     {"interleave_sectors", &IntegrityTarget::interleave_sectors},
                                     {"buffer_sectors", &IntegrityTarget::buffer_sectors},
                                     {"journal_watermark", &IntegrityTarget::journal_watermark},
                                     {"commit_time", &IntegrityTarget::commit_time},
                                     {"bitmap_flush_interval", &IntegrityTarget::bitmap_flush_interval},
                                     {"sectors_per_bit", &IntegrityTarget::sectors_per_bit}};

Result<std::string> format_integrity(const IntegrityTarget& integrity, const DeviceText& device) {
  auto data = TRY(device(integrity.device));
  std::string options;
  append_flag(options, "fix_padding", integrity.fix_padding);
  options += fmt::format(" block_size:{}", integrity.block_size);
  if (!integrity.internal_hash.empty()) options += " internal_hash:" + integrity.internal_hash;
  if (integrity.metadata) options += " meta_device:" + TRY(device(*integrity.metadata));
  append_flag(options, "recalculate", integrity.recalculate);
  append_flag(options, "allow_discards", integrity.allow_discards);
  for (const auto& option : kNumbers)
    if (const auto& value = integrity.*option.member) options += fmt::format(" {}:{}", option.key, *value);
  for (const auto& option : integrity.other) options += " " + option;
  return fmt::format("{} {} {} {} {}{}", data, integrity.start.n, integrity.tag_size, integrity.mode,
                     count_words(options), options);
}

Result<> parse_option(Words& words, IntegrityTarget& integrity) {
  auto option = TRY(words.word("option"));
  auto colon = option.find(':');
  auto key = option.substr(0, colon);
  auto value = colon == std::string_view::npos ? std::string_view() : option.substr(colon + 1);
  const auto* number = std::ranges::find(kNumbers, key, &NumberOption::key);
  if (number != std::ranges::end(kNumbers)) {
    auto parsed = parse_number(value);
    if (!parsed) return words.wrong(fmt::format("{} is not a number", key));
    integrity.*number->member = *parsed;
  } else if (key == "block_size") {
    auto parsed = parse_number(value);
    if (!parsed || *parsed > 65536) return words.wrong("block_size is not a block size");
    integrity.block_size = static_cast<std::uint32_t>(*parsed);
  } else if (key == "meta_device") {
    auto parsed = parse_device_number(value);
    if (!parsed) return words.wrong("meta_device is not MAJOR:MINOR");
    integrity.metadata = *parsed;
  } else if (key == "internal_hash") {
    integrity.internal_hash = value;
  } else if (option == "recalculate") {
    integrity.recalculate = true;
  } else if (option == "allow_discards") {
    integrity.allow_discards = true;
  } else if (option == "fix_padding") {
    integrity.fix_padding = true;
  } else {
    integrity.other.emplace_back(option);
  }
  return {};
}

Result<IntegrityTarget> parse_integrity(Words& words) {
  IntegrityTarget integrity;
  integrity.device = TRY(words.device());
  integrity.start = TRY(words.sectors("start"));
  // "-": as the hash gives.
  auto tag = TRY(words.word("tag size"));
  auto tag_size = tag == "-" ? std::optional<std::uint64_t>(0) : parse_number(tag);
  if (!tag_size || *tag_size > 65536) return words.wrong("tag size is not a size");
  integrity.tag_size = static_cast<std::uint32_t>(*tag_size);
  auto mode = TRY(words.word("mode"));
  if (mode.size() != 1) return words.wrong("mode is not one letter");
  integrity.mode = mode.front();
  auto count = TRY(words.count("number of options"));
  for (std::size_t i = 0; i < count; ++i) TRY(parse_option(words, integrity));
  return integrity;
}

void devices_of(IntegrityTarget& integrity, const DeviceVisitor& visit) {
  visit(integrity.device);
  visit_if(integrity.metadata, visit);
}

// The sizes are not compared: they were rounded when the device was first made, and do not change later.
bool same_integrity(const IntegrityTarget& live, const IntegrityTarget& wanted) {
  auto kept = [](const std::optional<std::uint64_t>& printed, const std::optional<std::uint64_t>& loaded) {
    return !loaded || !printed || *printed == *loaded;
  };
  return live.device == wanted.device && live.metadata == wanted.metadata && live.start == wanted.start &&
         live.tag_size == wanted.tag_size && live.mode == wanted.mode && live.block_size == wanted.block_size &&
         live.internal_hash == wanted.internal_hash && live.allow_discards == wanted.allow_discards &&
         kept(live.commit_time, wanted.commit_time);
}

// "MISMATCHES PROVIDED_SECTORS RECALCULATED|-"; the first kernels say no more than the mismatches.
Result<IntegrityStatus> parse_status_words(Words& words) {
  IntegrityStatus status;
  status.mismatches = TRY(words.number("mismatches"));
  if (words.at_end()) return status;
  status.provided = TRY(words.number("provided sectors"));
  if (!words.at_end()) status.recalculated = TRY(words.number_or_dash("recalculated sectors"));
  return status;
}

}  // namespace

constinit const TargetRow kIntegrityRow =
    with_status(make_row<IntegrityTarget, format_integrity, parse_integrity, devices_of, same_integrity>("integrity"),
                status_of<IntegrityStatus, parse_status_words>);

}  // namespace lvm::dm
