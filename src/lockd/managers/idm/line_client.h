// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace lvm::lockd::idm {

// A reply of idmlockd: "ok ..." or "error CODE TEXT", and lines of words.
struct LineReply {
  bool ok = false;
  std::string code, text;  // of an error
  using Words = std::map<std::string, std::string, std::less<>>;
  struct Line {
    std::string kind;  // "holder", "space", "lock"
    Words words;
  };
  std::vector<Line> lines;
};
LineReply parse_reply(std::string_view text);

// A connection, greeted.
class LineClient {
 public:
  static Result<LineClient> open(const std::string& socket_path);
  // An error: the connection is gone.
  Result<LineReply> ask(const std::string& line);

 private:
  explicit LineClient(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

// 128 hexadecimal digits of the ids' characters, without dashes; an empty id is zeros.
std::string lock_id(std::string_view vg_uuid, std::string_view lv_uuid);

}  // namespace lvm::lockd::idm
