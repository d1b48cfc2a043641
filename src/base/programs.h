// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace lvm {

// Programs of other packages that do a part of the work: resize2fs, cryptsetup, thin_check. A seam, so that simulation
// fakes them. `words` are the program and its arguments; no shell reads them. A program without a slash is looked
// for in the system's folders first, then in PATH. Code::not_found when it is not there, Code::io when it could not be
// started or a signal ended it; every other end is a status.
class Programs {
 public:
  virtual ~Programs() = default;
  // What it prints goes where ours goes. Returns its exit status.
  virtual Result<int> run(const std::vector<std::string>& words) = 0;
  // Does not wait for it: it has no terminal, says nothing to anybody, and outlives us.
  virtual Result<> start(const std::vector<std::string>& words) = 0;
};

class SystemPrograms final : public Programs {
 public:
  Result<int> run(const std::vector<std::string>& words) override;
  Result<> start(const std::vector<std::string>& words) override;
};

// The path of the program that runs.
Result<std::string> own_program();

// The words as a shell would take them: for messages and plans.
std::string command_text(const std::vector<std::string>& words);

}  // namespace lvm
