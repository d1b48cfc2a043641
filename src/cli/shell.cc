// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/shell.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "cli/dispatch.h"
#include "cli/help.h"
#include "cli/line_editor.h"
#include "cli/option_table.h"
#include "cli/parse.h"

namespace lvm::cli {
namespace {

bool ends_session(const std::vector<std::string>& words) { return words[0] == "exit" || words[0] == "quit"; }

ExitStatus run_line(const std::vector<std::string>& words, Messages& messages) {
  std::span<const std::string> rest(words);
  // A line may be copied from a terminal: "lvm lvs" is "lvs".
  if (rest.size() > 1 && rest.front() == "lvm") rest = rest.subspan(1);
  const CommandRow* command = find_command(rest.front());
  if (command == nullptr) {
    messages.error(fmt::format("No such command '{}'.  Try 'help'.", rest.front()));
    return ExitStatus::no_such_command;
  }
  return run_command(*command, rest.subspan(1), messages);
}

// nullopt: the line asks to leave.
std::optional<ExitStatus> run_text(std::string_view line, Messages& messages) {
  const auto start = line.find_first_not_of(" \t");
  if (start == std::string_view::npos || line[start] == '#') return ExitStatus::ok;
  const std::vector<std::string> words = split_words(line);
  if (words.empty()) return ExitStatus::ok;
  if (ends_session(words)) return std::nullopt;
  const ExitStatus status = run_line(words, messages);
  messages.flush();
  return status;
}

// Runs every line of a stream; the worst status of all.
ExitStatus run_stream(std::FILE* stream, Messages& messages) {
  ExitStatus status = ExitStatus::ok;
  char* line = nullptr;
  std::size_t room = 0;
  while (getline(&line, &room, stream) >= 0) {
    const auto result = run_text(line, messages);
    if (!result) break;
    status = worst(status, *result);
  }
  std::free(line);
  return status;
}

std::string history_file() {
  const char* home = std::getenv("HOME");
  return home == nullptr ? std::string() : std::string(home) + "/.lvm_history";
}

}  // namespace

ExitStatus run_script(const std::string& path, Messages& messages) {
  std::FILE* script = std::fopen(path.c_str(), "re");
  if (script == nullptr) {
    messages.error(fmt::format("{}: open failed: {}", path, std::strerror(errno)));
    return ExitStatus::no_such_command;
  }
  const ExitStatus status = run_stream(script, messages);
  std::fclose(script);
  return status;
}

ExitStatus run_shell(Messages& messages) {
  if (isatty(STDIN_FILENO) != 1) return run_stream(stdin, messages);
  LineEditor editor("lvm> ", history_file(), complete);
  while (const auto line = editor.read())
    if (!run_text(*line, messages)) return ExitStatus::ok;
  std::fputc('\n', messages.out());
  return ExitStatus::ok;
}

std::vector<std::string> complete(std::string_view line) {
  const auto blank = line.rfind(' ');
  const std::string_view begun = blank == std::string_view::npos ? line : line.substr(blank + 1);
  std::vector<std::string> before = split_words(blank == std::string_view::npos ? "" : line.substr(0, blank));
  if (!before.empty() && before.front() == "lvm") before.erase(before.begin());
  std::vector<std::string> found;
  const auto add = [&](std::string word) {
    if (word.starts_with(begun)) found.push_back(std::move(word));
  };
  if (before.empty() || (before.size() == 1 && before.front() == "help")) {
    for (const CommandRow* command : all_commands())
      if (!command->hidden) add(std::string(command->name));
    if (before.empty()) add("exit");
    return found;
  }
  const CommandRow* command = find_command(before.front());
  if (command == nullptr) return found;
  for (const Use& use : shown_options(*command)) {
    const OptionRow& option = row_of(use.opt);
    // After an option that takes fixed words, those.
    if (before.back() == fmt::format("--{}", option.name) ||
        (option.letter != 0 && before.back() == fmt::format("-{}", option.letter)))
      for (const std::string_view word : value_words(option.value)) add(std::string(word));
  }
  if (!found.empty() || !begun.starts_with('-')) return found;
  for (const Use& use : shown_options(*command)) add(fmt::format("--{}", row_of(use.opt).name));
  return found;
}

}  // namespace lvm::cli
