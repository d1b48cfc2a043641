// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/ioctl_error.h"

#include <fmt/format.h>
#include <linux/dm-ioctl.h>

#include <cerrno>
#include <cstring>

namespace lvm::dm {
namespace {

Code code_of(std::string_view operation, int error_number) {
  switch (error_number) {
    case EBUSY: return operation == "create" || operation == "rename" ? Code::exists : Code::busy;
    case EEXIST: return Code::exists;  // a thin pool's volume
    case ENODATA:
    case ENXIO:
    case ENODEV: return Code::not_found;
    case EPERM:
    case EACCES: return Code::permission;
    case ENOTTY:
    case EOPNOTSUPP: return Code::unsupported;
    case EINTR: return Code::interrupted;
    default: return Code::io;
  }
}

}  // namespace

std::unexpected<Error> fail_ioctl(std::string_view operation, std::string_view device, int error_number) {
  return fail(code_of(operation, error_number),
              fmt::format("device-mapper: {} ioctl{}{} failed: {}", operation, device.empty() ? "" : " on ", device,
                          std::strerror(error_number)));
}

Result<> check_device_name(std::string_view name) {
  if (name.empty()) return fail(Code::usage, "A device-mapper device needs a name.");
  if (name.size() >= DM_NAME_LEN)
    return fail(Code::usage, fmt::format("Device name \"{}\" is too long: {} characters, {} are possible.", name,
                                         name.size(), DM_NAME_LEN - 1));
  if (name.find('/') != std::string_view::npos || name.find('\0') != std::string_view::npos || name == "." ||
      name == "..")
    return fail(Code::usage, fmt::format("Name \"{}\" invalid. It contains \"/\" or is no file name.", name));
  return {};
}

Result<> check_device_uuid(std::string_view uuid) {
  if (uuid.size() >= DM_UUID_LEN)
    return fail(Code::usage, fmt::format("Device UUID \"{}\" is too long: {} characters, {} are possible.", uuid,
                                         uuid.size(), DM_UUID_LEN - 1));
  if (uuid.find('\0') != std::string_view::npos) return fail(Code::usage, "Device UUID with a NUL in it.");
  return {};
}

}  // namespace lvm::dm
