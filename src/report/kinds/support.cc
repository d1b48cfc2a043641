// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/kinds/support.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/size_units.h"
#include "segment/kind.h"

namespace lvm::report::kinds {

bool first_of_role(const Row& row, const LvUser& use) {
  for (const LvUser& other : row.source->users(*row.lv))
    if (other.role == use.role) return other == use;
  return false;
}

std::size_t count_users(const Row& row, model::Role role) {
  auto users = row.source->users(*row.lv);
  return static_cast<std::size_t>(std::ranges::count(users, role, &LvUser::role));
}

namespace {
std::uint64_t share(std::uint64_t part, std::uint64_t whole) {
  constexpr std::uint64_t kLeast = kPercentWhole / 10'000;
  if (part >= whole) return kPercentWhole;
  if (part == 0) return 0;
  auto value = static_cast<std::uint64_t>(static_cast<unsigned __int128>(part) * kPercentWhole / whole);
  return std::clamp(value, kLeast, kPercentWhole - kLeast);
}
}  // namespace

void set_share(Value& out, std::uint64_t part, std::uint64_t whole) {
  if (whole != 0) out.set_number(share(part, whole));
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  std::string text;
  append_decimal(text, whole == 0 ? kPercentWhole : share(part, whole), kPercentWhole / 100);
  return text;
}

std::string_view plain_name(const Row& row, LvId id) {
  const model::Lv* lv = id ? row.source->lv(id) : nullptr;
  return lv == nullptr ? std::string_view() : std::string_view(lv->name);
}

void set_name(const Row& row, LvId id, Value& out) {
  const model::Lv* lv = id ? row.source->lv(id) : nullptr;
  if (lv == nullptr) return;
  if (lv->visible() || !row.common().settings->mark_hidden) {
    out.set_text(lv->name);
    return;
  }
  auto& text = out.buffer();
  text += '[';
  text += lv->name;
  text += ']';
  out.set_composed();
  out.set_match(lv->name);
}

void set_uuid(LvId id, Value& out) {
  if (!id) return;
  out.buffer() = id.dashed();
  out.set_composed();
}

void modules(const Row& row, Value& out) {
  const auto& lvs = row.vg().lvs;
  std::set<std::string_view> words;
  std::vector<bool> seen(lvs.size());
  std::vector<std::uint32_t> open = {row.lv->position};
  while (!open.empty()) {
    const std::uint32_t at = open.back();
    open.pop_back();
    if (seen[at]) continue;
    seen[at] = true;
    for (const auto& segment : lvs[at].segments) {
      const auto& kind = segment::kind_of(segment.body);
      if (!kind.module.empty() && !std::holds_alternative<model::Striped>(segment.body)) words.insert(kind.module);
    }
    for (const LvUser& use : row.source->users_at(at))
      if (use.role == model::Role::snapshot_origin || use.role == model::Role::snapshot_store) words.insert("snapshot");
    for (const LvUser& use : row.source->uses_at(at)) {
      const bool cache = use.role == model::Role::cache_volume || use.role == model::Role::writecache_volume;
      if (use.bond() == model::Bond::part && !cache) open.push_back(use.used);
      // What a pool or an origin itself stands on is its own affair.
      if (use.bond() != model::Bond::base || lvs[use.used].segments.empty()) continue;
      const auto& body = lvs[use.used].segments.front().body;
      if (!std::holds_alternative<model::Striped>(body)) words.insert(segment::kind_of(body).module);
    }
  }
  words.erase(std::string_view());
  out.start_list();
  for (const auto word : words) out.add_item(word);
}

}  // namespace lvm::report::kinds
