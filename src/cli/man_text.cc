// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/man_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/version.h"

namespace lvm::cli {

// Of the texts, not of the build: the same sources make the same pages.
constexpr std::string_view kDate = "2026-01-01";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '-')
      out += "\\-";
    else if (c == '\\')
      out += "\\e";
    else
      out += c;
  }
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return out;
}

std::string sentences(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto end = text.find(". ");
    end = end == std::string_view::npos ? text.size() : end + 1;
    out += escaped(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return out;
}

std::string wrapped(std::string_view page) {
  constexpr std::size_t kWidth = 78;
  std::string out;
  bool tag = false, literal = false;
  while (!page.empty()) {
    const auto end = std::min(page.find('\n'), page.size());
    std::string_view line = page.substr(0, end);
    page.remove_prefix(std::min(page.size(), end + 1));
    if (line == ".nf" || line == ".fi") literal = line == ".nf";
    const bool whole = tag || literal || line.starts_with('.');
    tag = line == ".TP";
    while (!whole && line.size() > kWidth) {
      auto cut = line.rfind(' ', kWidth);
      // A line must not start with a control character.
      while (cut != std::string_view::npos && cut + 1 < line.size() && (line[cut + 1] == '.' || line[cut + 1] == '\''))
        cut = cut == 0 ? std::string_view::npos : line.rfind(' ', cut - 1);
      if (cut == std::string_view::npos || cut == 0) break;
      out += std::string(line.substr(0, cut)) + "\n";
      line.remove_prefix(cut + 1);
    }
    out += std::string(line) + "\n";
  }
  return out;
}

std::string man_heading(std::string_view name, int section, std::string_view summary) {
  std::string upper(name);
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return fmt::format(".TH {} {} {} \"{}\" \"System Administration\"\n.SH NAME\n{} \\- {}\n", upper, section, kDate,
                     kProductVersion, escaped(name), escaped(summary));
}

std::string see_also(std::string_view list) {
  std::string out = ".SH SEE ALSO\n";
  while (!list.empty()) {
    const auto end = std::min(list.find(' '), list.size());
    const std::string_view page = list.substr(0, end);
    const auto bracket = std::min(page.find('('), page.size());
    const bool last = end == list.size();
    out += fmt::format(".BR {} {}{}\n", escaped(page.substr(0, bracket)), page.substr(bracket), last ? "" : ",");
    list.remove_prefix(std::min(list.size(), end + 1));
  }
  return out;
}

}  // namespace lvm::cli
