// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "syntax/parser.h"

namespace lvm::syntax {

namespace {
// More of them tell nobody more.
constexpr std::size_t kMaxWarnings = 32;
}  // namespace

void Parser::resolve_duplicates() {
  std::ranges::sort(suspects_);
  auto rest = std::ranges::unique(suspects_);
  suspects_.erase(rest.begin(), rest.end());
  for (std::uint32_t section : suspects_) resolve_duplicates(section);
}

// Among children of one name a single one stays, so that look-ups may take the first: the latest value,
// and a value rather than a section.
void Parser::resolve_duplicates(std::uint32_t section) {
  std::vector<std::uint32_t> children;
  for (std::uint32_t at = records_[section].first_child; at != 0; at = records_[at].next) children.push_back(at);
  std::vector<std::uint32_t> by_name = children;
  std::ranges::sort(by_name, {}, [this](std::uint32_t index) { return std::pair(name_of(index), index); });

  std::vector<std::uint32_t> dropped;
  for (std::size_t i = 0, next = 0; i < by_name.size(); i = next) {
    std::uint32_t kept = by_name[i];
    for (next = i + 1; next < by_name.size(); ++next) {
      std::uint32_t other = by_name[next];
      if (name_of(other) != name_of(kept)) break;
      if (records_[other].kind == Kind::section) {
        dropped.push_back(other);
        continue;
      }
      if (records_[kept].kind == Kind::section) {
        dropped.push_back(kept);
        kept = other;
        continue;
      }
      warn_twice(other);
      take_value(kept, other);
      dropped.push_back(other);
    }
  }
  if (dropped.empty()) return;
  std::ranges::sort(dropped);
  relink(section, children, dropped);
}

void Parser::warn_twice(std::uint32_t index) {
  if (document_.warnings_.size() >= kMaxWarnings) return;
  const Record& record = records_[index];
  auto line = std::count(text_, text_ + record.begin, '\n') + 1;
  document_.warnings_.push_back(
      fmt::format("{}:{}: key {} is assigned twice, the later value counts", document_.source_, line, name_of(index)));
}

void Parser::take_value(std::uint32_t to, std::uint32_t from) {
  std::uint32_t next = records_[to].next;
  records_[to] = records_[from];
  records_[to].next = next;
}

void Parser::relink(std::uint32_t section, const std::vector<std::uint32_t>& children,
                    const std::vector<std::uint32_t>& dropped) {
  std::uint32_t last = 0;
  for (std::uint32_t at : children) {
    if (std::ranges::binary_search(dropped, at)) continue;
    if (last == 0)
      records_[section].first_child = at;
    else
      records_[last].next = at;
    last = at;
  }
  records_[last].next = 0;
}

}  // namespace lvm::syntax
