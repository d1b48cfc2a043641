// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

namespace lvm::cli {
namespace {

// Work that ends sooner shows nothing.
constexpr std::int64_t kPatience = 2;
constexpr std::string_view kEraseLine = "\r\x1b[K";

}  // namespace

Progress::Progress(Messages& messages, Clock& clock, std::string what)
    : messages_(messages), clock_(clock), what_(std::move(what)), started_(clock.unix_seconds()) {
  const int descriptor = fileno(messages.err());
  const bool wanted = messages.options().quiet == 0 && !messages.options().silent && !messages.logging();
  terminal_ = wanted && descriptor >= 0 && isatty(descriptor) == 1;
}

Progress::~Progress() { hide(); }

std::optional<std::uint64_t> Progress::milliseconds() const {
  constexpr std::uint64_t kBetweenUpdates = 1000;
  return terminal_ ? std::optional(kBetweenUpdates) : std::nullopt;
}

void Progress::hide() {
  if (!std::exchange(visible_, false)) return;
  std::fwrite(kEraseLine.data(), 1, kEraseLine.size(), messages_.err());
  std::fflush(messages_.err());
}

void Progress::update(std::uint64_t done, std::uint64_t total) {
  if (!terminal_) return;
  const std::int64_t now = clock_.unix_seconds();
  if (now - started_ < kPatience || (visible_ && now == shown_)) return;
  shown_ = now;
  visible_ = true;
  const std::string line = total == 0 ? fmt::format("{}  {}: {}", kEraseLine, what_, done)
                                      : fmt::format("{}  {}: {:.1f}%", kEraseLine, what_,
                                                    100.0 * static_cast<double>(done) / static_cast<double>(total));
  messages_.flush();
  std::fwrite(line.data(), 1, line.size(), messages_.err());
  std::fflush(messages_.err());
}

}  // namespace lvm::cli
