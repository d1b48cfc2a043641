// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace lvm::lockd {

// What happened, for `lvmlockctl --dump`: the last 4 MiB of lines "SECONDS TEXT". Errors go to syslog too.
class Log {
 public:
  enum class Level : int { error = 3, warning = 4, debug = 7 };  // syslog's numbers

  Log(Level syslog, bool on_stderr) : syslog_(syslog), stderr_(on_stderr) {}
  void add(Level level, std::string_view text);
  const std::string& text() const { return text_; }

 private:
  Level syslog_;
  bool stderr_;
  std::string text_;
};

}  // namespace lvm::lockd
