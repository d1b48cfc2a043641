// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace lvm {

// While it lives, what is written to our standard output, by us or by programs that we start, is kept instead.
class KeptOutput {
 public:
  static Result<KeptOutput> begin();
  KeptOutput(KeptOutput&&) = default;
  ~KeptOutput();
  // Lets output go where it went before; returns what was kept.
  std::string end();

 private:
  KeptOutput(Fd memory, Fd ours) : memory_(std::move(memory)), ours_(std::move(ours)) {}
  Fd memory_, ours_;
};

}  // namespace lvm
