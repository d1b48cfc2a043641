// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "metadata/fields.h"
#include "metadata/keys.h"
#include "metadata/reader.h"
#include "metadata/words.h"

namespace lvm::metadata {

using segment::store;
using segment::wrong;
using syntax::Node;

namespace {

constexpr std::string_view kSegment = "segment";

// segment1, segment2, ...
bool is_segment(const Node& node) {
  std::string_view name = node.name();
  if (!name.starts_with(kSegment) || name.size() == kSegment.size() || !node.is_section()) return false;
  name.remove_prefix(kSegment.size());
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_known_policy(const Node& node) { return allocation_of(node.string().value_or("")).has_value(); }

bool is_known_in_lv(const Node& node) {
  switch (kLvTable.find(node.name())) {
    case LvKey::unknown: return is_segment(node);
    case LvKey::allocation_policy: return is_known_policy(node);
    default: return true;
  }
}

}  // namespace

Result<> Reader::read_lvs(const Node& section) {
  if (!section.is_section()) return wrong(section, "is not a section");
  out_.vg.lvs.reserve(section.child_count());
  for (Node child : section.children()) {
    if (!child.is_section()) return wrong(child, "is not a section");
    TRY(read_lv(child, out_.vg.lvs.emplace_back()));
  }
  return {};
}

Result<> Reader::read_lv(const Node& section, model::Lv& lv) {
  lv.name = section.name();
  std::optional<std::uint64_t> segment_count;
  Node first_segment;
  bool status = false, unknown = false;
  std::size_t next = 0;
  for (Node child : section.children()) {
    LvKey key = kLvTable.find(child.name(), next);
    next = static_cast<std::size_t>(key) + 1;
    if (key == LvKey::unknown || (key == LvKey::allocation_policy && !is_known_policy(child))) {
      if (!is_segment(child))
        unknown = true;
      else if (!first_segment.exists())
        first_segment = child;
      continue;
    }
    status |= key == LvKey::status;
    TRY(read_lv_key(key, child, lv, segment_count));
  }
  if (!lv.id) return wrong(section, "has no id");
  if (!status) return wrong(section, "has no status");
  if (!segment_count) return wrong(section, "has no segment_count");
  if (unknown) lv.unknown_keys = keep_unknown(section, is_known_in_lv);
  return read_segments(section, first_segment, *segment_count, lv);
}

Result<> Reader::read_lv_key(LvKey key, const Node& node, model::Lv& lv, std::optional<std::uint64_t>& segment_count) {
  constexpr std::uint64_t kMaxMinor = 0xfffff;
  switch (key) {
    case LvKey::id: return read_id(node, lv.id);
    case LvKey::status: return read_words(node, WordList::status, lv);
    case LvKey::flags: return read_words(node, WordList::compatible, lv);
    case LvKey::creation_time: return store(lv.creation_time, read_time(node));
    case LvKey::creation_host: return read_string(node, lv.creation_host);
    case LvKey::segment_count: return segment::read_number(node, kMax32, segment_count);
    case LvKey::tags: return store(lv.tags, read_strings(node));
    case LvKey::lock_args: return read_string(node, lv.lock_args.edit());
    case LvKey::allocation_policy: lv.allocation = *allocation_of(*node.string()); break;
    case LvKey::profile: return read_string(node, lv.profile.edit());
    case LvKey::read_ahead: {
      auto value = node.integer();
      if (!value || *value < model::Lv::kReadAheadNone || *value > static_cast<std::int64_t>(kMax32))
        return wrong(node, "is neither -1 nor a number of sectors");
      lv.read_ahead = *value;
      break;
    }
    case LvKey::major: return segment::read_number(node, kMaxMinor, lv.major);
    case LvKey::minor: return segment::read_number(node, kMaxMinor, lv.minor);
    case LvKey::unknown: break;
  }
  return {};
}

// Most volumes carry the same words as the one before them.
Result<> Reader::read_words(const Node& node, WordList list, model::Lv& lv) {
  Words& last = last_words_[static_cast<std::size_t>(list)];
  if (node.source() == last.source) {
    lv.flags.set(last.flags);
    return {};
  }
  model::LvFlags flags;
  std::vector<std::string> unknown;
  TRY(read_flags(node, list, flags, unknown));
  for (std::string& flag : unknown) lv.unknown_flags.edit().push_back(std::move(flag));
  if (unknown.empty()) last = {node.source(), flags};
  lv.flags.set(flags);
  return {};
}

Result<> Reader::read_segments(const Node& section, Node first, std::uint64_t count, model::Lv& lv) {
  // A number is believed as far as there is text.
  lv.segments.reserve(count <= 1 ? count : std::min<std::uint64_t>(count, section.child_count()));
  for (Node child = first; child.exists(); child = child.next())
    if (is_segment(child)) TRY(read_segment(child, lv.flags, lv.segments.emplace_back()));
  if (lv.segments.size() != count)
    return wrong(section, fmt::format("has segment_count {}, but {} segments", count, lv.segments.size()));
  auto before = [](const model::Segment& a, const model::Segment& b) { return a.start < b.start; };
  if (!std::is_sorted(lv.segments.begin(), lv.segments.end(), before))
    std::stable_sort(lv.segments.begin(), lv.segments.end(), before);
  return {};
}

Result<> Reader::read_segment(const Node& section, model::LvFlags& flags, model::Segment& segment) {
  std::optional<std::string_view> type;
  const segment::Kind* kind = nullptr;
  bool start = false, strangers = false;
  std::size_t next = 0;
  for (Node child : section.children()) {
    switch (kSegmentTable.find(child.name(), next++)) {
      case SegmentKey::start_extent:
        TRY(segment::read_number(child, kMax32, segment.start));
        start = true;
        break;
      case SegmentKey::extent_count: TRY(segment::read_number(child, kMax32, segment.count)); break;
      case SegmentKey::type:
        type = child.string();
        if (type && *type != last_type_) {
          last_kind_ = segment::find_kind(type->substr(0, type->find('+')));
          last_type_ = *type;
        }
        if (type) kind = last_kind_;
        break;
      case SegmentKey::reshape_count: TRY(segment::read_number(child, kMax32, segment.reshape_extents)); break;
      case SegmentKey::tags: TRY(store(segment.tags, read_strings(child))); break;
      // Writers put the type in front; where it is not, a closer look follows.
      case SegmentKey::unknown: strangers |= !kind || !segment::has_key(*kind, child.name()); break;
    }
  }
  if (!start) return wrong(section, "has no start_extent");
  if (!segment.count) return wrong(section, "has no extents");
  if (!type || type->empty()) return wrong(section, "has no type");

  model::LvFlags with_suffix = flags;
  if (!kind || !read_type_suffix(type->substr(std::min(type->find('+'), type->size())), with_suffix))
    return store(segment.body, segment::kind_of(model::UnknownSegment()).read(section, *this));
  flags = with_suffix;
  TRY(store(segment.body, kind->read(section, *this)));
  if (strangers)
    segment.unknown_keys = keep_unknown(section, [&](const Node& node) {
      return kSegmentTable.find(node.name()) != SegmentKey::unknown || segment::has_key(*kind, node.name());
    });
  return {};
}

// Only kinds that refer to LVs ask; then every name is indexed, as references may point forwards.
void Reader::index_lv_names() const {
  lvs_indexed_ = true;
  lv_names_.reserve(lvs_section_.child_count());
  lvs_by_name_.reset(lvs_section_.child_count());
  for (Node child : lvs_section_.children()) {
    auto id = LvId::parse(child.find("id").string().value_or(""));
    if (!id) continue;  // reading that LV reports it
    auto position = static_cast<std::uint32_t>(lv_names_.size());
    lv_names_.push_back({child.name(), *id});
    lvs_by_name_.insert(std::hash<std::string_view>()(child.name()), position,
                        [&](std::uint32_t other) { return lv_names_[other].name == child.name(); });
  }
}

std::optional<LvId> Reader::lv_id(std::string_view name) const {
  if (!lvs_indexed_) index_lv_names();
  auto at = lvs_by_name_.find(std::hash<std::string_view>()(name),
                              [&](std::uint32_t position) { return lv_names_[position].name == name; });
  if (at == model::PositionTable::kNone) return std::nullopt;
  return lv_names_[at].id;
}

}  // namespace lvm::metadata
