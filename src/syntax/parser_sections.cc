// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "syntax/parser.h"

namespace lvm::syntax {

// The first record of the section that a new one may repeat: of its equal in the section before, or of the one that
// stands before it.
std::uint32_t Parser::take_pattern() {
  if (!patterns_) return 0;
  std::uint32_t like = top_->pattern;
  if (like != 0 && records_[like].kind == Kind::section) {
    top_->pattern = records_[like].next;
  } else {
    like = static_cast<std::uint32_t>(top_->link / sizeof(Record));
    if (like == top_->record || records_[like].kind != Kind::section) return 0;
  }
  return records_[like].first_child;
}

// Opens a section in the top one, or again if it has been there.
bool Parser::enter(const char* begin, Name name) {
  if (top_ == &frames_.back())
    return wrong(begin, fmt::format("sections nest deeper than {}", Document::kMaxDepth - 1)) != nullptr;
  Frame frame;
  frame.pattern = take_pattern();
  std::uint64_t bit = std::uint64_t{1} << filter_bit(name.begin, name.end);
  bool seen = (top_->section_filter & bit) != 0;
  std::uint32_t hash = seen || top_->indexed ? SectionIndex::hash_of(top_->record, name.view()) : 0;
  if (seen) {
    if (!top_->indexed) index_sections();
    frame.record = find_section(hash, name);
  }
  if (frame.record != 0) {
    // A name that stands in both parts shows only when all is read.
    frame.suspect = true;
    frame.pattern = 0;
    patterns_ = false;
    frame.section_filter = ~std::uint64_t{0};
    frame.link = reopened_[frame.record];
    if (frame.link == 0) {
      frame.link = link_of_first_child(frame.record);
      for (std::uint32_t at = records_[frame.record].first_child; at != 0; at = records_[at].next)
        frame.link = link_of_next(at);
    }
  } else {
    frame.record = add_named(begin, name);
    frame.link = link_of_first_child(frame.record);
    records_[frame.record].kind = Kind::section;
    records_[frame.record].first_child = 0;
    top_->section_filter |= bit;
    if (top_->indexed) sections_.insert(hash, top_->record, frame.record);
  }
  *++top_ = frame;
  return true;
}

std::uint32_t Parser::find_section(std::uint32_t hash, Name name) {
  return sections_.find(hash, top_->record,
                        [this, name](std::uint32_t record) { return name_of(record) == name.view(); });
}

// A section may be opened, closed and opened again: what is indexed already stays.
void Parser::index_sections() {
  top_->indexed = true;
  for (std::uint32_t at = records_[top_->record].first_child; at != 0; at = records_[at].next) {
    if (records_[at].kind != Kind::section) continue;
    std::string_view name = name_of(at);
    std::uint32_t hash = SectionIndex::hash_of(top_->record, name);
    if (find_section(hash, {name.data(), name.data() + name.size()}) == 0) sections_.insert(hash, top_->record, at);
  }
}

void Parser::pop_frame() {
  if (top_->suspect || (top_->value_filter & top_->section_filter) != 0) {
    suspects_.push_back(top_->record);
    reopened_[top_->record] = top_->link;
  }
  --top_;
}

}  // namespace lvm::syntax
