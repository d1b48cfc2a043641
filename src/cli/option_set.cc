// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/option_set.h"

#include <algorithm>

#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

constexpr Signs united(Signs a, Signs b) {
  if (a == b || b == Signs::none) return a;
  return a == Signs::none ? b : Signs::both;
}

// Edits (insert, drop, change) that make one of the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

OptionSet::OptionSet(const CommandRow& command) {
  for (const Form& form : command.forms) for_each_use(command, form, [this](const Use& use) { add(use); });
  for (const Use& use : kGlobalOptions) add(use);
}

void OptionSet::add(const Use& use) {
  const auto index = static_cast<std::size_t>(use.opt);
  signs_[index] = present_[index] ? united(signs_[index], use.signs) : use.signs;
  present_[index] = true;
}

OptionSet::Match OptionSet::find(std::string_view name) const {
  std::string plain;
  for (const char c : name)
    if (c != '-') plain += c;

  std::vector<Opt> candidates;
  Ambiguous ambiguous;
  Unknown unknown;
  for (const OptionRow& option : option_table::kRows) {
    const bool exact = plain == option.name || (!option.alias.empty() && plain == option.alias);
    if (!has(option.opt)) {
      unknown.elsewhere = unknown.elsewhere || exact;
      continue;
    }
    if (exact) return option.opt;
    if (plain.empty()) continue;
    if (option.exact) continue;
    for (const std::string_view candidate : {option.name, option.alias}) {
      if (!candidate.starts_with(plain)) continue;
      if (candidates.empty() || candidates.back() != option.opt) candidates.push_back(option.opt);
      ambiguous.names.emplace_back(candidate);
    }
  }
  if (candidates.size() == 1) return candidates.front();
  if (candidates.size() > 1) return ambiguous;
  constexpr std::size_t kShortest = 3, kLongest = 64;
  if (plain.size() >= kShortest && plain.size() < kLongest) {
    for (const OptionRow& option : option_table::kRows)
      if (has(option.opt) && !option.hidden && distance(plain, option.name) <= plain.size() / 4 + 1)
        unknown.similar.push_back(option.opt);
  }
  return unknown;
}

std::optional<Opt> OptionSet::find_letter(char letter) const {
  for (const OptionRow& option : option_table::kRows)
    if (option.letter == letter && letter != 0 && has(option.opt)) return option.opt;
  return std::nullopt;
}

}  // namespace lvm::cli
