// SPDX-License-Identifier: LGPL-2.1-or-later
#include "metadata/words.h"

#include <fmt/format.h>

#include <array>
#include <span>

#include "metadata/keys.h"
#include "segment/parts.h"

namespace lvm::metadata {
namespace {

using model::Allocation;
using model::FlagPlace;
using segment::wrong;

constexpr std::size_t kMostWords = 16;
template <class Rows>
constexpr bool fits(const Rows& rows, FlagPlace place) {
  std::size_t count = 1;  // WRITE_LOCKED
  for (const auto& row : rows) count += row.place == place ? 1 : 0;
  return count <= kMostWords;
}
static_assert(fits(model::kVgFlags, FlagPlace::status) && fits(model::kVgFlags, FlagPlace::compatible));
static_assert(fits(model::kPvFlags, FlagPlace::status) && fits(model::kPvFlags, FlagPlace::compatible));
static_assert(fits(model::kLvFlags, FlagPlace::status) && fits(model::kLvFlags, FlagPlace::compatible));

// Collects views of words for one array.
class Words {
 public:
  void add(std::string_view word) { words_[count_++] = word; }
  std::span<const std::string_view> view() const { return {words_.data(), count_}; }

 private:
  std::array<std::string_view, kMostWords> words_;
  std::size_t count_ = 0;
};

// A known word may stand in either array: MISSING and CACHE_VOL have moved between versions.
template <class Flag, std::size_t N>
bool set_known(const std::array<model::FlagRow<Flag>, N>& rows, std::string_view word, model::Flags<Flag>& flags) {
  for (const auto& row : rows) {
    if (row.place == FlagPlace::segment_type || row.word != word) continue;
    flags.set(row.flag);
    return true;
  }
  return false;
}

template <class Flag, std::size_t N, class Special>
Result<> read_array(const syntax::Node& node, WordList list, const std::array<model::FlagRow<Flag>, N>& rows,
                    model::Flags<Flag>& flags, std::vector<std::string>& unknown, Special special) {
  auto take = [&](const syntax::Node& at) -> Result<> {
    auto word = at.string();
    if (!word) return wrong(node, "has an element that is not a string");
    if (set_known(rows, *word, flags) || special(*word)) return {};
    if (list == WordList::status)
      return wrong(node, fmt::format("has the unknown word \"{}\": a newer version wrote it, which is needed to use "
                                     "this volume group",
                                     *word));
    unknown.emplace_back(*word);
    return {};
  };
  if (node.kind() != syntax::Kind::array) return take(node);
  for (syntax::Node at : node.children()) TRY(take(at));
  return {};
}

template <class Flag, std::size_t N>
void write_arrays(syntax::Printer& out, const std::array<model::FlagRow<Flag>, N>& rows, model::Flags<Flag> flags,
                  std::optional<Flag> locked, const std::vector<std::string>& unknown) {
  Words status, compatible;
  bool write_locked = locked && flags.has(*locked);
  if (write_locked) compatible.add(kWriteLocked);
  for (const auto& row : rows) {
    if (!flags.has(row.flag) || (write_locked && row.flag == *locked)) continue;
    if (row.place == FlagPlace::status) status.add(row.word);
    if (row.place == FlagPlace::compatible) compatible.add(row.word);
  }
  out.strings("status", status.view());
  if (unknown.empty()) {
    out.strings("flags", compatible.view());
    return;
  }
  std::vector<std::string_view> all(compatible.view().begin(), compatible.view().end());
  all.insert(all.end(), unknown.begin(), unknown.end());
  out.strings("flags", all);
}

constexpr std::array<std::string_view, 5> kAllocations = {"contiguous", "cling", "normal", "anywhere", "inherit"};

}  // namespace

Result<> read_flags(const syntax::Node& node, WordList list, model::VgFlags& flags, std::vector<std::string>& unknown) {
  return read_array(node, list, model::kVgFlags, flags, unknown, [&](std::string_view word) {
    if (word == kWriteLocked) flags.set(model::VgFlag::write);
    return word == kWriteLocked || word == "PARTIAL";  // PARTIAL: of old versions, means nothing
  });
}

Result<> read_flags(const syntax::Node& node, WordList list, model::PvFlags& flags, std::vector<std::string>& unknown) {
  return read_array(node, list, model::kPvFlags, flags, unknown, [](std::string_view) { return false; });
}

Result<> read_flags(const syntax::Node& node, WordList list, model::LvFlags& flags, std::vector<std::string>& unknown) {
  return read_array(node, list, model::kLvFlags, flags, unknown, [&](std::string_view word) {
    if (word == kWriteLocked) flags.set(model::LvFlag::write);
    return word == kWriteLocked;
  });
}

void write_flags(syntax::Printer& out, model::VgFlags flags, bool locked, const std::vector<std::string>& unknown) {
  write_arrays(out, model::kVgFlags, flags, locked ? std::optional(model::VgFlag::write) : std::nullopt, unknown);
}

void write_flags(syntax::Printer& out, model::PvFlags flags, const std::vector<std::string>& unknown) {
  write_arrays(out, model::kPvFlags, flags, std::optional<model::PvFlag>(), unknown);
}

void write_flags(syntax::Printer& out, model::LvFlags flags, bool locked, const std::vector<std::string>& unknown) {
  write_arrays(out, model::kLvFlags, flags, locked ? std::optional(model::LvFlag::write) : std::nullopt, unknown);
}

std::string type_suffix(model::LvFlags flags) {
  std::string suffix;
  if (flags.empty()) return suffix;
  for (const auto& row : model::kLvFlags) {
    if (row.place != FlagPlace::segment_type || !flags.has(row.flag)) continue;
    suffix += '+';
    suffix += row.word;
  }
  return suffix;
}

bool read_type_suffix(std::string_view suffix, model::LvFlags& flags) {
  while (!suffix.empty()) {
    suffix.remove_prefix(1);  // the '+'
    std::string_view word = suffix.substr(0, suffix.find('+'));
    suffix.remove_prefix(word.size());
    bool known = false;
    for (const auto& row : model::kLvFlags) {
      if (row.place != FlagPlace::segment_type || row.word != word) continue;
      flags.set(row.flag);
      known = true;
    }
    if (!known) return false;
  }
  return true;
}

std::string_view to_word(Allocation allocation) { return kAllocations[static_cast<std::size_t>(allocation)]; }

std::optional<Allocation> allocation_of(std::string_view word) {
  if (word == "cling_by_tags") return Allocation::cling;  // an old name, never written
  for (std::size_t i = 0; i < kAllocations.size(); ++i)
    if (kAllocations[i] == word) return static_cast<Allocation>(i);
  return std::nullopt;
}

}  // namespace lvm::metadata
