// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/help.h"

#include <fmt/format.h>

#include <algorithm>

namespace lvm::report {
namespace {

bool in_report(Kind kind, Group group) {
  if (group == Group::special) return true;
  if (group == Group::log) return kind == Kind::log;
  if (group == Group::device_type) return kind == Kind::device_type;
  return kind != Kind::log && kind != Kind::device_type;
}

void heading(std::string& out, std::string_view title) {
  out += fmt::format("  {}\n  {:-<{}}\n", title, "", title.size());
}

void list_fields(std::string& out, Kind kind, bool types) {
  std::size_t width = 0;
  for (const auto section : field_sections())
    if (in_report(kind, section.front().group))
      for (const Field& field : section) width = std::max(width, field.name.size());
  // `selected` and its like come last.
  for (const bool special : {false, true})
    for (const auto section : field_sections()) {
      const Group group = section.front().group;
      if (!in_report(kind, group) || (group == Group::special) != special) continue;
      const auto& text = group_text(group);
      heading(out, text.title);
      if (!types && !text.all.empty())
        out += fmt::format("    {:<{}} - All fields in this section.\n", text.all, width);
      for (const Field& field : section) {
        out += fmt::format("    {:<{}} - {}", field.name, width, field.description);
        if (types) out += fmt::format(" [{}]", type_name(field.type));
        out += '\n';
      }
      if (special) {
        out += fmt::format("    {:<{}} - Show help.{}\n", "help", width, types ? " [unselectable number]" : "");
        out += fmt::format("    {:<{}} - Show help.{}\n", "?", width, types ? " [unselectable number]" : "");
      }
      out += "   \n";
    }
}

constexpr std::string_view kOperands =
    "    field               - A field of the report.\n"
    "    number              - A whole number that is not negative.\n"
    "    size                - A number with a unit; 'm' when there is none.\n"
    "    percent             - A number, with or without %.\n"
    "    string              - Characters, quoted by ' or \" or bare.\n"
    "    string list         - Strings within [ ] or { }, joined by an operator for all or for any.\n"
    "    time                - A date and time from the left, @seconds, or words such as \"2 weeks ago\".\n"
    "    regular expression  - Characters, quoted by ' or \" or bare.\n"
    "   \n";

constexpr std::string_view kOperators =
    "    Comparison operators:\n"
    "          =~  - Matches the regular expression. [string, string list]\n"
    "          !~  - Does not match the regular expression. [string, string list]\n"
    "           =  - Equal to. [number, size, percent, string, string list, time]\n"
    "          !=  - Not equal to. [number, size, percent, string, string list, time]\n"
    "          >=  - Greater than or equal to. [number, size, percent, time]\n"
    "           >  - Greater than. [number, size, percent, time]\n"
    "          <=  - Less than or equal to. [number, size, percent, time]\n"
    "           <  - Less than. [number, size, percent, time]\n"
    "       since  - The same as >=. [time]\n"
    "       after  - The same as >. [time]\n"
    "       until  - The same as <=. [time]\n"
    "      before  - The same as <. [time]\n"
    "   \n"
    "    Logical and grouping operators:\n"
    "        &&  - Both sides must match.\n"
    "         ,  - Both sides must match.\n"
    "        ||  - One side must match.\n"
    "         #  - One side must match.\n"
    "         !  - The parentheses that follow must not match.\n"
    "         (  - Left parenthesis.\n"
    "         )  - Right parenthesis.\n"
    "         [  - Start of a list that must match as a whole.\n"
    "         ]  - End of it.\n"
    "         {  - Start of a list that must match in part.\n"
    "         }  - End of it.\n"
    "   \n";

// The words that stand for values, a line for each field that has some.
void list_words(std::string& out, Kind kind) {
  out += "    -1, unknown, undefined, undef - A number or flag that is not known.\n";
  for (const auto section : field_sections()) {
    if (!in_report(kind, section.front().group)) continue;
    for (const Field& field : section) {
      if (field.words.empty()) continue;
      out += "    ";
      for (std::size_t i = 0; i < field.words.size(); ++i) {
        if (i > 0) out += ", ";
        out += field.words[i].word;
      }
      out += fmt::format(" - Words of {}.\n", field.name);
    }
  }
  out += "   \n";
}

}  // namespace

std::string column_help(Kind kind) {
  std::string out;
  list_fields(out, kind, false);
  return out;
}

std::string selection_help(Kind kind) {
  std::string out;
  list_fields(out, kind, true);
  heading(out, "Selection operands");
  out += kOperands;
  heading(out, "Reserved values");
  list_words(out, kind);
  heading(out, "Selection operators");
  out += kOperators;
  return out;
}

}  // namespace lvm::report
