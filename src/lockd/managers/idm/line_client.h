// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lockd/manager.h"

namespace lvm::lockd::idm {

// A reply of idmlockd: "ok ..." or "error CODE TEXT", and lines of words.
struct LineReply {
  bool ok = false;
  std::string code, text;  // of an error
  using Words = std::map<std::string, std::string, std::less<>>;
  Words head;  // of the first line
  struct Line {
    std::string kind;  // "holder", "space", "lock"
    Words words;
  };
  std::vector<Line> lines;
};
LineReply parse_reply(std::string_view text);

// A connection to idmlockd, as bytes: a line goes there, and what comes back up to an empty line. An error: it is gone.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual Result<std::string> exchange(const std::string& line) = 0;
};
using Connect = std::function<Result<std::unique_ptr<Exchange>>()>;
// To the daemon's socket.
Connect connect_to(std::string socket_path);

// A connection, greeted.
class LineClient {
 public:
  static Result<LineClient> open(const Connect& connect);
  // An error: the connection is gone.
  Result<LineReply> ask(const std::string& line);

 private:
  explicit LineClient(std::unique_ptr<Exchange> connection) : connection_(std::move(connection)) {}
  std::unique_ptr<Exchange> connection_;
};

// 128 hexadecimal digits of the ids' characters, without dashes; an empty id is zeros.
std::string lock_id(std::string_view vg_uuid, std::string_view lv_uuid);

// What a lock carries, in the eight bytes that drives keep: a little-endian number that grows with the version, so that
// the greatest is the newest. Its seventh byte tells it from the times that Seagate's hosts store, and is greater.
std::string value_text(const Value& value);
std::optional<Value> parse_value(std::string_view hex);

}  // namespace lvm::lockd::idm
