// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/filters/regex.h"

#include <algorithm>

#include "device/filters/rows.h"

namespace lvm::device {
namespace {

char closing(char opening) {
  switch (opening) {
    case '(': return ')';
    case '[': return ']';
    case '{': return '}';
    default: return opening;
  }
}

}  // namespace

Result<RegexFilter> RegexFilter::make(std::span<const std::string> entries) {
  RegexFilter filter;
  std::vector<std::string> patterns;
  for (const std::string& entry : entries) {
    if (entry.empty() || (entry[0] != 'a' && entry[0] != 'r'))
      return fail(Code::refused, "Invalid filter pattern \"" + entry + "\": it must begin with 'a' or 'r'.");
    if (entry.size() < 3 || entry.back() != closing(entry[1]))
      return fail(Code::refused, "Invalid filter pattern \"" + entry + "\": invalid separator at end of regex.");
    filter.accepts_.push_back(entry[0] == 'a');
    patterns.push_back(entry.substr(2, entry.size() - 3));
  }
  filter.patterns_ = TRY(PatternSet::compile(patterns));
  return filter;
}

RegexFilter::Verdict RegexFilter::judge(std::string_view name) const {
  if (!patterns_) return Verdict::none;
  auto match = patterns_->first_match(name);
  if (!match) return Verdict::none;
  return accepts_[*match] ? Verdict::accept : Verdict::reject;
}

bool RegexFilter::rejects(const Device& device) const {
  Verdict verdict = judge(device.path);
  if (verdict == Verdict::accept) return false;
  bool rejected = verdict == Verdict::reject;
  for (const std::string& alias : device.aliases) {
    verdict = judge(alias);
    if (verdict == Verdict::accept) return false;
    rejected = rejected || verdict == Verdict::reject;
  }
  return rejected;
}

void RegexFilter::show_accepted_name(Device& device) const {
  if (!patterns_ || judge(device.path) == Verdict::accept) return;
  auto accepted =
      std::ranges::find_if(device.aliases, [&](const std::string& name) { return judge(name) == Verdict::accept; });
  if (accepted == device.aliases.end()) return;
  std::rotate(device.aliases.begin(), accepted, std::next(accepted));
  std::swap(device.path, device.aliases.front());
}

bool filter_regex(const FilterContext& context, const FilterSubject& subject) {
  return context.global_filter.rejects(subject.device) || context.filter.rejects(subject.device);
}

}  // namespace lvm::device
