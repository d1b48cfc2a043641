// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "device/fake/memory_io.h"
#include "dm/fake/fake_engine.h"
#include "lock/local/local_locks.h"
#include "system/system.h"

namespace lvm {

// Time stands still until a test moves it; randomness repeats.
class FakeClock final : public Clock {
 public:
  std::int64_t unix_seconds() override { return now_; }
  void random_bytes(std::span<std::uint8_t> out) override;
  void sleep_milliseconds(std::uint64_t duration) override { slept_ += duration; }

  void advance(std::int64_t seconds) { now_ += seconds; }
  std::uint64_t slept() const { return slept_; }

 private:
  std::int64_t now_ = 1700000000;
  std::uint64_t slept_ = 0;
  std::mt19937_64 random_{42};
};

// Files in RAM. Directories exist once something was put into them or they were made.
class MemoryFiles final : public Files {
 public:
  explicit MemoryFiles(Clock& clock) : clock_(clock) {}

  Result<std::string> read(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<std::int64_t> modified(const std::string& path) override;
  Result<> replace(const std::string& path, std::string_view content, std::uint32_t mode) override;
  Result<> create_new(const std::string& path, std::string_view content, std::uint32_t mode) override;
  Result<> remove(const std::string& path) override;
  Result<> make_directories(const std::string& path, std::uint32_t mode) override;

  struct File {
    std::string content;
    std::uint32_t mode = 0;
    std::int64_t modified = 0;
  };
  const std::map<std::string, File>& files() const { return files_; }
  // Every change fails with this error until it is taken back.
  void set_failure(std::optional<Error> failure) { failure_ = std::move(failure); }

 private:
  Clock& clock_;
  std::map<std::string, File> files_;
  std::map<std::string, std::uint32_t> directories_;
  std::optional<Error> failure_;
};

// Runs nothing: remembers what was asked for. Statuses are 0 unless told.
class FakePrograms final : public Programs {
 public:
  Result<int> run(const std::vector<std::string>& words) override {
    lines.push_back(command_text(words));
    auto status = statuses.find(words.front());
    return status == statuses.end() ? 0 : status->second;
  }
  Result<> start(const std::vector<std::string>& words) override {
    lines.push_back(command_text(words) + " &");
    return {};
  }

  std::vector<std::string> lines;
  std::map<std::string, int> statuses;  // by program
};

class RecordingTrace final : public Trace {
 public:
  bool wants(int) const override { return true; }
  void note(int, std::string_view text) override { notes.emplace_back(text); }
  void warn(std::string_view text) override { warnings.emplace_back(text); }

  std::vector<std::string> notes, warnings;
};

// A machine in RAM: every part of System, faked, with the parts at hand.
struct FakeSystem {
  device::MemoryIo io;
  dm::FakeEngine dm;
  lock::NoLocks locks;
  FakeClock clock;
  MemoryFiles files{clock};
  FakePrograms programs;
  RecordingTrace trace;
  System system{io, dm, locks, clock, files, programs, trace};
};

}  // namespace lvm
