// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/udev_program/variables.h"

#include <fmt/format.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#include <array>
#include <charconv>

#include "dm/types.h"

namespace lvm::dm {
namespace {

constexpr std::uint32_t kMagic = 0x0D4Du << 16;  // of semaphores' keys, where a cookie has its flags

// By bit, from the lowest.
constexpr std::array<std::string_view, 16> kFlags = {
    "DM_UDEV_DISABLE_DM_RULES_FLAG",   "DM_UDEV_DISABLE_SUBSYSTEM_RULES_FLAG",
    "DM_UDEV_DISABLE_DISK_RULES_FLAG", "DM_UDEV_DISABLE_OTHER_RULES_FLAG",
    "DM_UDEV_LOW_PRIORITY_FLAG",       "DM_UDEV_DISABLE_LIBRARY_FALLBACK_FLAG",
    "DM_UDEV_PRIMARY_SOURCE_FLAG",     "DM_UDEV_FLAG7",
    "DM_SUBSYSTEM_UDEV_FLAG0",         "DM_SUBSYSTEM_UDEV_FLAG1",
    "DM_SUBSYSTEM_UDEV_FLAG2",         "DM_SUBSYSTEM_UDEV_FLAG3",
    "DM_SUBSYSTEM_UDEV_FLAG4",         "DM_SUBSYSTEM_UDEV_FLAG5",
    "DM_SUBSYSTEM_UDEV_FLAG6",         "DM_SUBSYSTEM_UDEV_FLAG7",
};

}  // namespace

std::string flag_variables(std::uint32_t cookie) {
  std::string out;
  for (std::size_t bit = 0; bit < kFlags.size(); ++bit)
    if (cookie >> (16 + bit) & 1) out += fmt::format("{}='1'\n", kFlags[bit]);
  return out;
}

std::string name_variables(std::string_view device_name) {
  SplitName split = split_device_name(device_name);
  return fmt::format("DM_VG_NAME='{}'\nDM_LV_NAME='{}'\nDM_LV_LAYER='{}'\n", split.vg, split.lv, split.layer);
}

std::optional<std::uint32_t> parse_cookie(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x")) {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint32_t out = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

bool complete_cookie(std::uint32_t cookie) {
  int semaphore = ::semget(static_cast<key_t>(kMagic | (cookie & 0xffff)), 1, 0);
  if (semaphore < 0) return false;
  sembuf down{};
  down.sem_op = -1;
  down.sem_flg = IPC_NOWAIT;
  return ::semop(semaphore, &down, 1) == 0;
}

}  // namespace lvm::dm
