// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/system/node.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <cstring>

#include "base/fd.h"

namespace lvm::idm {

TransportError system_error(int error_number, bool sent) {
  using Kind = TransportError::Kind;
  const std::string text = std::strerror(error_number);
  switch (error_number) {
    case EACCES:
    case EPERM: return {Kind::permission, false, text};
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EBUSY:
    case EAGAIN: return {Kind::no_path, false, text};
    case EINVAL:
    case ENOTTY:
    case EFAULT: return {Kind::malformed, false, "the kernel does not take the command: " + text};
    case ETIMEDOUT:
    case ETIME: return {Kind::timed_out, sent, text};
    default: return {sent ? Kind::lost : Kind::no_path, sent, text};
  }
}

OpenedNode open_node(const DrivePath& path, std::span<const std::uint16_t> nvme_vendors) {
  const bool scsi = path.kind == DrivePath::Kind::scsi;
  const bool disk_node = path.node.ends_with("/" + path.name);
  // For reading where that is enough: udev looks at a disk anew whenever a writer closes it.
  const int flags = (disk_node ? O_RDONLY : O_RDWR) | O_NONBLOCK | O_CLOEXEC;
  Fd fd(::open(path.node.c_str(), flags));
  if (!fd) return std::unexpected(system_error(errno, false));
  struct stat info;
  if (::fstat(fd.get(), &info) != 0) return std::unexpected(system_error(errno, false));
  // The open file keeps the device's number from going to another, so this look is not too late.
  const auto now = SystemPaths().behind_node(S_ISCHR(info.st_mode), major(info.st_rdev), minor(info.st_rdev));
  if (now != path.drive)
    return std::unexpected(
        TransportError{TransportError::Kind::no_path, false,
                       now ? fmt::format("it leads to drive {} now", now->text()) : "the drive has gone"});
  return scsi ? make_sg_node(fd.release()) : make_nvme_node(fd.release(), nvme_vendors);
}

}  // namespace lvm::idm
