// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace lvm::cli {

// What rows of commands ask of an option's value, alternatives joined by '|', and the kinds of volumes that an operand
// may have, joined by '_'.
inline constexpr std::string_view kLiterals[] = {
    "",
    // values
    "ay",
    "cache",
    "cache-pool",
    "error",
    "linear",
    "mirror",
    "n",
    "raid",
    "raid10",
    "raid1|mirror",
    "snapshot",
    "striped",
    "thin",
    "thin-pool",
    "thin|snapshot",
    "vdo",
    "vdo-pool",
    "writecache",
    "y",
    "zero",
    // operands
    "cache_mirror_raid1",
    "cache_raid1",
    "linear_striped",
    "linear_striped_cache_raid",
    "linear_striped_cache_raid_error_zero_writecache",
    "linear_striped_raid",
    "linear_striped_thin_cache_raid_error_zero",
    "linear_striped_thinpool_raid",
    "linear_striped_thinpool_vdo_vdopool_vdopooldata_raid",
    "mirror_raid",
    "thinpool_cache_cachepool_mirror_raid",
    "thinpool_cache_cachepool_vdopool_writecache",
    "thinpool_cache_vdopool_writecache",
    "thinpool_cachepool",
};

// One of these, by its number: a row that held an address would be corrected by the loader whenever the program starts,
// and those of all commands are many pages.
class Literal {
 public:
  constexpr Literal() = default;
  // Words that are not in the list do not compile.
  consteval Literal(const char* words) : number_(number_of(words)) {}

  constexpr bool empty() const { return number_ == 0; }
  constexpr std::string_view text() const { return kLiterals[number_]; }

 private:
  static consteval std::uint8_t number_of(std::string_view words) {
    std::uint8_t number = 0;
    while (kLiterals[number] != words) ++number;  // behind the last one there is no constant expression
    return number;
  }

  std::uint8_t number_ = 0;
};

}  // namespace lvm::cli
