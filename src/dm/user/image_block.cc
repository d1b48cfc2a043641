// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/image_block.h"

#include <utility>

#include "dm/user/file_block.h"
#include "dm/user/nbd/connection.h"
#include "dm/user/nbd/nbd_block.h"

namespace lvm::dm::user {
namespace {

constexpr unsigned kNbdConnections = 8;

}  // namespace

Result<std::shared_ptr<ImageBlock>> open_image(const Backing& backing, std::shared_ptr<Rings> rings) {
  if (is_nbd_uri(backing.path)) return NbdBlock::open(backing, {}, kNbdConnections);
  return FileBlock::open(backing, std::move(rings));
}

Result<Bytes> backing_size(const std::string& path) {
  if (!is_nbd_uri(path)) return file_size(path);
  auto connection = TRY(NbdConnection::open(path, {}));
  return connection->properties().size;
}

}  // namespace lvm::dm::user
