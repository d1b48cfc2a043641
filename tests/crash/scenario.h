// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"

// Command lines to be cut: the twins' cases (tests/twins/cases.py tells their form) and cases.txt beside this file,
// in the same form. Every line of a case that changes something is a command under test, with the lines before it
// as its past.
namespace lvm::crash {

struct Line {
  std::vector<std::string> words;  // disks by path; words of acts begin with "@"
  std::string text;
  bool answers_no = false;
  // The same command again does more, or something else (lvextend -l +1, lvcreate without a name): nothing is
  // expected of it but success.
  bool repeats = false;
  // Not examined unless asked for: what is found there is known and not mended (docs/RELIABILITY.md).
  bool open = false;
  // The same of what happens when an operation fails: only cuts are examined.
  bool cuts_only = false;
};

struct Case {
  std::string name;  // "file: name"
  std::vector<Bytes> disks;
  std::vector<Line> lines;
};

// "/dev/loop0", "/dev/loop1"...: D1, D2 of the cases.
std::string disk_path(std::size_t index);

// All *.txt files of a folder, by name.
Result<std::vector<Case>> read_cases(const std::string& folder);

}  // namespace lvm::crash
