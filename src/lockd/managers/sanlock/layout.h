// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Where leases lie on the lease volume, in units of its alignment: the lockspace at 0, the global lock at 65, the VG's
// at 66, those of LVs from 67 on.
namespace lvm::lockd::sanlock {

inline constexpr std::uint64_t kGlobalAt = 65, kVgAt = 66, kLvsAt = 67;
inline constexpr std::uint32_t kMostHosts = 2000;
inline constexpr std::string_view kUnused = "#unused";
inline constexpr std::string_view kRemoved = "invalid_removed";

// "1.0.0:lvmlock" -> "lvmlock"; nullopt for another major version, or none.
std::optional<std::string> volume_of(std::string_view vg_args);
// "1.0.0:70254592" -> the offset.
std::optional<std::uint64_t> offset_of(std::string_view lv_args);
// /dev/mapper names have hyphens doubled.
std::string device_path(std::string_view folder, std::string_view vg, std::string_view volume);

}  // namespace lvm::lockd::sanlock
