// SPDX-License-Identifier: LGPL-2.1-or-later
#include "metadata/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "metadata/comments.h"
#include "metadata/history.h"
#include "metadata/keys.h"
#include "metadata/text.h"
#include "metadata/visibility.h"
#include "metadata/words.h"
#include "segment/parts.h"

// Keys, their order, blank lines and comments are those of docs/formats/metadata.md.
namespace lvm::metadata {
namespace {

// What a usual object takes, to reserve room once.
constexpr std::size_t kLvBytes = 480, kFileFactor = 2, kHeadBytes = 4096;

constexpr std::string_view to_comment(bool wanted, std::string_view text) { return wanted ? text : std::string_view(); }

}  // namespace

std::string_view LocalTimestamp::format(std::int64_t unix_seconds) {
  if (unix_seconds == last_) return text_;
  auto time = static_cast<std::time_t>(unix_seconds);
  std::tm local{};
  char buffer[64] = "";
  if (::localtime_r(&time, &local)) std::strftime(buffer, sizeof buffer, "%Y-%m-%d %T %z", &local);
  text_ = buffer;
  last_ = unix_seconds;
  return text_;
}

Writer::Writer(const model::Vg& vg, syntax::Layout layout)
    : vg_(vg), out_(layout), file_(layout == syntax::Layout::file), locked_(vg.write_locked()), pvs_(vg) {
  pv_names_.reserve(vg.pvs.size());
  for (std::size_t i = 0; i < vg.pvs.size(); ++i) pv_names_.push_back(fmt::format("pv{}", i));
  out_.reserve((kHeadBytes + (vg.lvs.size() + vg.pvs.size()) * kLvBytes) * (file_ ? kFileFactor : 1));
}

std::string Writer::run() {
  out_.open(vg_.name);
  write_vg_keys();
  write_pvs();
  out_.blank();
  if (!vg_.lvs.empty()) write_lvs();
  out_.blank();
  // As it was read, but for the times that files tell.
  if (!vg_.historical.empty() && file_)
    write_history(out_, read_history(vg_.historical), &timestamp_);
  else if (!vg_.historical.empty())
    out_.verbatim(vg_.historical);
  out_.close();
  return out_.take();
}

void Writer::write_vg_keys() {
  out_.string("id", vg_.id.dashed());
  out_.number("seqno", vg_.seqno);
  out_.string("format", kFormat, to_comment(file_, "informational"));
  write_flags(out_, vg_.flags, locked_, vg_.unknown_flags);
  write_tags(vg_.tags);
  if (!vg_.system_id.empty()) out_.string("system_id", vg_.system_id);
  if (!vg_.lock_type.empty()) {
    out_.string("lock_type", vg_.lock_type);
    if (!vg_.lock_args.empty()) out_.string("lock_args", vg_.lock_args);
  }
  out_.number("extent_size", vg_.extent_size.n, size(vg_.extent_size));
  out_.number("max_lv", vg_.max_lv);
  out_.number("max_pv", vg_.max_pv);
  if (vg_.allocation != model::Allocation::normal) {
    out_.blank();
    out_.string("allocation_policy", to_word(vg_.allocation));
  }
  if (!vg_.profile.empty()) out_.string("profile", vg_.profile);
  out_.number("metadata_copies", vg_.metadata_copies);
  out_.verbatim(vg_.unknown_keys);
}

void Writer::write_tags(const std::vector<std::string>& tags) {
  if (tags.empty()) return;
  scratch_.assign(tags.begin(), tags.end());
  out_.strings("tags", scratch_);
}

std::string Writer::size(Sectors sectors) const { return file_ ? segment::size_comment(sectors) : std::string(); }

void Writer::write_pvs() {
  out_.blank();
  out_.open("physical_volumes");
  for (std::size_t i = 0; i < vg_.pvs.size(); ++i) write_pv(vg_.pvs[i], pv_names_[i]);
  out_.close();
}

void Writer::write_pv(const model::Pv& pv, std::string_view name) {
  out_.blank();
  out_.open(name);
  out_.string("id", pv.id.dashed());
  out_.string("device", pv.device_hint, to_comment(file_, "Hint only"));
  out_.blank();
  if (!pv.device_id_type.empty()) out_.string("device_id_type", pv.device_id_type);
  if (!pv.device_id.empty()) out_.string("device_id", pv.device_id);
  write_flags(out_, pv.flags, pv.unknown_flags);
  write_tags(pv.tags);
  if (pv.device_size) out_.number("dev_size", pv.device_size.n, size(pv.device_size));
  out_.number("pe_start", pv.pe_start.n);
  out_.number("pe_count", pv.pe_count.n, size(vg_.size_of(pv.pe_count)));
  if (pv.boot_start || pv.boot_size) {
    out_.number("ba_start", pv.boot_start.n);
    out_.number("ba_size", pv.boot_size.n, size(pv.boot_size));
  }
  out_.verbatim(pv.unknown_keys);
  out_.close();
}

// Visible LVs first. Which ones are visible may depend on kinds that this version does not know (a snapshot
// hides or shows others): with such segments the order of the text is left alone.
void Writer::write_lvs() {
  out_.open("logical_volumes");
  bool reorder =
      std::none_of(vg_.lvs.begin(), vg_.lvs.end(), [](const model::Lv& lv) { return lv.has_unknown_segments(); });
  auto stored = stored_visibility(vg_);
  auto write_group = [&](bool first) {
    for (std::size_t i = 0; i < vg_.lvs.size(); ++i) {
      const model::Lv& lv = vg_.lvs[i];
      if (reorder && first != (stored.empty() ? lv.visible() : stored[i].first_group)) continue;
      write_lv(lv, stored.empty() ? lv.visible() : stored[i].visible);
    }
  };
  write_group(true);
  if (reorder) write_group(false);
  out_.close();
}

void Writer::write_lv(const model::Lv& lv, bool visible) {
  out_.blank();
  out_.open(lv.name);
  out_.string("id", lv.id.dashed());
  write_words(lv, visible);
  write_tags(lv.tags);
  if (lv.creation_time != 0) {
    out_.integer("creation_time", lv.creation_time, file_ ? timestamp_.format(lv.creation_time) : std::string_view());
    out_.string("creation_host", lv.creation_host);
  }
  if (!lv.lock_args.empty()) out_.string("lock_args", *lv.lock_args);
  if (lv.allocation != model::Allocation::inherit) out_.string("allocation_policy", to_word(lv.allocation));
  if (!lv.profile.empty()) out_.string("profile", *lv.profile);
  if (lv.read_ahead != model::Lv::kReadAheadAuto)
    out_.integer("read_ahead", lv.read_ahead, to_comment(file_ && lv.read_ahead == model::Lv::kReadAheadNone, "None"));
  if (lv.major >= 0) out_.integer("major", lv.major);
  if (lv.minor >= 0) out_.integer("minor", lv.minor);
  out_.verbatim(*lv.unknown_keys);
  out_.number("segment_count", lv.segments.size());
  out_.blank();
  std::string suffix = type_suffix(lv.flags);
  std::array<char, 32> name = {'s', 'e', 'g', 'm', 'e', 'n', 't'};
  for (std::size_t i = 0; i < lv.segments.size(); ++i) {
    auto end = fmt::format_to(name.data() + 7, "{}", i + 1);
    out_.open({name.data(), static_cast<std::size_t>(end - name.data())});
    write_segment(lv.segments[i], suffix);
    out_.close();
  }
  out_.close();
}

// Most volumes carry the same words as the one before them.
void Writer::write_words(const model::Lv& lv, bool visible) {
  model::LvFlags flags = lv.flags;
  flags.set(model::LvFlag::visible, visible);
  if (last_words_.length != 0 && flags == last_words_.flags && lv.unknown_flags.empty())
    return out_.repeat(last_words_.from, last_words_.length);
  std::size_t from = out_.text().size();
  write_flags(out_, flags, locked_, lv.unknown_flags);
  if (lv.unknown_flags.empty()) last_words_ = {flags, from, out_.text().size() - from};
}

void Writer::write_segment(const model::Segment& segment, std::string_view suffix) {
  out_.number("start_extent", segment.start.n);
  out_.number("extent_count", segment.count.n, size(vg_.size_of(segment.count)));
  out_.blank();
  if (segment.reshape_extents)
    out_.number("reshape_count", segment.reshape_extents.n, size(vg_.size_of(segment.reshape_extents)));
  const segment::Kind& kind = segment::kind_of(segment.body);
  std::string_view type = segment::text_name(segment.body);
  if (const auto* unknown = std::get_if<model::UnknownSegment>(&segment.body))
    out_.string("type", unknown->type);
  else if (suffix.empty())
    out_.string("type", type);
  else
    out_.string("type", std::string(type) + std::string(suffix));
  write_tags(segment.tags);
  kind.write(segment.body, out_, *this);
  out_.verbatim(*segment.unknown_keys);
}

// Every id was checked to be of this VG (model/invariants.h).
std::string_view Writer::pv_name(PvId id) const {
  auto at = pvs_.position(id);
  CHECK(at);
  return pv_names_[*at];
}

std::string_view Writer::lv_name(LvId id) const {
  if (!lvs_) lvs_.emplace(vg_);
  const model::Lv* lv = lvs_->lv(id);
  CHECK(lv);
  return lv->name;
}

std::string write(const model::Vg& vg, const Origin& origin, syntax::Layout layout) {
  std::string section = Writer(vg, layout).run();
  std::string block = origin_block(origin);
  if (layout == syntax::Layout::raw) {
    section += block;
    return section;
  }
  block += section;
  return block;
}

}  // namespace lvm::metadata
