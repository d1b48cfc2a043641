// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

// What the daemon of a run directory holds, noted in its file "engine.held". A daemon that is killed leaves the note
// behind; the next command brings the volumes up again, as their metadata is by then. One that ends in order takes its
// note along. After a boot nothing is up, as with a kernel: notes of another boot do not count.
namespace lvm::dm::user {

struct Held {
  std::set<std::string, std::less<>> uuids;   // of devices that were resumed and not removed
  std::set<std::string, std::less<>> images;  // absolute paths and NBD URIs that devices may stand on
  bool empty() const { return uuids.empty(); }
};

// Every call may come from any thread. No device fails because its note cannot be written: standard error, the daemon's
// log, says so once.
class HeldNotes {
 public:
  // Whoever calls has the run directory for itself ("engine.lock"). Notes that are there are kept for lost().
  static Result<std::unique_ptr<HeldNotes>> begin(const std::string& run_directory);

  void attached(const std::string& image);
  void resumed(std::string_view uuid);
  void removed(std::string_view uuid);
  void end();

 private:
  HeldNotes(std::string path, Fd file) : path_(std::move(path)), file_(std::move(file)) {}
  void add(char sign, std::string_view text);
  void shorten();

  const std::string path_;
  std::mutex mutex_;
  Fd file_;
  Held held_;
  std::size_t records_ = 0;
  bool failed_ = false;
};

// The lock of the run directory, "engine.lock", which a daemon has as long as it lives; nullopt: another process has
// it.
Result<std::optional<Fd>> lock_run_directory(const std::string& run_directory);

// What killed daemons of this run directory held and nobody brought up since; nullopt when there is nothing.
Result<std::optional<Held>> lost(const std::string& run_directory);
// It is up again, or cannot be.
void forget_lost(const std::string& run_directory);

}  // namespace lvm::dm::user
