// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"

namespace lvm {

// How sizes are shown: --units and global/units, --nosuffix and global/suffix.
//   h H   the largest unit that leaves at least 1, two decimals
//   r R   the same, with '<' in front when rounding made the number larger
//   b B s S k K m M g G t T p P e E   that unit; capitals of k and above count in thousands
//   a number before a unit makes a unit of that many; before h, H, r and R it says nothing
class SizeUnits {
 public:
  SizeUnits() = default;  // "r", the default
  // Code::usage for anything else than the forms above.
  static Result<SizeUnits> parse(std::string_view text);
  // The units of `text`, otherwise as they are.
  Result<> change_to(std::string_view text);

  void set_suffix(bool on) { suffix_ = on; }
  // Off: units of powers of 1024 are written as those of 1000 (global/si_unit_consistency=0).
  void set_si(bool on) { si_ = on; }

  // As in a report column: "4.00m", "<4.00g", "0 ".
  void append(std::string& out, Sectors size) const;
  // As in pvdisplay and its like: "4.00 MiB", "0   ".
  void append_long(std::string& out, Sectors size) const;
  std::string text(Sectors size) const;
  std::string long_text(Sectors size) const;

 private:
  struct Scaled;
  Scaled scale(Sectors size) const;
  void append_amount(std::string& out, const Scaled& scaled) const;
  char letter(std::uint8_t step) const;

  bool automatic_ = true;
  bool mark_rounding_ = true;
  bool decimal_ = false;  // powers of 1000, capital letters
  bool custom_ = false;   // a number of units: shown as U
  bool suffix_ = true;
  bool si_ = true;
  std::uint8_t step_ = 0;     // 0 bytes, 1 kilo ... 6 exa, kSectorStep sectors
  std::uint64_t factor_ = 1;  // bytes in one unit
};

// Bytes in one unit of a letter: 's' sectors, small letters powers of 1024, capitals of k and above powers of
// 1000; 0 for any other letter.
std::uint64_t bytes_of_unit(char letter);

// Two decimals of numerator / denominator, half to even, as printf rounds.
void append_decimal(std::string& out, std::uint64_t numerator, std::uint64_t denominator);

void append_number(std::string& out, std::uint64_t value);
void append_signed(std::string& out, std::int64_t value);

}  // namespace lvm
