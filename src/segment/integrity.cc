// SPDX-License-Identifier: LGPL-2.1-or-later
#include "segment/keys.h"
#include "segment/rows.h"

// Checksums of every block, below the images of a raid.
namespace lvm::segment {
namespace {

using model::Integrity;
using model::IntegritySettings;
using model::SegmentBody;

struct Setting {
  std::string_view key;
  std::optional<std::uint64_t> IntegritySettings::* value;
};
// In the order of the text.
constexpr std::array kSettings = {
    Setting{"journal_sectors", &IntegritySettings::journal_sectors},
    Setting{"interleave_sectors", &IntegritySettings::interleave_sectors},
    Setting{"buffer_sectors", &IntegritySettings::buffer_sectors},
    Setting{"journal_watermark", &IntegritySettings::journal_watermark},
    Setting{"commit_time", &IntegritySettings::commit_time},
    Setting{"bitmap_flush_interval", &IntegritySettings::bitmap_flush_interval},
    Setting{"sectors_per_bit", &IntegritySettings::sectors_per_bit},
    Setting{"allow_discards", &IntegritySettings::allow_discards},
};

constexpr std::array<std::string_view, 8> kOwnKeys = {"origin",     "data_sectors",  "mode",     "tag_size",
                                                      "block_size", "internal_hash", "meta_dev", "recalculate"};
constexpr auto kKeys = [] {
  std::array<std::string_view, kOwnKeys.size() + kSettings.size()> keys;
  std::size_t count = 0;
  for (std::string_view key : kOwnKeys) keys[count++] = key;
  for (const Setting& setting : kSettings) keys[count++] = setting.key;
  return keys;
}();

Result<SegmentBody> read(const syntax::Node& section, const Names& names) {
  Integrity integrity;
  Keys keys(section, names);
  keys.lv(kOwnKeys[0], integrity.origin, Presence::needed);
  keys.number64(kOwnKeys[1], integrity.data_sectors, Presence::needed);
  keys.word(kOwnKeys[2], integrity.mode, Presence::needed);
  keys.number(kOwnKeys[3], integrity.tag_size, Presence::needed);
  keys.number(kOwnKeys[4], integrity.block_size, Presence::needed);
  keys.word(kOwnKeys[5], integrity.internal_hash, Presence::needed);
  keys.lv(kOwnKeys[6], integrity.metadata);
  keys.flag(kOwnKeys[7], integrity.recalculate);
  for (const Setting& setting : kSettings) keys.number64(setting.key, integrity.settings.edit().*setting.value);
  TRY(keys.done());
  return integrity;
}

void write(const SegmentBody& body, syntax::Printer& out, const Names& names) {
  const auto& integrity = std::get<Integrity>(body);
  out.string(kOwnKeys[0], names.lv_name(integrity.origin));
  out.number(kOwnKeys[1], integrity.data_sectors.n);
  out.string(kOwnKeys[2], integrity.mode);
  out.number(kOwnKeys[3], integrity.tag_size);
  out.number(kOwnKeys[4], integrity.block_size);
  out.string(kOwnKeys[5], integrity.internal_hash);
  if (integrity.metadata) out.string(kOwnKeys[6], names.lv_name(integrity.metadata));
  if (integrity.recalculate) out.number(kOwnKeys[7], 1);
  for (const Setting& setting : kSettings) write_optional(out, setting.key, integrity.settings.get().*setting.value);
}

Result<dm::Target> target(const model::Lv&, const model::Segment& segment, Sectors start, const Devices& devices) {
  const auto& integrity = std::get<Integrity>(segment.body);
  const IntegritySettings& settings = integrity.settings;
  dm::Target out = frame(segment, start, devices);
  out.length = integrity.data_sectors;
  dm::IntegrityTarget target;
  TRY(store(target.device, devices.lv_device(integrity.origin, model::Role::integrity_origin)));
  target.tag_size = integrity.tag_size;
  if (!integrity.mode.empty()) target.mode = integrity.mode.front();
  target.fix_padding = true;
  target.block_size = integrity.block_size;
  target.internal_hash = integrity.internal_hash;
  if (integrity.metadata)
    TRY(store(target.metadata, devices.lv_device(integrity.metadata, model::Role::integrity_metadata)));
  target.recalculate = integrity.recalculate;
  target.allow_discards = settings.allow_discards.value_or(0) != 0;
  target.journal_sectors = settings.journal_sectors;
  target.interleave_sectors = settings.interleave_sectors;
  target.buffer_sectors = settings.buffer_sectors;
  target.journal_watermark = settings.journal_watermark;
  target.commit_time = settings.commit_time;
  target.bitmap_flush_interval = settings.bitmap_flush_interval;
  target.sectors_per_bit = settings.sectors_per_bit;
  out.body = std::move(target);
  return out;
}

}  // namespace

constexpr Kind integrity_kind = {
    .name = "integrity",
    .module = "integrity",
    .is_virtual = false,
    .read = read,
    .keys = kKeys,
    .write = write,
    .areas = row_areas,
    .area_length = row_area_length,
    .check = row_check,
    .target = target,
};
static_assert(is_complete<Integrity>(integrity_kind));

}  // namespace lvm::segment
