// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/managers/sanlock/layout.h"

#include <charconv>

namespace lvm::lockd::sanlock {
namespace {

// What stands behind "MAJOR.MINOR.PATCH:"; nothing for a version that is not known.
std::optional<std::string_view> behind_version(std::string_view args, unsigned newest) {
  unsigned major = 0;
  const auto [end, error] = std::from_chars(args.data(), args.data() + args.size(), major);
  const std::size_t colon = args.find(':');
  if (error != std::errc() || end == args.data() + args.size() || *end != '.') return std::nullopt;
  if (major == 0 || major > newest || colon == std::string_view::npos) return std::nullopt;
  return args.substr(colon + 1);
}

}  // namespace

std::optional<std::string> volume_of(std::string_view vg_args) {
  constexpr unsigned kNewest = 2;
  auto rest = behind_version(vg_args, kNewest);
  if (!rest) return std::nullopt;
  std::string name(rest->substr(0, rest->find(':')));
  return name.empty() || name.find('/') != std::string::npos ? std::nullopt : std::optional(name);
}

std::optional<std::uint64_t> offset_of(std::string_view lv_args) {
  auto rest = behind_version(lv_args, 1);
  std::uint64_t out = 0;
  if (!rest) return std::nullopt;
  const auto [end, error] = std::from_chars(rest->data(), rest->data() + rest->size(), out);
  return error == std::errc() && end == rest->data() + rest->size() && out > 0 ? std::optional(out) : std::nullopt;
}

std::string device_path(std::string_view folder, std::string_view vg, std::string_view volume) {
  std::string out = std::string(folder) + "/";
  auto add = [&](std::string_view name) {
    for (char c : name) {
      out += c;
      if (c == '-') out += c;
    }
  };
  add(vg);
  out += '-';
  add(volume);
  return out;
}

}  // namespace lvm::lockd::sanlock
