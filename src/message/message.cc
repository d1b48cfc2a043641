// SPDX-License-Identifier: LGPL-2.1-or-later
#include "message/message.h"

#include <fmt/format.h>

#include <algorithm>

#include "syntax/document.h"
#include "syntax/printer.h"

namespace lvm::message {
Message& Message::text(std::string_view key, std::string_view value) & {
  values_.emplace_back(key, std::string(value));
  return *this;
}

Message& Message::number(std::string_view key, std::int64_t value) & {
  values_.emplace_back(key, value);
  return *this;
}

const Message::Value* Message::find(std::string_view key) const {
  auto found = std::ranges::find(values_, key, &std::pair<std::string, Value>::first);
  return found == values_.end() ? nullptr : &found->second;
}

std::string Message::text_of(std::string_view key, std::string_view otherwise) const {
  const Value* value = find(key);
  const auto* text = value != nullptr ? std::get_if<std::string>(value) : nullptr;
  return text != nullptr ? *text : std::string(otherwise);
}

std::int64_t Message::number_of(std::string_view key, std::int64_t otherwise) const {
  const Value* value = find(key);
  const auto* number = value != nullptr ? std::get_if<std::int64_t>(value) : nullptr;
  return number != nullptr ? *number : otherwise;
}

Result<Message> Message::parse(std::string text) {
  if (text.find('\0') != std::string::npos) return fail(Code::corrupt, "a message with a NUL in it");
  const syntax::Document document = TRY(syntax::Document::parse(std::move(text), "message"));
  Message out;
  for (const syntax::Node node : document.root().children()) {
    if (node.is_section()) continue;
    if (auto number = node.integer())
      out.number(node.name(), *number);
    else if (auto word = node.string())
      out.text(node.name(), *word);
  }
  return out;
}

std::string Message::encode() const {
  std::string out;
  for (const auto& [key, value] : values_) {
    if (const auto* number = std::get_if<std::int64_t>(&value))
      out += fmt::format("{} = {}\n", key, *number);
    else
      out += fmt::format("{} = {}\n", key, syntax::quoted(std::get<std::string>(value)));
  }
  return out + std::string(kEnd);
}

Result<> Framer::add(std::string_view bytes) {
  if (buffer_.size() + bytes.size() > longest_)
    return fail(Code::refused, fmt::format("a message of more than {} bytes", longest_));
  buffer_ += bytes;
  return {};
}

// Peers speak in turns: nothing follows a message before it is answered.
std::optional<std::string> Framer::take() {
  if (!buffer_.ends_with(kEnd)) return std::nullopt;
  buffer_.resize(buffer_.size() - kEnd.size());
  return std::exchange(buffer_, {});
}

}  // namespace lvm::message
