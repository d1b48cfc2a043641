// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/prompt.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>

namespace lvm::cli {
namespace {

struct Line {
  std::string text;
  bool ended = false;        // the input is at its end, or broken
  bool interrupted = false;  // a signal came
};

// Byte by byte: what follows the line belongs to the next reader of this input.
Line read_line(int input) {
  Line line;
  while (true) {
    char c = 0;
    const ssize_t count = read(input, &c, 1);
    if (count < 0 && errno == EINTR) {
      line.interrupted = true;
      return line;
    }
    if (count <= 0) {
      line.ended = true;
      return line;
    }
    if (c == '\n') return line;
    line.text += c;
  }
}

// Any beginning of "yes" or "no", in either case.
std::optional<Answer> understand(std::string_view text) {
  std::string word;
  for (const char c : text)
    if (c != ' ' && c != '\t' && c != '\r') word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (word.empty()) return std::nullopt;
  if (std::string_view("yes").starts_with(word)) return Answer::yes;
  if (std::string_view("no").starts_with(word)) return Answer::no;
  return std::nullopt;
}

}  // namespace

Answer Prompt::ask(std::string_view question) {
  if (options_.assume_yes) return Answer::yes;
  messages_.flush();
  std::FILE* terminal = messages_.err();
  const auto show = [&](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), terminal);
    std::fflush(terminal);
  };
  while (true) {
    show(question);
    if (options_.assume_no) {
      show("[n]\n");
      return Answer::no;
    }
    const Line line = read_line(input_);
    if (line.interrupted) {
      show("\n");
      return Answer::interrupted;
    }
    if (const auto answer = understand(line.text)) return *answer;
    if (line.ended) {
      show("[n]\n");
      return Answer::no;
    }
    messages_.warn(fmt::format("WARNING: Invalid input '{}'.", line.text));
  }
}

}  // namespace lvm::cli
