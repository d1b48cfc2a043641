// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "idm/manager/manager.h"

namespace lvm::idm {

// What this machine's lock manager holds, so that the next process can adopt it: a line per change, appended before
// the change is told to anybody. It lives in /run: a reboot ends both the file and what it protects. Invariant: a
// line that is not whole was never acted on and is skipped.
class JournalFile {
 public:
  // What the former process held, in the order in which it got it; then the file is written anew with just that.
  static Result<JournalFile> open(const std::string& path, std::vector<JournalEntry>& former);
  Result<> append(const JournalEntry& entry);

 private:
  JournalFile(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  Fd fd_;
  std::string path_;
};

std::string journal_line(const JournalEntry& entry);
// Code::corrupt for anything that journal_line() does not write.
Result<JournalEntry> parse_journal_line(std::string_view line);
// The entries that are still held behind the last line.
std::vector<JournalEntry> held_entries(std::string_view text);

}  // namespace lvm::idm
