// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <charconv>

#include "segment/keys.h"
#include "segment/rows.h"

// Chunks that thin volumes take as they are written, and the metadata that says which.
namespace lvm::segment {
namespace {

using model::Discards;
using model::SegmentBody;
using model::ThinMessage;
using model::ThinPool;

constexpr std::array<std::string_view, 7> kKeys = {
    "metadata", "pool", "transaction_id", "chunk_size", "discards", "zero_new_blocks", "crop_metadata"};
constexpr std::string_view kMessage = "message";
constexpr std::array<std::string_view, 3> kDiscards = {"ignore", "nopassdown", "passdown"};

// "message1" -> 1; 0 for other names.
std::uint32_t message_number(std::string_view name) {
  if (!name.starts_with(kMessage)) return 0;
  name.remove_prefix(kMessage.size());
  std::uint32_t number = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc() && end == name.data() + name.size() ? number : 0;
}

bool owns_key(std::string_view name) { return message_number(name) != 0; }

Result<> read_discards(const syntax::Node& node, Discards& to) {
  to = Discards::ignore;
  if (!node.exists()) return {};
  auto word = node.string();
  for (std::size_t i = 0; i < kDiscards.size(); ++i) {
    if (word != kDiscards[i]) continue;
    to = static_cast<Discards>(i);
    return {};
  }
  return wrong(node, "is neither \"passdown\", \"nopassdown\" nor \"ignore\"");
}

Result<> read_message(const syntax::Node& section, const Names& names, ThinMessage& to) {
  Keys keys(section, names);
  keys.lv("create", to.create);
  keys.number("delete", to.remove_id);
  return keys.done();
}

Result<SegmentBody> read(const syntax::Node& section, const Names& names) {
  ThinPool pool;
  Keys keys(section, names);
  keys.lv(kKeys[0], pool.metadata, Presence::needed);
  keys.lv(kKeys[1], pool.data, Presence::needed);
  keys.number64(kKeys[2], pool.transaction_id, Presence::needed);
  keys.number(kKeys[3], pool.chunk_size, Presence::needed);
  syntax::Node discards = keys.find(kKeys[4]);
  keys.flag(kKeys[5], pool.zero_new_blocks);
  std::optional<std::uint32_t> crop;
  keys.number(kKeys[6], crop);
  TRY(keys.done());
  TRY(read_discards(discards, pool.discards));
  if (crop) pool.crop_metadata = *crop != 0;
  for (syntax::Node child : section.children())
    if (child.is_section() && owns_key(child.name())) TRY(read_message(child, names, pool.messages.emplace_back()));
  return pool;
}

void write(const SegmentBody& body, syntax::Printer& out, const Names& names) {
  const auto& pool = std::get<ThinPool>(body);
  out.string(kKeys[0], names.lv_name(pool.metadata));
  out.string(kKeys[1], names.lv_name(pool.data));
  out.number(kKeys[2], pool.transaction_id);
  out.number(kKeys[3], pool.chunk_size.n, size_comment(out, pool.chunk_size));
  out.string(kKeys[4], kDiscards[static_cast<std::size_t>(pool.discards)]);
  if (pool.zero_new_blocks) out.number(kKeys[5], 1);
  if (pool.crop_metadata) out.number(kKeys[6], *pool.crop_metadata ? 1 : 0);
  if (!pool.messages.empty()) out.blank();
  for (std::size_t i = 0; i < pool.messages.size(); ++i) {
    out.open(fmt::format("{}{}", kMessage, i + 1));
    if (pool.messages[i].create)
      out.string("create", names.lv_name(pool.messages[i].create));
    else
      out.number("delete", pool.messages[i].remove_id);
    out.close();
  }
}

// Free chunks at which the kernel raises an event: those beyond the threshold, which counts from 50 on.
std::uint64_t low_water(Sectors size, Sectors chunk, std::uint32_t threshold) {
  constexpr std::uint32_t kLeast = 50, kAll = 100;
  if (!chunk || threshold >= kAll) return 0;
  return size.n / chunk.n * (kAll - std::max(threshold, kLeast)) / kAll;
}

Result<dm::Target> target(const model::Lv& lv, const model::Segment& segment, Sectors start, const Devices& devices) {
  const auto& pool = std::get<ThinPool>(segment.body);
  dm::Target out = frame(segment, start, devices);
  dm::ThinPoolTarget target;
  TRY(store(target.metadata, devices.lv_device(pool.metadata, model::Role::thin_pool_metadata)));
  TRY(store(target.data, devices.lv_device(pool.data, model::Role::thin_pool_data)));
  target.chunk = pool.chunk_size;
  target.low_water = low_water(out.length, pool.chunk_size, devices.thin_pool_threshold(lv));
  target.zero_new_blocks = pool.zero_new_blocks;
  target.ignore_discard = pool.discards == Discards::ignore;
  target.discard_passdown = pool.discards == Discards::passdown || target.ignore_discard;
  target.error_if_no_space = lv.flags.has(model::LvFlag::error_when_full);
  out.body = std::move(target);
  return out;
}

}  // namespace

constexpr Kind thin_pool_kind = {
    .name = "thin-pool",
    .module = "thin-pool",
    .is_virtual = false,
    .read = read,
    .keys = kKeys,
    .owns_key = owns_key,
    .write = write,
    .areas = row_areas,
    .area_length = row_area_length,
    .check = row_check,
    .target = target,
    .layer = "tpool",
};
static_assert(is_complete<ThinPool>(thin_pool_kind));

}  // namespace lvm::segment
