// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

// The messages that LVM2's daemons and their clients exchange over UNIX sockets: LVM's configuration text, ended by a
// line "##". One request, one reply, in turns.
namespace lvm::message {

inline constexpr std::string_view kEnd = "\n##\n";
inline constexpr std::size_t kLongest = 16 << 20;

// Keys and values in order. Keys may repeat; the first counts.
class Message {
 public:
  using Value = std::variant<std::int64_t, std::string>;

  Message() = default;
  static Message request(std::string_view name) { return Message().text("request", name); }
  static Message reply(std::string_view response) { return Message().text("response", response); }

  Message& text(std::string_view key, std::string_view value) &;
  Message&& text(std::string_view key, std::string_view value) && { return std::move(text(key, value)); }
  Message& number(std::string_view key, std::int64_t value) &;
  Message&& number(std::string_view key, std::int64_t value) && { return std::move(number(key, value)); }

  // As LVM2 reads them: what is missing or of another type is the default.
  std::string text_of(std::string_view key, std::string_view otherwise = {}) const;
  std::int64_t number_of(std::string_view key, std::int64_t otherwise = 0) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }

  // Without the end mark. Sections and arrays are read over.
  static Result<Message> parse(std::string text);
  // With the end mark.
  std::string encode() const;

 private:
  const Value* find(std::string_view key) const;
  std::vector<std::pair<std::string, Value>> values_;
};

// Puts arriving bytes together.
class Framer {
 public:
  explicit Framer(std::size_t longest = kLongest) : longest_(longest) {}
  // Code::refused: longer than any message may be.
  Result<> add(std::string_view bytes);
  // The body of the message that is complete, if one is.
  std::optional<std::string> take();
  bool empty() const { return buffer_.empty(); }

 private:
  std::size_t longest_;
  std::string buffer_;
};

}  // namespace lvm::message
