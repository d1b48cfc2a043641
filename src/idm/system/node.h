// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>

#include "idm/system/paths.h"
#include "idm/transport.h"

namespace lvm::idm {

// An open path to a drive. run() blocks, up to the kernel's own time limit and its error handling behind that; it
// may be called from several threads.
class Node {
 public:
  virtual ~Node() = default;
  virtual Outcome run(const Command& command) = 0;
};

using OpenedNode = std::expected<std::unique_ptr<Node>, TransportError>;

// Opens the node and makes sure that the drive behind it is still the one of the path: names of nodes move to
// other drives. `nvme_vendors`: see idm/nvme/codec.h.
OpenedNode open_node(const DrivePath& path, std::span<const std::uint16_t> nvme_vendors);

// The two kinds, on an open file.
std::unique_ptr<Node> make_sg_node(int fd);
std::unique_ptr<Node> make_nvme_node(int fd, std::span<const std::uint16_t> nvme_vendors);

// What an errno of open() or ioctl() says: never a lock answer. `sent`: whether the drive may have had the
// command when it came.
TransportError system_error(int error_number, bool sent);

}  // namespace lvm::idm
