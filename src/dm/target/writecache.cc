// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "dm/target/words.h"

// "s|p ORIGIN CACHE BLOCK_SIZE OPTION_WORDS OPTIONS": source kernel
// Documentation/admin-guide/device-mapper/writecache.rst. The kernel prints options in an order of its own.
namespace lvm::dm {
namespace {

using Number = std::optional<std::uint64_t> WritecacheTarget::*;
struct NumberOption {
  std::string_view key;
  Number member;
};
// In the order in which LVM loads them; fua, nofua and cleaner stand before max_age.
constexpr NumberOption kNumbers[] = {{"high_watermark", &WritecacheTarget::high_watermark},
                                     {"low_watermark", &WritecacheTarget::low_watermark},
                                     {"writeback_jobs", &WritecacheTarget::writeback_jobs},
                                     {"autocommit_blocks", &WritecacheTarget::autocommit_blocks},
                                     {"autocommit_time", &WritecacheTarget::autocommit_time},
                                     {"max_age", &WritecacheTarget::max_age},
                                     {"pause_writeback", &WritecacheTarget::pause_writeback}};

struct FlagOption {
  std::string_view key;
  bool WritecacheTarget::* member;
};
constexpr FlagOption kFlags[] = {{"fua", &WritecacheTarget::fua},
                                 {"nofua", &WritecacheTarget::nofua},
                                 {"cleaner", &WritecacheTarget::cleaner},
                                 {"metadata_only", &WritecacheTarget::metadata_only}};

std::string format_options(const WritecacheTarget& cache) {
  std::string text;
  append_option(text, "start_sector", cache.start_sector);
  for (const auto& option : kNumbers) {
    if (option.key == "max_age")
      for (const auto& flag : kFlags)
        if (flag.key != "metadata_only") append_flag(text, flag.key, cache.*flag.member);
    if (option.key == "pause_writeback") append_flag(text, "metadata_only", cache.metadata_only);
    append_option(text, option.key, cache.*option.member);
  }
  append_pairs(text, cache.other);
  return text;
}

Result<std::string> format_writecache(const WritecacheTarget& cache, const DeviceText& device) {
  auto origin = TRY(device(cache.origin));
  auto data = TRY(device(cache.cache));
  auto options = format_options(cache);
  return fmt::format("{} {} {} {} {}{}", cache.pmem ? 'p' : 's', origin, data, cache.block_size, count_words(options),
                     options);
}

Result<> parse_option(Words& words, std::string_view key, std::size_t& taken, WritecacheTarget& cache) {
  const auto* flag = std::ranges::find(kFlags, key, &FlagOption::key);
  if (flag != std::ranges::end(kFlags)) {
    cache.*flag->member = true;
    return {};
  }
  ++taken;
  const auto* number = std::ranges::find(kNumbers, key, &NumberOption::key);
  if (number != std::ranges::end(kNumbers)) {
    cache.*number->member = TRY(words.number(key));
    return {};
  }
  if (key == "start_sector") {
    cache.start_sector = TRY(words.sectors(key));
    return {};
  }
  auto value = TRY(words.word("value"));
  cache.other.emplace_back(key, value);
  return {};
}

Result<WritecacheTarget> parse_writecache(Words& words) {
  WritecacheTarget cache;
  auto kind = TRY(words.word("kind of cache device"));
  if (kind != "s" && kind != "p") return words.wrong("kind of cache device is neither s nor p");
  cache.pmem = kind == "p";
  cache.origin = TRY(words.device());
  cache.cache = TRY(words.device());
  cache.block_size = TRY(words.number32("block size"));
  auto count = TRY(words.count("number of options"));
  for (std::size_t taken = 0; taken < count;) {
    auto key = TRY(words.word("option"));
    ++taken;
    TRY(parse_option(words, key, taken, cache));
    if (taken > count) return words.wrong("number of options is wrong");
  }
  return cache;
}

void devices_of(WritecacheTarget& cache, const DeviceVisitor& visit) {
  visit(cache.origin);
  visit(cache.cache);
}

// "ERROR BLOCKS FREE WRITEBACK", and counters in newer kernels.
Result<WritecacheStatus> parse_status_words(Words& words) {
  WritecacheStatus status;
  status.error = TRY(words.number("error"));
  status.total = TRY(words.number("number of blocks"));
  status.free = TRY(words.number("free blocks"));
  status.writeback = TRY(words.number("blocks under write-back"));
  return status;
}

}  // namespace

constinit const TargetRow kWritecacheRow =
    with_status(make_row<WritecacheTarget, format_writecache, parse_writecache, devices_of>("writecache"),
                status_of<WritecacheStatus, parse_status_words>);

}  // namespace lvm::dm
