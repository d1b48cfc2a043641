// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crash/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/files.h"

namespace lvm::crash {
namespace {

constexpr std::string_view kBlank = " \t";

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    std::size_t end = std::min(text.find(separator), text.size());
    if (end != 0) out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// Words as a shell takes them: blanks part, quotes hold together.
std::vector<std::string> shell_words(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  bool started = false;
  char quote = 0;
  for (char c : text) {
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      started = true;
    } else if (kBlank.contains(c)) {
      if (started) out.push_back(std::exchange(word, {}));
      started = false;
    } else {
      word += c;
      started = true;
    }
  }
  if (started) out.push_back(word);
  return out;
}

bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// D1, standing alone, is a disk; so it is within "--devices=D1,D2".
std::string with_paths(const std::string& word) {
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    bool disk = word[i] == 'D' && i + 1 < word.size() && word[i + 1] >= '1' && word[i + 1] <= '9' &&
                (i == 0 || !is_word_character(word[i - 1])) &&
                (i + 2 == word.size() || !is_word_character(word[i + 2]));
    if (!disk) {
      out += word[i];
      continue;
    }
    out += disk_path(static_cast<std::size_t>(word[i + 1] - '1'));
    ++i;
  }
  return out;
}

std::optional<Bytes> parse_size(std::string_view text) {
  std::uint64_t value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9')
    value = value * 10 + static_cast<std::uint64_t>(text[digits++] - '0');
  if (digits == 0 || digits == text.size()) return std::nullopt;
  switch (text[digits]) {
    case 'K': return Bytes(value << 10);
    case 'M': return Bytes(value << 20);
    case 'G': return Bytes(value << 30);
    default: return std::nullopt;
  }
}

// "2x64M,1x1G/4096": sector sizes are not simulated.
std::optional<std::vector<Bytes>> parse_disks(std::string_view text) {
  std::vector<Bytes> out;
  for (std::string_view group : split(text, ',')) {
    std::size_t times = group.find('x');
    std::size_t count = 1;
    if (times != std::string_view::npos) {
      count = static_cast<std::size_t>(std::stoul(std::string(group.substr(0, times))));
      group.remove_prefix(times + 1);
    }
    auto size = parse_size(group.substr(0, group.find('/')));
    if (!size) return std::nullopt;
    out.insert(out.end(), count, *size);
  }
  return out;
}

bool repeats_by_nature(const std::vector<std::string>& words) {
  const std::string& name = words.front();
  auto has = [&](std::string_view option) {
    return std::ranges::any_of(words, [&](const std::string& word) { return word.starts_with(option); });
  };
  bool relative = std::ranges::any_of(words, [](const std::string& word) {
    return (word.starts_with('+') || (word.starts_with('-') && word.size() > 1 && word[1] >= '0' && word[1] <= '9'));
  });
  bool grafted = std::ranges::any_of(words, [](const std::string& word) {
    return word.starts_with("-l+") || word.starts_with("-L+") || word.starts_with("-l-") || word.starts_with("-L-") ||
           word.find("=+") != std::string::npos || word.find("=-") != std::string::npos;
  });
  bool names_volume = has("-n") || has("--name");
  // Names that move on (lvrename vg a x) cannot be asked for twice either, but say so: not found.
  return (name == "lvcreate" && !names_volume) || relative || grafted || has("%") ||
         words.back().find('%') != std::string::npos;
}

Line parse_line(std::string_view text, std::size_t disks) {
  Line line;
  line.text = std::string(text);
  std::string_view rest = text;
  bool answers_yes = false;
  if (rest.starts_with('[')) {
    std::size_t end = rest.find(']');
    for (std::string_view flag : split(rest.substr(1, end - 1), ' ')) {
      if (flag.starts_with("input=y")) answers_yes = true;
      if (flag.starts_with("input=n")) line.answers_no = true;
      if (flag == "repeats") line.repeats = true;
      if (flag == "open") line.open = true;
      if (flag == "cuts") line.cuts_only = true;
    }
    rest.remove_prefix(end + 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(kBlank), rest.size()));
    line.text = std::string(rest);
  }
  for (const std::string& word : shell_words(rest)) {
    if (word != "DISKS") {
      line.words.push_back(with_paths(word));
      continue;
    }
    for (std::size_t i = 0; i < disks; ++i) line.words.push_back(disk_path(i));
  }
  if (!line.words.front().starts_with('@')) {
    line.repeats = line.repeats || repeats_by_nature(line.words);
    if (answers_yes) line.words.insert(line.words.begin() + 1, "-y");
  }
  return line;
}

Result<> read_file(const std::string& path, const std::string& stem, std::vector<Case>& out) {
  SystemFiles files;
  std::string content = TRY(files.read(path));
  bool open = false;
  for (std::string_view text : split(content, '\n')) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
    if (text.empty() || text.starts_with('#')) continue;
    if (text.starts_with("==")) {
      std::size_t at = text.find(" disks=");
      if (at == std::string_view::npos)
        return fail(Code::corrupt, path + ": a case without disks: " + std::string(text));
      std::string_view title = text.substr(2, at - 2);
      title.remove_prefix(std::min(title.find_first_not_of(kBlank), title.size()));
      while (title.ends_with(' ')) title.remove_suffix(1);
      std::string_view size = text.substr(at + 7);
      auto disks = parse_disks(size.substr(0, size.find(' ')));
      if (!disks) return fail(Code::corrupt, path + ": no sizes: " + std::string(text));
      out.push_back({fmt::format("{}: {}", stem, title), *disks, {}});
      open = true;
    } else {
      if (!open) return fail(Code::corrupt, path + ": a line before the first case");
      out.back().lines.push_back(parse_line(text, out.back().disks.size()));
    }
  }
  return {};
}

}  // namespace

std::string disk_path(std::size_t index) { return fmt::format("/dev/loop{}", index); }

Result<std::vector<Case>> read_cases(const std::string& folder) {
  SystemFiles files;
  std::vector<std::string> names = TRY(files.list(folder));
  std::ranges::sort(names);
  std::vector<Case> out;
  for (const std::string& name : names)
    if (name.ends_with(".txt")) TRY(read_file(folder + "/" + name, name.substr(0, name.size() - 4), out));
  return out;
}

}  // namespace lvm::crash
