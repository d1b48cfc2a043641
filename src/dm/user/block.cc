// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/block.h"

#include "dm/user/batch.h"

namespace lvm::dm::user {

void Block::start_read(Bytes offset, std::span<std::byte> out, Result<>& result, Batch&) {
  keep_error(result, read(offset, out));
}

}  // namespace lvm::dm::user
