// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "dm/target/words.h"

// "LEVEL PARAMETER_WORDS CHUNK [PARAMETERS] IMAGES (METADATA DATA)*IMAGES": source kernel
// Documentation/admin-guide/device-mapper/dm-raid.rst. Parameters are written in the order in which the kernel
// prints them and LVM loads them.
namespace lvm::dm {
namespace {

constexpr std::string_view kLevels[] = {
    "raid0",      "raid1",      "raid4",    "raid5_0",     "raid5_n",    "raid5_la",     "raid5_ra",   "raid5_ls",
    "raid5_rs",   "raid6_0",    "raid6_zr", "raid6_nr",    "raid6_nc",   "raid6_n_6",    "raid6_la_6", "raid6_ra_6",
    "raid6_ls_6", "raid6_rs_6", "raid10",   "raid10_near", "raid10_far", "raid10_offset"};

std::string format_parameters(const RaidTarget& raid) {
  auto text = fmt::format(" {}", raid.chunk.n);
  append_flag(text, "sync", raid.sync == InitialSync::sync);
  append_flag(text, "nosync", raid.sync == InitialSync::nosync);
  for (auto image : raid.rebuild) text += fmt::format(" rebuild {}", image);
  append_option(text, "daemon_sleep", raid.daemon_sleep);
  append_option(text, "min_recovery_rate", raid.min_recovery_rate);
  append_option(text, "max_recovery_rate", raid.max_recovery_rate);
  for (auto image : raid.write_mostly) text += fmt::format(" write_mostly {}", image);
  append_option(text, "max_write_behind", raid.max_write_behind);
  append_option(text, "stripe_cache", raid.stripe_cache);
  append_option(text, "region_size", raid.region_size);
  append_option(text, "raid10_copies", raid.raid10_copies);
  if (!raid.raid10_format.empty()) text += " raid10_format " + raid.raid10_format;
  append_option(text, "delta_disks", raid.delta_disks);
  append_option(text, "data_offset", raid.data_offset);
  return text;
}

Result<std::string> format_raid(const RaidTarget& raid, const DeviceText& device) {
  auto parameters = format_parameters(raid);
  if (raid.journal) parameters += " journal_dev " + TRY(device(*raid.journal));
  if (!raid.journal_mode.empty()) parameters += " journal_mode " + raid.journal_mode;
  auto text = fmt::format("{} {}{} {}", raid.level, count_words(parameters), parameters, raid.images.size());
  for (const auto& image : raid.images) {
    auto metadata = TRY(device_or_dash(image.metadata, device));
    auto data = TRY(device_or_dash(image.data, device));
    text += fmt::format(" {} {}", metadata, data);
  }
  return text;
}

// The parameter's own words behind its key; how many they are.
struct Parameter {
  std::string_view key;
  Result<> (*parse)(Words& words, RaidTarget& raid);
};

Result<> parse_delta(Words& words, RaidTarget& raid) {
  auto text = TRY(words.word("delta_disks"));
  std::int32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return words.wrong("delta_disks is not a number");
  raid.delta_disks = value;
  return {};
}

template <auto Member>
Result<> parse_number_into(Words& words, RaidTarget& raid) {
  raid.*Member = TRY(words.number("parameter"));
  return {};
}

template <auto Member>
Result<> parse_sectors_into(Words& words, RaidTarget& raid) {
  raid.*Member = TRY(words.sectors("parameter"));
  return {};
}

template <auto Member>
Result<> parse_image_into(Words& words, RaidTarget& raid) {
  auto image = TRY(words.number32("image"));
  (raid.*Member).push_back(image);
  return {};
}

template <auto Member>
Result<> parse_word_into(Words& words, RaidTarget& raid) {
  raid.*Member = TRY(words.word("parameter"));
  return {};
}

constexpr Parameter kParameters[] = {
    {"rebuild", parse_image_into<&RaidTarget::rebuild>},
    {"daemon_sleep", parse_number_into<&RaidTarget::daemon_sleep>},
    {"min_recovery_rate", parse_number_into<&RaidTarget::min_recovery_rate>},
    {"max_recovery_rate", parse_number_into<&RaidTarget::max_recovery_rate>},
    {"write_mostly", parse_image_into<&RaidTarget::write_mostly>},
    {"max_write_behind", parse_number_into<&RaidTarget::max_write_behind>},
    {"stripe_cache", parse_sectors_into<&RaidTarget::stripe_cache>},
    {"region_size", parse_sectors_into<&RaidTarget::region_size>},
    {"raid10_copies",
     [](Words& words, RaidTarget& raid) -> Result<> {
       raid.raid10_copies = TRY(words.number32("raid10_copies"));
       return {};
     }},
    {"raid10_format", parse_word_into<&RaidTarget::raid10_format>},
    {"delta_disks", parse_delta},
    {"data_offset", parse_sectors_into<&RaidTarget::data_offset>},
    {"journal_dev",
     [](Words& words, RaidTarget& raid) -> Result<> {
       raid.journal = TRY(words.device());
       return {};
     }},
    {"journal_mode", parse_word_into<&RaidTarget::journal_mode>},
};

Result<> parse_parameters(Words& words, std::size_t count, RaidTarget& raid) {
  raid.chunk = TRY(words.sectors("chunk size"));
  for (std::size_t i = 1; i < count; ++i) {
    auto key = TRY(words.word("parameter"));
    if (key == "sync" || key == "nosync") {
      raid.sync = key == "sync" ? InitialSync::sync : InitialSync::nosync;
      continue;
    }
    const auto* parameter = std::ranges::find(kParameters, key, &Parameter::key);
    if (parameter == std::ranges::end(kParameters) || ++i == count)
      return words.wrong(fmt::format("parameter {} is not known, or has no value", key));
    TRY(parameter->parse(words, raid));
  }
  return {};
}

Result<RaidTarget> parse_raid(Words& words) {
  RaidTarget raid;
  raid.level = TRY(words.word("level"));
  if (std::ranges::find(kLevels, raid.level) == std::ranges::end(kLevels)) return words.wrong("level is not known");
  auto count = TRY(words.count("number of parameters"));
  if (count == 0) return words.wrong("chunk size is missing");
  TRY(parse_parameters(words, count, raid));
  auto images = TRY(words.count("number of images", 2));
  if (images == 0) return words.wrong("number of images is 0");
  for (std::size_t i = 0; i < images; ++i) {
    RaidTarget::Image image;
    image.metadata = TRY(words.device_or_dash());
    image.data = TRY(words.device_or_dash());
    raid.images.push_back(std::move(image));
  }
  return raid;
}

void devices_of(RaidTarget& raid, const DeviceVisitor& visit) {
  visit_if(raid.journal, visit);
  for (auto& image : raid.images) {
    visit_if(image.metadata, visit);
    visit_if(image.data, visit);
  }
}

bool same_raid(const RaidTarget& live, const RaidTarget& wanted) {
  RaidTarget printed = live;
  // What is in the order of the words only.
  std::ranges::sort(printed.rebuild);
  std::ranges::sort(printed.write_mostly);
  RaidTarget loaded = wanted;
  std::ranges::sort(loaded.rebuild);
  std::ranges::sort(loaded.write_mostly);
  // The superblock of the bitmap has the last word on it: a kernel may print another value than it was given.
  if (printed.max_write_behind && loaded.max_write_behind) printed.max_write_behind = loaded.max_write_behind;
  return printed == loaded;
}

// "LEVEL IMAGES HEALTH IN_SYNC/TOTAL [ACTION MISMATCHES [DATA_OFFSET [JOURNAL]]]": each of the later words came with
// a newer kernel.
Result<RaidStatus> parse_status_words(Words& words) {
  RaidStatus status;
  status.level = TRY(words.word("level"));
  auto images = TRY(words.number("number of images"));
  status.health = TRY(words.word("health"));
  // Images that a reshape has freed are in the table still, but no longer counted.
  if (status.health.size() < images) return words.wrong("health has not a letter for each image");
  status.in_sync = TRY(words.usage("sectors in sync"));
  if (words.at_end()) return status;
  status.action = TRY(words.word("action"));
  if (words.at_end()) return status;
  status.mismatches = TRY(words.number("mismatches"));
  if (words.at_end()) return status;
  status.data_offset = TRY(words.number("data offset"));
  if (words.at_end()) return status;
  auto journal = TRY(words.word("journal"));
  status.journal = journal.front();
  return status;
}

}  // namespace

constinit const TargetRow kRaidRow =
    with_status(make_row<RaidTarget, format_raid, parse_raid, devices_of, same_raid>("raid"),
                status_of<RaidStatus, parse_status_words>);

}  // namespace lvm::dm
