// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/values.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <utility>

#include "base/size_units.h"

namespace lvm::cli {
namespace {

using Value = std::expected<Typed, BadValue>;

std::unexpected<BadValue> bad(std::string why = {}) { return std::unexpected(BadValue{std::move(why)}); }

constexpr std::string_view kSegmentTypes[] = {
    "linear",     "striped",    "zero",       "error",       "snapshot",   "mirror",     "raid0",
    "raid0_meta", "raid1",      "raid10",     "raid10_near", "raid4",      "raid5",      "raid5_n",
    "raid5_la",   "raid5_ls",   "raid5_ra",   "raid5_rs",    "raid6",      "raid6_n_6",  "raid6_nc",
    "raid6_nr",   "raid6_zr",   "raid6_ls_6", "raid6_rs_6",  "raid6_la_6", "raid6_ra_6", "thin-pool",
    "thin",       "cache-pool", "cache",      "vdo",         "vdo-pool",   "writecache", "integrity"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

// Takes digits off the front. nullopt when there are none or the value does not fit.
std::optional<std::uint64_t> take_digits(std::string_view& text) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  std::uint64_t value = 0;
  while (!text.empty() && is_digit(text.front())) {
    const auto digit = static_cast<std::uint64_t>(text.front() - '0');
    if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
    text.remove_prefix(1);
  }
  return value;
}

Value parse_number(std::string_view text) {
  if (text.starts_with('-')) return bad("Number may not be negative.");
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto value = take_digits(text);
  if (!value || !text.empty() || *value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return bad();
  return static_cast<std::int64_t>(*value);
}

// --- sizes ----------------------------------------------------------------------------------------

Sign take_sign(std::string_view& text) {
  if (text.starts_with('+') || text.starts_with('-')) {
    const Sign sign = text.front() == '+' ? Sign::plus : Sign::minus;
    text.remove_prefix(1);
    return sign;
  }
  return Sign::none;
}

// Whether the sign suits; `what` starts the complaint ("Size", "Extents").
std::expected<void, BadValue> check_sign(Sign sign, Signs allowed, std::string_view what) {
  if (sign == Sign::minus && (allowed == Signs::none || allowed == Signs::plus))
    return bad(fmt::format("{} may not be negative.", what));
  if (sign == Sign::plus && allowed == Signs::minus) return bad(fmt::format("{} may not be positive.", what));
  return {};
}

// "2", "+1", "-1": as an amount of extents, which has a sign.
Value parse_change(std::string_view text, Signs signs) {
  Amount amount{.kind = Amount::Kind::extents};
  amount.sign = take_sign(text);
  if (auto fits = check_sign(amount.sign, signs, "Number"); !fits) return std::unexpected(fits.error());
  if (signs == Signs::none) amount.sign = Sign::none;
  const auto value = take_digits(text);
  if (!value || !text.empty()) return bad();
  amount.extents = Extents(*value);
  return amount;
}

// A decimal number: whole part and the fraction as numerator over 10^digits.
struct Decimal {
  std::uint64_t whole = 0;
  std::uint64_t fraction = 0;
  std::uint64_t scale = 1;
  bool too_big = false;
};

std::optional<Decimal> take_decimal(std::string_view& text) {
  Decimal number;
  bool any = false;
  while (!text.empty() && is_digit(text.front())) {
    const auto digit = static_cast<std::uint64_t>(text.front() - '0');
    if (number.whole > (std::numeric_limits<std::uint64_t>::max() - digit) / 10)
      number.too_big = true;
    else
      number.whole = number.whole * 10 + digit;
    text.remove_prefix(1);
    any = true;
  }
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    while (!text.empty() && is_digit(text.front())) {
      // Beyond 18 digits a fraction of an exbibyte is less than a byte.
      if (number.scale < 1'000'000'000'000'000'000) {
        number.fraction = number.fraction * 10 + static_cast<std::uint64_t>(text.front() - '0');
        number.scale *= 10;
      }
      text.remove_prefix(1);
      any = true;
    }
  }
  if (!any) return std::nullopt;
  return number;
}

// The unit after the number: "", "k", "kb", "kib". 0 when it is none.
std::uint64_t unit_size(std::string_view text, char default_unit) {
  if (text.empty()) return input_unit(default_unit);
  const std::uint64_t unit = input_unit(text.front());
  const std::string_view rest = text.substr(1);
  const bool prefixed = unit > kSectorSize;
  if (rest.empty() || (prefixed && (equal_ignoring_case(rest, "b") || equal_ignoring_case(rest, "ib") ||
                                    equal_ignoring_case(rest, "i"))))
    return unit;
  return 0;
}

// Whole sectors, as LVM counts: a fraction of a sector is dropped, unless the size was given in bytes.
std::expected<Bytes, BadValue> parse_bytes(std::string_view text, char default_unit) {
  const auto number = take_decimal(text);
  if (!number) return bad("Size requires number argument.");
  const std::uint64_t unit = unit_size(text, default_unit);
  if (unit == 0) return bad("Can't parse size argument.");
  // 16 EiB is 2^64 bytes.
  __extension__ using Wide = unsigned __int128;
  const Wide bytes = Wide{number->whole} * unit + Wide{number->fraction} * unit / number->scale;
  if (number->too_big || bytes >> 64 != 0) return bad("Size is too big (>=16EiB).");
  const auto value = static_cast<std::uint64_t>(bytes);
  if (unit == 1 && value % kSectorSize != 0) {
    const std::uint64_t below = round_down(value, kSectorSize);
    return bad(fmt::format("Size is not a multiple of 512. Try using {} or {}.", below, below + kSectorSize));
  }
  return Bytes(round_down(value, kSectorSize));
}

Value parse_size(std::string_view text, char unit, Signs signs) {
  Amount amount;
  amount.sign = take_sign(text);
  if (auto fits = check_sign(amount.sign, signs, "Size"); !fits) return std::unexpected(fits.error());
  if (text.starts_with('+') || text.starts_with('-')) return bad("Multiple sign symbols detected.");
  auto bytes = parse_bytes(text, unit);
  if (!bytes) return std::unexpected(bytes.error());
  // Where the command knows no signs, "+10" is 10.
  if (signs == Signs::none) amount.sign = Sign::none;
  amount.bytes = *bytes;
  return amount;
}

// Of mirrors and raids: whole pages, so that the kernel can keep its bitmap.
Value parse_region_size(std::string_view text, char unit, Signs signs) {
  auto value = parse_size(text, unit, signs);
  if (!value) return value;
  const std::uint64_t bytes = std::get<Amount>(*value).bytes.n;
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  if (bytes % page != 0)
    return bad(fmt::format("Region size must be a multiple of machine memory page size ({} bytes).", page));
  if (!is_power_of_two(bytes))
    return bad(bytes == 0 ? "Region size may not be zero." : "Region size must be a power of 2.");
  return value;
}

// Any beginning of a keyword stands for it: %F is %FREE.
PercentOf percent_of(std::string_view word) {
  static constexpr std::pair<std::string_view, PercentOf> kWords[] = {{"vg", PercentOf::vg},
                                                                      {"free", PercentOf::free},
                                                                      {"lv", PercentOf::lv},
                                                                      {"pvs", PercentOf::pvs},
                                                                      {"origin", PercentOf::origin}};
  if (word.empty()) return PercentOf::none;
  for (const auto& [name, of] : kWords)
    if (word.size() <= name.size() && equal_ignoring_case(word, name.substr(0, word.size()))) return of;
  return PercentOf::none;
}

Value parse_extents(std::string_view text, Signs signs) {
  Amount amount;
  amount.kind = Amount::Kind::extents;
  amount.sign = take_sign(text);
  if (auto fits = check_sign(amount.sign, signs, "Extents"); !fits) return std::unexpected(fits.error());
  if (signs == Signs::none) amount.sign = Sign::none;
  const auto count = take_digits(text);
  if (!count) return bad();
  if (text.empty()) {
    amount.extents = Extents(*count);
    return amount;
  }
  if (text.front() != '%') return bad();
  amount.kind = Amount::Kind::percent;
  amount.of = percent_of(text.substr(1));
  if (amount.of == PercentOf::none) return bad(fmt::format("Specified {} is unknown.", text));
  if (*count > std::numeric_limits<std::uint32_t>::max()) return bad();
  amount.percent = static_cast<std::uint32_t>(*count);
  return amount;
}

// --- words ----------------------------------------------------------------------------------------

Value parse_activation(std::string_view text) {
  static constexpr std::pair<std::string_view, Activation> kWords[] = {
      {"y", Activation::on},        {"n", Activation::off},        {"ay", Activation::automatic},
      {"a", Activation::automatic}, {"ey", Activation::exclusive}, {"e", Activation::exclusive},
      {"en", Activation::off},      {"sy", Activation::shared},    {"s", Activation::shared},
      {"ly", Activation::on},       {"ln", Activation::off}};
  for (const auto& [name, activation] : kWords)
    if (text == name) return activation;
  return bad();
}

Value parse_activation_mode(std::string_view text) {
  if (text == "complete") return ActivationMode::complete;
  if (text == "degraded") return ActivationMode::degraded;
  if (text == "partial") return ActivationMode::partial;
  return bad("Invalid activation mode given.");
}

Value parse_allocation(std::string_view text) {
  static constexpr std::pair<std::string_view, model::Allocation> kWords[] = {
      {"contiguous", model::Allocation::contiguous}, {"cling", model::Allocation::cling},
      {"cling_by_tags", model::Allocation::cling},   {"normal", model::Allocation::normal},
      {"anywhere", model::Allocation::anywhere},     {"inherit", model::Allocation::inherit}};
  for (const auto& [name, allocation] : kWords)
    if (text == name) return allocation;
  return bad(fmt::format("Unrecognised allocation policy {}", text));
}

Value parse_read_ahead(std::string_view text) {
  if (equal_ignoring_case(text, "auto")) return ReadAhead{};
  if (equal_ignoring_case(text, "none")) return ReadAhead{.kind = ReadAhead::Kind::none, .sectors = {}};
  if (text.starts_with('-')) return bad();
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto bytes = parse_bytes(text, 's');
  if (!bytes) return std::unexpected(bytes.error());
  return ReadAhead{.kind = ReadAhead::Kind::sectors, .sectors = to_sectors_floor(*bytes)};
}

Value parse_vg_metadata_copies(std::string_view text) {
  if (equal_ignoring_case(text, "all")) return std::int64_t{-1};
  if (equal_ignoring_case(text, "unmanaged")) return std::int64_t{0};
  if (text.starts_with('-')) return bad();
  return parse_number(text);
}

// LVM takes a leading '@' off: that is how tags are written as operands.
Value parse_tag(std::string_view text) {
  if (text.starts_with('@')) text.remove_prefix(1);
  static constexpr std::size_t kLongest = 1024;
  static constexpr std::string_view kPunctuation = "_+.-/=!:&#";
  const auto fits = [](char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || kPunctuation.find(c) != std::string_view::npos;
  };
  if (text.empty() || text.size() > kLongest || !std::ranges::all_of(text, fits)) return bad();
  return std::monostate{};
}

Value parse_write_mostly(std::string_view text) {
  const auto colon = text.rfind(':');
  if (text.empty()) return bad();
  if (colon == std::string_view::npos) return std::monostate{};
  const std::string_view flag = text.substr(colon + 1);
  return flag == "t" || flag == "y" || flag == "n" ? Value(std::monostate{}) : bad();
}

Value parse_word(ValueType type, std::string_view text) {
  for (const std::string_view word : value_words(type))
    if (text == word) return std::monostate{};
  return bad();
}

Value parse_word_of_any_case(ValueType type, std::string_view text, std::string_view complaint) {
  for (const std::string_view word : value_words(type))
    if (equal_ignoring_case(text, word)) return std::monostate{};
  return bad(fmt::format(fmt::runtime(complaint), text));
}

Value parse_segment_type(std::string_view text) {
  if (std::ranges::find(kSegmentTypes, text) != std::end(kSegmentTypes)) return std::monostate{};
  return bad(fmt::format("WARNING: Unrecognised segment type {}", text));
}

Value parse_nonempty(std::string_view text) { return text.empty() ? bad() : Value(std::monostate{}); }

}  // namespace

std::span<const std::string_view> segment_type_names() { return kSegmentTypes; }

std::uint64_t input_unit(char letter) { return bytes_of_unit(lower(letter)); }

std::expected<Typed, BadValue> parse_value(const OptionRow& option, Signs signs, std::string_view text) {
  switch (option.value) {
    case ValueType::none:
    case ValueType::string: return std::monostate{};
    case ValueType::number: return parse_number(text);
    case ValueType::change: return parse_change(text, signs);
    case ValueType::region_size: return parse_region_size(text, option.unit, signs);
    case ValueType::size: return parse_size(text, option.unit, signs);
    case ValueType::plain_size:
      if (text.starts_with('+') || text.starts_with('-')) return bad("Size may not be relative/signed.");
      return parse_size(text, option.unit, Signs::none);
    case ValueType::extents: return parse_extents(text, signs);
    case ValueType::yes_no:
      if (text == "y") return true;
      if (text == "n") return false;
      return bad();
    case ValueType::activation: return parse_activation(text);
    case ValueType::activation_mode: return parse_activation_mode(text);
    case ValueType::permission:
      if (text == "rw") return true;
      if (text == "r") return false;
      return bad();
    case ValueType::allocation: return parse_allocation(text);
    case ValueType::read_ahead: return parse_read_ahead(text);
    case ValueType::units: {
      const auto units = SizeUnits::parse(text);
      return units ? Value(std::monostate{}) : bad(units.error().message());
    }
    case ValueType::segment_type: return parse_segment_type(text);
    case ValueType::metadata_type:
      return text == "2" || equal_ignoring_case(text, "lvm2") ? Value(std::monostate{}) : bad();
    case ValueType::metadata_copies:
      return text == "0" || text == "1" || text == "2" ? Value(std::int64_t{text.front() - '0'}) : bad();
    case ValueType::vg_metadata_copies: return parse_vg_metadata_copies(text);
    case ValueType::mirror_log:
      if (text == "mirrored") return std::monostate{};
      return parse_word(option.value, text) ? Value(std::monostate{})
                                            : bad(fmt::format("Mirror log type \"{}\" is unknown.", text));
    case ValueType::discards:
      return parse_word_of_any_case(option.value, text, "Thin pool discards type \"{}\" is unknown.");
    case ValueType::cache_mode: return parse_word_of_any_case(option.value, text, "Unknown cache mode: {}.");
    case ValueType::cache_metadata_format:
      return parse_word_of_any_case(option.value, text, "Selected cache metadata format {} is not supported.");
    case ValueType::write_mostly: return parse_write_mostly(text);
    case ValueType::tag: return parse_tag(text);
    case ValueType::pv:
    case ValueType::lv: return parse_nonempty(text);
    case ValueType::report_format:
    case ValueType::report_name:
    case ValueType::headings:
    case ValueType::lock_type:
    case ValueType::sync_action:
    case ValueType::config_type:
    case ValueType::file_system:
    case ValueType::file_system_mode:
    case ValueType::dump_type:
    case ValueType::repair_type:
    case ValueType::plan_format: return parse_word(option.value, text);
  }
  return bad();
}

}  // namespace lvm::cli
