// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace lvm::cli {
namespace {

template <class T>
std::optional<T> typed(const Given* given) {
  if (given == nullptr) return std::nullopt;
  const T* value = std::get_if<T>(&given->typed);
  return value == nullptr ? std::nullopt : std::optional<T>(*value);
}

bool belongs_to_report(Opt opt) { return opt == Opt::options || opt == Opt::sort || opt == Opt::select; }

Result<std::uint64_t> extent_number(std::string_view text, std::string_view whole) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    return fail(Code::usage, fmt::format("Physical extent parsing error at {}", whole));
  return value;
}

// "A-B", "A-", "-B", "A+N", "A".
Result<ExtentRange> parse_range(std::string_view text) {
  const auto plus = text.find('+');
  const auto minus = text.find('-');
  ExtentRange range;
  if (plus != std::string_view::npos) {
    const std::uint64_t first = TRY(extent_number(text.substr(0, plus), text));
    const std::uint64_t count = TRY(extent_number(text.substr(plus + 1), text));
    if (count == 0) return fail(Code::usage, fmt::format("Extent range {} has no extents", text));
    range.first = Extents(first);
    if (first > UINT64_MAX - count) return fail(Code::usage, fmt::format("Extent range {} is too large", text));
    range.last = Extents(first + count - 1);
    return range;
  }
  if (minus == std::string_view::npos) {
    const std::uint64_t only = TRY(extent_number(text, text));
    range.first = Extents(only);
    range.last = range.first;
    return range;
  }
  if (minus != 0) {
    const std::uint64_t first = TRY(extent_number(text.substr(0, minus), text));
    range.first = Extents(first);
  }
  if (minus + 1 < text.size()) {
    const std::uint64_t last = TRY(extent_number(text.substr(minus + 1), text));
    range.last = Extents(last);
  }
  if (range.last && *range.last < range.first)
    return fail(Code::usage, fmt::format("End of physical extent range {} is before its start", text));
  return range;
}

}  // namespace

std::size_t Arguments::count(Opt opt) const {
  return static_cast<std::size_t>(std::ranges::count(given_, opt, &Given::opt));
}

void Arguments::imply(Opt opt, std::string text, Typed typed) {
  if (!has(opt)) given_.push_back({opt, std::move(text), std::move(typed)});
}

const Given* Arguments::last(Opt opt) const {
  for (auto it = given_.rbegin(); it != given_.rend(); ++it)
    if (it->opt == opt) return &*it;
  return nullptr;
}

std::string_view Arguments::text(Opt opt) const {
  const Given* given = last(opt);
  return given == nullptr ? std::string_view() : std::string_view(given->text);
}

std::vector<std::string> Arguments::all(Opt opt) const {
  std::vector<std::string> values;
  for (const Given& given : given_)
    if (given.opt == opt) values.push_back(given.text);
  return values;
}

std::optional<std::int64_t> Arguments::number(Opt opt) const { return typed<std::int64_t>(last(opt)); }
std::optional<bool> Arguments::yes_no(Opt opt) const { return typed<bool>(last(opt)); }
std::optional<Amount> Arguments::amount(Opt opt) const { return typed<Amount>(last(opt)); }

std::optional<Bytes> Arguments::bytes(Opt opt) const {
  const auto value = amount(opt);
  return value && value->kind == Amount::Kind::bytes ? std::optional(value->bytes) : std::nullopt;
}

std::optional<Activation> Arguments::activation() const { return typed<Activation>(last(Opt::activate)); }

std::optional<ActivationMode> Arguments::activation_mode() const {
  if (has(Opt::partial)) return ActivationMode::partial;
  return typed<ActivationMode>(last(Opt::activationmode));
}

std::optional<ReadAhead> Arguments::read_ahead() const { return typed<ReadAhead>(last(Opt::readahead)); }

std::optional<model::Allocation> Arguments::allocation() const {
  if (has(Opt::alloc)) return typed<model::Allocation>(last(Opt::alloc));
  const auto contiguous = yes_no(Opt::contiguous);
  if (!contiguous) return std::nullopt;
  return *contiguous ? model::Allocation::contiguous : model::Allocation::inherit;
}

std::optional<bool> Arguments::writable() const { return yes_no(Opt::permission); }

std::vector<ReportGroup> Arguments::report_groups() const {
  std::vector<ReportGroup> groups(1);
  for (const Given& given : given_) {
    if (given.opt == Opt::configreport)
      groups.push_back({.report = given.text, .options = {}});
    else if (belongs_to_report(given.opt))
      groups.back().options.push_back(given);
  }
  return groups;
}

Result<PvOperand> parse_pv_operand(std::string_view text) {
  PvOperand operand;
  if (text.starts_with('@')) {
    operand.device = std::string(text);
    return operand;
  }
  // A colon may be part of a name under /dev/disk/by-path; a range holds digits, '-' and '+' only.
  std::size_t cut = text.size();
  while (true) {
    const auto colon = text.substr(0, cut).rfind(':');
    if (colon == std::string_view::npos || colon + 1 >= cut) break;
    const std::string_view tail = text.substr(colon + 1, cut - colon - 1);
    if (tail.find_first_not_of("0123456789-+") != std::string_view::npos) break;
    if (colon == 0) return fail(Code::usage, fmt::format("No device in \"{}\"", text));
    cut = colon;
  }
  operand.device = std::string(text.substr(0, cut));
  if (operand.device.empty()) return fail(Code::usage, "A device name is empty");
  while (cut < text.size()) {
    const auto end = std::min(text.find(':', cut + 1), text.size());
    const ExtentRange range = TRY(parse_range(text.substr(cut + 1, end - cut - 1)));
    operand.ranges.push_back(range);
    cut = end;
  }
  return operand;
}

}  // namespace lvm::cli
