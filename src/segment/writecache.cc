// SPDX-License-Identifier: LGPL-2.1-or-later
#include "segment/keys.h"
#include "segment/rows.h"

// Writes go to a fast volume first, and from there to the origin.
namespace lvm::segment {
namespace {

using model::SegmentBody;
using model::Writecache;
using model::WritecacheSettings;

struct Setting {
  std::string_view key;
  std::optional<std::uint64_t> WritecacheSettings::* value;
};
// In the order of the text.
constexpr std::array kSettings = {
    Setting{"high_watermark", &WritecacheSettings::high_watermark},
    Setting{"low_watermark", &WritecacheSettings::low_watermark},
    Setting{"writeback_jobs", &WritecacheSettings::writeback_jobs},
    Setting{"autocommit_blocks", &WritecacheSettings::autocommit_blocks},
    Setting{"autocommit_time", &WritecacheSettings::autocommit_time},
    Setting{"fua", &WritecacheSettings::fua},
    Setting{"nofua", &WritecacheSettings::nofua},
    Setting{"cleaner", &WritecacheSettings::cleaner},
    Setting{"max_age", &WritecacheSettings::max_age},
    Setting{"metadata_only", &WritecacheSettings::metadata_only},
    Setting{"pause_writeback", &WritecacheSettings::pause_writeback},
};

constexpr std::array<std::string_view, 5> kOwnKeys = {"writecache", "origin", "writecache_block_size",
                                                      "writecache_setting_key", "writecache_setting_val"};
constexpr auto kKeys = [] {
  std::array<std::string_view, kOwnKeys.size() + kSettings.size()> keys;
  std::size_t count = 0;
  for (std::string_view key : kOwnKeys) keys[count++] = key;
  for (const Setting& setting : kSettings) keys[count++] = setting.key;
  return keys;
}();

Result<SegmentBody> read(const syntax::Node& section, const Names& names) {
  Writecache cache;
  Keys keys(section, names);
  keys.lv(kOwnKeys[0], cache.cache, Presence::needed);
  keys.lv(kOwnKeys[1], cache.origin, Presence::needed);
  keys.number(kOwnKeys[2], cache.block_size, Presence::needed);
  for (const Setting& setting : kSettings) keys.number64(setting.key, cache.settings.edit().*setting.value);
  keys.word(kOwnKeys[3], cache.settings.edit().other_key);
  keys.word(kOwnKeys[4], cache.settings.edit().other_value);
  TRY(keys.done());
  return cache;
}

void write(const SegmentBody& body, syntax::Printer& out, const Names& names) {
  const auto& cache = std::get<Writecache>(body);
  out.string(kOwnKeys[0], names.lv_name(cache.cache));
  out.string(kOwnKeys[1], names.lv_name(cache.origin));
  out.number(kOwnKeys[2], cache.block_size);
  for (const Setting& setting : kSettings) write_optional(out, setting.key, cache.settings.get().*setting.value);
  if (cache.settings->other_key.empty()) return;
  out.string(kOwnKeys[3], cache.settings->other_key);
  out.string(kOwnKeys[4], cache.settings->other_value);
}

Result<dm::Target> target(const model::Lv&, const model::Segment& segment, Sectors start, const Devices& devices) {
  const auto& cache = std::get<Writecache>(segment.body);
  const WritecacheSettings& settings = cache.settings;
  dm::Target out = frame(segment, start, devices);
  dm::WritecacheTarget target;
  TRY(store(target.origin, devices.lv_device(cache.origin, model::Role::writecache_origin)));
  TRY(store(target.cache, devices.lv_device(cache.cache, model::Role::writecache_volume)));
  constexpr std::uint32_t kUsual = 4096;
  target.block_size = cache.block_size != 0 ? cache.block_size : kUsual;
  target.high_watermark = settings.high_watermark;
  target.low_watermark = settings.low_watermark;
  target.writeback_jobs = settings.writeback_jobs;
  target.autocommit_blocks = settings.autocommit_blocks;
  target.autocommit_time = settings.autocommit_time;
  auto on = [](const std::optional<std::uint64_t>& value) { return value.value_or(0) != 0; };
  target.fua = on(settings.fua);
  target.nofua = on(settings.nofua);
  target.cleaner = on(settings.cleaner);
  target.max_age = settings.max_age;
  target.metadata_only = settings.metadata_only.has_value();
  target.pause_writeback = settings.pause_writeback;
  if (!settings.other_key.empty()) target.other.emplace_back(settings.other_key, settings.other_value);
  out.body = std::move(target);
  return out;
}

}  // namespace

constexpr Kind writecache_kind = {
    .name = "writecache",
    .module = "writecache",
    .is_virtual = false,
    .read = read,
    .keys = kKeys,
    .write = write,
    .areas = row_areas,
    .area_length = row_area_length,
    .check = row_check,
    .target = target,
};
static_assert(is_complete<Writecache>(writecache_kind));

}  // namespace lvm::segment
