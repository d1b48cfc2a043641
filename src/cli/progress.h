// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "cli/messages.h"

namespace lvm::cli {

// One line that rewrites itself, on terminals only, for work longer than two seconds. It is gone before anything else
// is said: whoever speaks meanwhile calls hide() first.
class Progress {
 public:
  Progress(Messages& messages, Clock& clock, std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `total` 0: unknown.
  void update(std::uint64_t done, std::uint64_t total);
  void hide();
  // How long to wait at most until the next update, when somebody looks; nullopt: nobody does.
  std::optional<std::uint64_t> milliseconds() const;

 private:
  Messages& messages_;
  Clock& clock_;
  std::string what_;
  std::int64_t started_ = 0, shown_ = 0;
  bool terminal_ = false, visible_ = false;
};

}  // namespace lvm::cli
