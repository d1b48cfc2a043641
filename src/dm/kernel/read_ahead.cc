// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/kernel/read_ahead.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"
#include "dm/text.h"

namespace lvm::dm {
namespace {

std::string file_of(const std::string& sysfs, DeviceNumber device) {
  return fmt::format("{}/dev/block/{}/bdi/read_ahead_kb", sysfs, to_text(device));
}

}  // namespace

Result<Sectors> get_read_ahead(const std::string& sysfs, DeviceNumber device) {
  auto path = file_of(sysfs, device);
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno(path + ": open failed", errno);
  char text[32];
  auto length = ::read(fd.get(), text, sizeof text);
  if (length < 0) return fail_errno(path + ": read failed", errno);
  std::string_view digits(text, static_cast<std::size_t>(length));
  while (digits.ends_with('\n')) digits.remove_suffix(1);
  auto kib = parse_number(digits);
  if (!kib) return fail(Code::corrupt, fmt::format("{}: \"{}\" is not a number.", path, digits));
  return Sectors(*kib * 2);
}

Result<> put_read_ahead(const std::string& sysfs, DeviceNumber device, Sectors value) {
  auto path = file_of(sysfs, device);
  Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return fail_errno(path + ": open failed", errno);
  auto text = std::to_string((value.n + 1) / 2);
  if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return fail_errno(path + ": write failed", errno);
  return {};
}

}  // namespace lvm::dm
