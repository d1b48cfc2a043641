// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>

#include "idm/daemon/journal_file.h"
#include "idm/daemon/service.h"

namespace lvm::idm {

// The real machine: programs, signals, the journal, the log.
class SystemMachine final : public Machine {
 public:
  explicit SystemMachine(JournalFile journal) : journal_(std::move(journal)) {}

  void fence(const std::string& space, FenceStage stage, const FencePlan& plan) override;
  void journal(const JournalEntry& entry) override;
  void say(const std::string& text) override;
  std::uint64_t wall_milliseconds() override;
  std::uint64_t random() override;

 private:
  void run(const FencePlan& plan);
  void signal(const FencePlan& plan, int number);
  JournalFile journal_;
};

// The machine's watchdog: it resets the machine when nobody feeds it for its time. Opened once, it goes on when this
// process ends, which is what it is for.
class Watchdog {
 public:
  static Result<Watchdog> open(const std::string& device, int seconds);
  Time period() const { return period_; }
  void feed();

 private:
  Watchdog(Fd fd, Time period) : fd_(std::move(fd)), period_(period) {}
  Fd fd_;
  Time period_{0};
};

}  // namespace lvm::idm
