// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/size_units.h"

#include <array>
#include <charconv>
#include <cmath>

namespace lvm {
namespace {

using Wide = unsigned __int128;

constexpr std::string_view kSteps = "bkmgtpe";
constexpr std::uint8_t kSectorStep = 7;
constexpr std::array<std::string_view, 8> kBinaryNames = {" B ", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB", " Se"};
constexpr std::array<std::string_view, 8> kDecimalNames = {" B ", " kB", " MB", " GB", " TB", " PB", " EB", " Se"};
constexpr std::array<std::string_view, 8> kLooseNames = {" B ", " KB", " MB", " GB", " TB", " PB", " EB", " Se"};

constexpr std::uint64_t power(std::uint64_t base, unsigned exponent) {
  std::uint64_t result = 1;
  while (exponent-- > 0) result *= base;
  return result;
}

struct Letter {
  std::uint8_t step;
  bool decimal;
  std::uint64_t factor;
};

bool read_letter(char letter, Letter& out) {
  const bool capital = letter >= 'A' && letter <= 'Z';
  const char small = capital ? static_cast<char>(letter - 'A' + 'a') : letter;
  if (small == 's') {
    out = {kSectorStep, false, kSectorSize};
    return true;
  }
  const auto at = kSteps.find(small);
  if (at == std::string_view::npos) return false;
  const auto step = static_cast<std::uint8_t>(at);
  const bool decimal = capital && step > 0;
  out = {step, decimal, power(decimal ? 1000 : 1024, step)};
  return true;
}

// Hundredths of a unit, half to even.
std::uint64_t hundredths(Wide numerator, Wide denominator) {
  const Wide scaled = numerator * 100;
  Wide whole = scaled / denominator;
  const Wide rest = (scaled % denominator) * 2;
  if (rest > denominator || (rest == denominator && (whole & 1) != 0)) ++whole;
  return static_cast<std::uint64_t>(whole);
}

void append_hundredths(std::string& out, std::uint64_t value) {
  append_number(out, value / 100);
  const auto rest = value % 100;
  const char decimals[3] = {'.', static_cast<char>('0' + rest / 10), static_cast<char>('0' + rest % 10)};
  out.append(decimals, 3);
}

}  // namespace

std::uint64_t bytes_of_unit(char letter) {
  Letter found{};
  return read_letter(letter, found) ? found.factor : 0;
}

void append_number(std::string& out, std::uint64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

void append_signed(std::string& out, std::int64_t value) {
  char digits[21];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

void append_decimal(std::string& out, std::uint64_t numerator, std::uint64_t denominator) {
  append_hundredths(out, hundredths(numerator, denominator));
}

Result<> SizeUnits::change_to(std::string_view text) {
  SizeUnits units = TRY(parse(text));
  units.suffix_ = suffix_;
  units.si_ = si_;
  *this = units;
  return {};
}

Result<SizeUnits> SizeUnits::parse(std::string_view text) {
  const auto invalid = [] { return fail(Code::usage, "Invalid units specification"); };
  SizeUnits units;
  double count = 1;
  bool counted = false;
  const char* const end = text.data() + text.size();
  const char* at = text.data();
  if (at != end && *at >= '0' && *at <= '9') {
    const auto parsed = std::from_chars(at, end, count, std::chars_format::fixed);
    if (parsed.ec != std::errc() || !std::isfinite(count)) return invalid();
    at = parsed.ptr;
    counted = true;
  }
  if (const std::string_view rest(at, static_cast<std::size_t>(end - at));
      rest == "h" || rest == "H" || rest == "r" || rest == "R") {
    // The reference takes a number here, and leaves it aside.
    if (count > 0 && count < 1) return invalid();
    units.mark_rounding_ = rest == "r" || rest == "R";
    units.decimal_ = rest == "H" || rest == "R";
    return units;
  }
  Letter letter{};
  if (end - at != 1 || !read_letter(*at, letter)) return invalid();
  const double factor = count * static_cast<double>(letter.factor);
  if (factor < 1 || factor >= 18446744073709551616.0) return invalid();
  units.automatic_ = units.mark_rounding_ = false;
  units.step_ = letter.step;
  units.decimal_ = letter.decimal;
  units.factor_ = counted ? static_cast<std::uint64_t>(factor) : letter.factor;
  // The reference tells a unit of its own from a plain one by the whole part of the number.
  units.custom_ = counted && static_cast<std::uint64_t>(count) != 1;
  return units;
}

// A size in its unit: how many hundredths (or how many, for whole units).
struct SizeUnits::Scaled {
  std::uint64_t amount = 0;
  bool whole = false;
  bool rounded_up = false;
  std::uint8_t step = 0;
};

SizeUnits::Scaled SizeUnits::scale(Sectors size) const {
  const Wide bytes = Wide{size.n} * kSectorSize;
  Scaled out;
  if (!automatic_) {
    out.step = step_;
    out.whole = !custom_ && (step_ == 0 || step_ == kSectorStep) && factor_ <= kSectorSize;
    out.amount = out.whole ? static_cast<std::uint64_t>(bytes / factor_) : hundredths(bytes, factor_);
    return out;
  }
  const std::uint64_t base = decimal_ ? 1000 : 1024;
  std::uint64_t unit = power(base, 6);
  out.step = 6;
  while (out.step > 0 && bytes < unit) {
    unit /= base;
    --out.step;
  }
  out.amount = hundredths(bytes, unit);
  out.rounded_up = mark_rounding_ && Wide{out.amount} * unit > bytes * 100;
  out.whole = false;
  return out;
}

void SizeUnits::append_amount(std::string& out, const Scaled& scaled) const {
  if (scaled.rounded_up) out += '<';
  if (scaled.whole)
    append_number(out, scaled.amount);
  else if (automatic_ && scaled.step == 0)
    append_number(out, scaled.amount / 100);
  else
    append_hundredths(out, scaled.amount);
}

char SizeUnits::letter(std::uint8_t step) const {
  const char small = kSteps[step];
  return decimal_ || !si_ ? static_cast<char>(small - 'a' + 'A') : small;
}

void SizeUnits::append(std::string& out, Sectors size) const {
  if (size.n == 0) {
    out += '0';
    if (!suffix_) return;
    if (automatic_) {
      out += ' ';
      return;
    }
  } else {
    const Scaled scaled = scale(size);
    append_amount(out, scaled);
    if (automatic_) {
      out += letter(scaled.step);
      return;
    }
    if (!suffix_) return;
  }
  if (custom_) {
    out += 'U';
  } else if (step_ == kSectorStep) {
    out += 'S';
  } else if (step_ == 0) {
    out += 'B';
  } else {
    out += letter(step_);
  }
}

void SizeUnits::append_long(std::string& out, Sectors size) const {
  const auto& names = decimal_ ? kDecimalNames : si_ ? kBinaryNames : kLooseNames;
  std::uint8_t step = step_;
  if (size.n == 0) {
    out += '0';
    if (automatic_) {
      out += "   ";
      return;
    }
  } else {
    const Scaled scaled = scale(size);
    step = scaled.step;
    append_amount(out, scaled);
  }
  if (!suffix_ && !automatic_) return;
  if (custom_)
    out += " Un";
  else
    out += names[step];
}

std::string SizeUnits::text(Sectors size) const {
  std::string out;
  append(out, size);
  return out;
}

std::string SizeUnits::long_text(Sectors size) const {
  std::string out;
  append_long(out, size);
  return out;
}

}  // namespace lvm
