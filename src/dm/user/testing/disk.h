// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <random>
#include <vector>

#include "dm/user/block.h"

namespace lvm::dm::user::testing {

// What devices stand on in tests: it can be made to fail.
class Disk : public Block {
 public:
  virtual void fail_changes(bool fail_now) = 0;
  virtual void fail_all(bool fail_now) = 0;
  // What was not flushed is then there or not.
  virtual void lose_power(std::mt19937_64& random) = 0;
  virtual std::vector<std::byte> content() const = 0;
};

}  // namespace lvm::dm::user::testing
