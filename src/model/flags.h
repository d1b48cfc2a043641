// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace lvm::model {

template <class Flag>
class Flags {
 public:
  constexpr Flags() = default;
  constexpr Flags(std::initializer_list<Flag> flags) {
    for (Flag f : flags) set(f);
  }
  constexpr bool has(Flag f) const { return (bits_ & bit(f)) != 0; }
  constexpr void set(Flag f, bool on = true) { bits_ = on ? bits_ | bit(f) : bits_ & ~bit(f); }
  constexpr void set(Flags others) { bits_ |= others.bits_; }
  constexpr void clear(Flag f) { set(f, false); }
  constexpr bool empty() const { return bits_ == 0; }
  friend constexpr bool operator==(Flags, Flags) = default;

 private:
  static constexpr std::uint64_t bit(Flag f) { return std::uint64_t{1} << static_cast<unsigned>(f); }
  std::uint64_t bits_ = 0;
};

// Where a flag stands in the text: `status` is the incompatible array (an unknown word there makes the
// object unreadable), `compatible` is the `flags` array, `segment_type` is a "+WORD" suffix of every
// segment type of the LV.
enum class FlagPlace : std::uint8_t { status, compatible, segment_type };

template <class Flag>
struct FlagRow {
  Flag flag;
  std::string_view word;
  FlagPlace place;
};

enum class VgFlag : std::uint8_t {
  exported,
  resizeable,
  pvmove,
  read,
  write,
  clustered,
  shared,
  no_autoactivate,
};
enum class PvFlag : std::uint8_t { allocatable, exported, missing };
enum class LvFlag : std::uint8_t {
  read,
  write,
  fixed_minor,
  visible,
  pvmove,
  locked,
  not_synced,
  rebuild,
  write_mostly,
  activation_skip,
  no_autoactivate,
  error_when_full,
  cache_vol,
  reshape,
  reshape_data_offset,
  reshape_delta_disks_plus,
  reshape_delta_disks_minus,
  remove_after_reshape,
  metadata_format,
  crop_metadata,
  cache_uses_cachevol,
};
using VgFlags = Flags<VgFlag>;
using PvFlags = Flags<PvFlag>;
using LvFlags = Flags<LvFlag>;

// Row order is write order (docs/formats/metadata.md). WRITE_LOCKED is not a flag of the model: it is
// how `write` is spelled in a VG that is bound to a host or shared; metadata/ translates it.
inline constexpr std::array kVgFlags = {
    FlagRow<VgFlag>{VgFlag::exported, "EXPORTED", FlagPlace::status},
    FlagRow<VgFlag>{VgFlag::resizeable, "RESIZEABLE", FlagPlace::status},
    FlagRow<VgFlag>{VgFlag::pvmove, "PVMOVE", FlagPlace::status},
    FlagRow<VgFlag>{VgFlag::read, "READ", FlagPlace::status},
    FlagRow<VgFlag>{VgFlag::write, "WRITE", FlagPlace::status},
    FlagRow<VgFlag>{VgFlag::clustered, "CLUSTERED", FlagPlace::status},
    FlagRow<VgFlag>{VgFlag::shared, "SHARED", FlagPlace::status},
    FlagRow<VgFlag>{VgFlag::no_autoactivate, "NOAUTOACTIVATE", FlagPlace::compatible},
};
inline constexpr std::array kPvFlags = {
    FlagRow<PvFlag>{PvFlag::allocatable, "ALLOCATABLE", FlagPlace::status},
    FlagRow<PvFlag>{PvFlag::exported, "EXPORTED", FlagPlace::status},
    FlagRow<PvFlag>{PvFlag::missing, "MISSING", FlagPlace::compatible},
};
inline constexpr std::array kLvFlags = {
    FlagRow<LvFlag>{LvFlag::read, "READ", FlagPlace::status},
    FlagRow<LvFlag>{LvFlag::write, "WRITE", FlagPlace::status},
    FlagRow<LvFlag>{LvFlag::fixed_minor, "FIXED_MINOR", FlagPlace::status},
    FlagRow<LvFlag>{LvFlag::visible, "VISIBLE", FlagPlace::status},
    FlagRow<LvFlag>{LvFlag::pvmove, "PVMOVE", FlagPlace::status},
    FlagRow<LvFlag>{LvFlag::locked, "LOCKED", FlagPlace::status},
    FlagRow<LvFlag>{LvFlag::not_synced, "NOTSYNCED", FlagPlace::status},
    FlagRow<LvFlag>{LvFlag::rebuild, "REBUILD", FlagPlace::status},
    FlagRow<LvFlag>{LvFlag::write_mostly, "WRITEMOSTLY", FlagPlace::status},
    FlagRow<LvFlag>{LvFlag::activation_skip, "ACTIVATION_SKIP", FlagPlace::compatible},
    FlagRow<LvFlag>{LvFlag::no_autoactivate, "NOAUTOACTIVATE", FlagPlace::compatible},
    FlagRow<LvFlag>{LvFlag::error_when_full, "ERROR_WHEN_FULL", FlagPlace::compatible},
    FlagRow<LvFlag>{LvFlag::cache_vol, "CACHE_VOL", FlagPlace::compatible},
    FlagRow<LvFlag>{LvFlag::reshape, "RESHAPE", FlagPlace::segment_type},
    FlagRow<LvFlag>{LvFlag::reshape_data_offset, "RESHAPE_DATA_OFFSET", FlagPlace::segment_type},
    FlagRow<LvFlag>{LvFlag::reshape_delta_disks_plus, "RESHAPE_DELTA_DISKS_PLUS", FlagPlace::segment_type},
    FlagRow<LvFlag>{LvFlag::reshape_delta_disks_minus, "RESHAPE_DELTA_DISKS_MINUS", FlagPlace::segment_type},
    FlagRow<LvFlag>{LvFlag::remove_after_reshape, "REMOVE_AFTER_RESHAPE", FlagPlace::segment_type},
    FlagRow<LvFlag>{LvFlag::metadata_format, "METADATA_FORMAT", FlagPlace::segment_type},
    FlagRow<LvFlag>{LvFlag::crop_metadata, "CROP_METADATA", FlagPlace::segment_type},
    FlagRow<LvFlag>{LvFlag::cache_uses_cachevol, "CACHE_USES_CACHEVOL", FlagPlace::segment_type},
};

}  // namespace lvm::model
