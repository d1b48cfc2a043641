// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "cli/match.h"
#include "cli/option_set.h"
#include "cli/option_table.h"
#include "cli/values.h"

namespace lvm::cli {

// Reads words into options and operands. A failed step leaves its messages in refusal_.
class Parser {
 public:
  Parser(const CommandRow& command, std::span<const std::string> words, bool default_vg)
      : command_(command), words_(words), default_vg_(default_vg), options_(command) {}

  Parsed run();

 private:
  bool read_words();
  bool read_long(std::string_view word);
  bool read_letters(std::string_view word);
  bool record(const OptionRow& option, std::string text);
  std::optional<std::string> next_word();
  bool wrong(std::string line);
  bool unknown_long(std::string_view word, const OptionSet::Unknown& unknown);
  std::optional<Kind> missing_kind() const;

  const CommandRow& command_;
  std::span<const std::string> words_;
  bool default_vg_;
  OptionSet options_;
  std::size_t at_ = 0;
  Arguments arguments_;
  Refusal refusal_;
};

bool Parser::wrong(std::string line) {
  refusal_.lines.push_back(std::move(line));
  return false;
}

std::optional<std::string> Parser::next_word() {
  if (at_ >= words_.size()) return std::nullopt;
  return words_[at_++];
}

bool Parser::read_words() {
  bool only_operands = false;
  while (auto word = next_word()) {
    if (only_operands || word->size() < 2 || word->front() != '-') {
      arguments_.operands_.push_back(std::move(*word));
    } else if (*word == "--") {
      only_operands = true;
    } else if (word->starts_with("--")) {
      if (!read_long(*word)) return false;
    } else if (!read_letters(*word)) {
      return false;
    }
  }
  return true;
}

bool Parser::unknown_long(std::string_view word, const OptionSet::Unknown& unknown) {
  if (unknown.elsewhere) return wrong(fmt::format("Command does not accept option: {}.", word));
  wrong(fmt::format("{}: unrecognized option '{}'", command_.name, word));
  if (!unknown.similar.empty()) {
    std::string names;
    for (const Opt opt : unknown.similar) names += fmt::format("{}--{}", names.empty() ? "" : ", ", row_of(opt).name);
    wrong(fmt::format("Did you mean {}?", names));
  }
  return false;
}

bool Parser::read_long(std::string_view word) {
  const auto equals = word.find('=');
  const std::string_view written = word.substr(0, equals);
  const auto match = options_.find(written.substr(2));
  if (const auto* unknown = std::get_if<OptionSet::Unknown>(&match)) return unknown_long(written, *unknown);
  if (const auto* ambiguous = std::get_if<OptionSet::Ambiguous>(&match)) {
    std::string names;
    for (const std::string& name : ambiguous->names) names += fmt::format(" '--{}'", name);
    return wrong(fmt::format("{}: option '{}' is ambiguous; possibilities:{}", command_.name, word, names));
  }
  const OptionRow& option = row_of(std::get<Opt>(match));
  if (equals != std::string_view::npos) {
    if (option.value == ValueType::none)
      return wrong(fmt::format("{}: option '--{}' doesn't allow an argument", command_.name, option.name));
    return record(option, std::string(word.substr(equals + 1)));
  }
  if (option.value == ValueType::none) return record(option, {});
  if (option.value == ValueType::plan_format) return record(option, "text");
  auto value = next_word();
  if (!value) return wrong(fmt::format("{}: option '--{}' requires an argument", command_.name, option.name));
  return record(option, std::move(*value));
}

bool Parser::read_letters(std::string_view word) {
  for (std::size_t i = 1; i < word.size(); ++i) {
    const char letter = word[i];
    const auto opt = options_.find_letter(letter == '?' ? 'h' : letter);
    if (!opt) return wrong(fmt::format("{}: invalid option -- '{}'", command_.name, letter));
    const OptionRow& option = row_of(*opt);
    if (option.value == ValueType::none) {
      if (!record(option, {})) return false;
      continue;
    }
    if (i + 1 < word.size()) return record(option, std::string(word.substr(i + 1)));
    auto value = next_word();
    if (!value) return wrong(fmt::format("{}: option requires an argument -- '{}'", command_.name, letter));
    return record(option, std::move(*value));
  }
  return true;
}

bool Parser::record(const OptionRow& option, std::string text) {
  const OptionRow& meant = option.stands_for == Opt::count_ ? option : row_of(option.stands_for);
  if (meant.repeat == Repeat::once && arguments_.has(meant.opt)) {
    return wrong(option.letter != 0 ? fmt::format("Option -{}/--{} may not be repeated.", option.letter, option.name)
                                    : fmt::format("Option --{} may not be repeated.", option.name));
  }
  auto typed = parse_value(option, options_.signs(option.opt), text);
  if (!typed) {
    if (!typed.error().why.empty()) wrong(typed.error().why);
    return wrong(fmt::format("Invalid argument for --{}: {}", option.name, text));
  }
  arguments_.given_.push_back({.opt = meant.opt, .text = std::move(text), .typed = std::move(*typed)});
  return true;
}

// The first kind of volume the command line is about that this program does not have yet.
std::optional<Kind> Parser::missing_kind() const {
  // "-m 0" asks for no copies: a plain volume, whatever the form.
  const bool no_copies = arguments_.number(Opt::mirrors) == 0 && !arguments_.has(Opt::type);
  const Kind kind = no_copies ? Kind::basic : arguments_.form().kind;
  if (!kind_available(kind)) return kind;
  for (const Given& given : arguments_.given()) {
    if (given.opt == Opt::locktype && given.text == "none") continue;
    if (!kind_available(row_of(given.opt).kind)) return row_of(given.opt).kind;
  }
  return std::nullopt;
}

// LVM2 records long options without hyphens in their names: --use-policies as --usepolicies.
std::string without_hyphens(const std::string& word) {
  if (!word.starts_with("--") || word.size() == 2) return word;
  std::size_t end = std::min(word.find('='), word.size());
  std::string name = word.substr(2, end - 2);
  std::erase(name, '-');
  return "--" + name + word.substr(end);
}

Parsed Parser::run() {
  arguments_.command_ = &command_;
  arguments_.line_ = std::string(command_.name);
  for (const std::string& given : words_) {
    std::string word = without_hyphens(given);
    // Words with blanks are quoted, so that the line can be read back.
    bool quote = word.find_first_of(" \t\n") != std::string::npos;
    arguments_.line_ += quote ? " '" + word + "'" : " " + word;
  }

  if (!read_words()) {
    refusal_.lines.emplace_back("Error during parsing of command line.");
    return std::move(refusal_);
  }
  if (arguments_.has(Opt::help) || arguments_.has(Opt::longhelp))
    return HelpWanted{.command = &command_, .full = arguments_.has(Opt::longhelp)};
  if (arguments_.has(Opt::version)) return VersionWanted{};

  auto match = match_form(command_, arguments_.given_, arguments_.operands_, default_vg_);
  if (auto* refusal = std::get_if<Refusal>(&match)) return std::move(*refusal);
  arguments_.form_ = std::get<const Form*>(match);
  if (const auto kind = missing_kind()) {
    return Refusal{
        .lines = {fmt::format("{}: {} are not available in this program yet.", command_.name, kind_text(*kind))},
        .syntax = {},
        .status = ExitStatus::failed};
  }
  return std::move(arguments_);
}

Parsed parse(const CommandRow& command, std::span<const std::string> words, bool default_vg) {
  return Parser(command, words, default_vg).run();
}

std::vector<std::string> split_words(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false;
  char quote = 0;
  for (const char c : line) {
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      inside = true;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (inside) words.push_back(std::exchange(word, {}));
      inside = false;
    } else {
      word += c;
      inside = true;
    }
  }
  if (inside) words.push_back(std::move(word));
  return words;
}

}  // namespace lvm::cli
