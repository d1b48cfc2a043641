// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>

#include "dm/user/block.h"
#include "dm/user/user_engine.h"

namespace lvm::dm::user {

class Rings;

// What devices stand on in the end: a part of a file, of a block device, or of what an NBD server exports.
class ImageBlock : public Block {
 public:
  // Another length, after the file or partition has grown (or is to be used less far).
  virtual Result<> resize(Bytes length) = 0;
  // The same image, even if it has another name now.
  virtual bool is(const Backing& backing) const = 0;
};

Result<std::shared_ptr<ImageBlock>> open_image(const Backing& backing, std::shared_ptr<Rings> rings);

// The size of the file, block device or export that `path` names.
Result<Bytes> backing_size(const std::string& path);

}  // namespace lvm::dm::user
