// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/daemon/log.h"

#include <fmt/format.h>
#include <syslog.h>

#include <cstdio>
#include <ctime>

namespace lvm::lockd {
namespace {

constexpr std::size_t kLongestLine = 256;
constexpr std::size_t kKept = 4 << 20;

}  // namespace

void Log::add(Level level, std::string_view text) {
  const std::string line = fmt::format("{} {}", std::time(nullptr), text).substr(0, kLongestLine - 1);
  if (text_.size() + line.size() > kKept) text_.erase(0, text_.find('\n', kKept / 4) + 1);
  text_ += line;
  text_ += '\n';
  if (stderr_) fmt::print(stderr, "{}\n", line);
  if (level <= syslog_) ::syslog(static_cast<int>(level), "%.*s", static_cast<int>(text.size()), text.data());
}

}  // namespace lvm::lockd
