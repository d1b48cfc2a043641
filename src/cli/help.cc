// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "cli/option_table.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

std::string_view sign_text(Signs signs) {
  switch (signs) {
    case Signs::none: return "";
    case Signs::plus: return "[+]";
    case Signs::minus: return "[-]";
    case Signs::both: return "[+|-]";
  }
  return "";
}

std::string value_of(const Use& use) {
  const OptionRow& option = row_of(use.opt);
  if (option.value == ValueType::none) return "";
  if (!use.literal.empty()) return std::string(use.literal.text());
  std::string text = fmt::format("{}{}", sign_text(use.signs), value_text(option.value));
  if (option.value == ValueType::size || option.value == ValueType::plain_size)
    text += fmt::format("[{}|UNIT]", option.unit);
  return text;
}

// An option in a list, with its letter's place kept free when it has none.
std::string listed(const Use& use) {
  const bool implied = use.opt == Opt::type && !use.literal.empty();
  return fmt::format("\t[ {}{} ]{}\n", row_of(use.opt).letter == 0 && !implied ? "   " : "", use_text(use),
                     implied ? " (implied)" : "");
}

void append_options(std::string& out, std::span<const Use> uses) {
  for (const Use& use : uses)
    if (!row_of(use.opt).hidden) out += listed(use);
}

void append_any_of(std::string& out, const Form& form) {
  for (std::size_t i = 0; i < form.any_of.size(); ++i) {
    const Use& use = form.any_of[i];
    out += fmt::format("\t{} {}{}{}\n", i == 0 ? "(" : " ", row_of(use.opt).letter == 0 ? "   " : "", use_text(use),
                       i + 1 == form.any_of.size() ? " )" : ",");
  }
}

std::string form_text(const CommandRow& command, const Form& form) {
  std::string out;
  if (form.about[0] != '\0') out += fmt::format("  {}\n", form.about);
  out += "  " + usage_line(command, form) + "\n";
  append_any_of(out, form);
  if (!form.any_of.empty() && !form.operands.empty()) {
    // The usage line ends with the operands only when no list of options stands between.
    out += "\t";
    for (const Position& position : form.operands) out += " " + position_text(position);
    out += "\n";
  }
  append_options(out, {form.optional.begin(), form.optional.size()});
  if (command.forms.size() == 1) append_options(out, {command.common.begin(), command.common.size()});
  out += "\t[ COMMON_OPTIONS ]\n";
  if (form.more.words != 0) out += fmt::format("\t[ {} ]\n", position_text(form.more));
  return out + "\n";
}

constexpr std::string_view kVariables = R"(  Common variables for lvm:
        Words that start with a capital letter stand for something of the kind:

        VG, LV, PV
        A volume group, a logical volume, a physical volume. An LV is given
        with its VG: VG/LV or /dev/VG/LV. A PV is the path of its device.
        Where space is taken from PVs, extents can be named too:
        PV[:First-Last]... counts from 0 and includes the last one,
        PV[:First+Count]... gives their number. First or Last may be left
        out: the start, or the end, of the PV.
        VG_new and LV_new are names that are free.

        Tag
        @NAME stands for everything that carries the tag NAME.

        Select
        The operand may be left out when --select chooses.

        Size[UNIT]
        A number, possibly with a fraction, and a unit: b bytes, s sectors
        of 512 bytes, k, m, g, t, p, e powers of 1024; upper and lower case
        mean the same. The letter shown is the unit when none is given.

        Number[PERCENT]
        A number of extents, or a percentage: %VG of the VG, %FREE of its
        free space, %PVS of the free space of the PVs given, %LV of the
        volume, %ORIGIN of the origin of the snapshot.

)";

std::string meanings(const CommandRow& command) {
  std::string out = "  Options:\n";
  for (const Use& use : shown_options(command))
    out += fmt::format("        {}\n            {}\n", use_text(use), row_of(use.opt).help);
  return out + "\n";
}

}  // namespace

std::string use_text(const Use& use) {
  const OptionRow& option = row_of(use.opt);
  const std::string value = value_of(use);
  const std::string letter = option.letter == 0 ? "" : fmt::format("-{}|", option.letter);
  if (option.value == ValueType::plan_format) return fmt::format("{}--{}[={}]", letter, option.name, value);
  return fmt::format("{}--{}{}{}", letter, option.name, value.empty() ? "" : " ", value);
}

std::string position_text(const Position& position) {
  static constexpr std::pair<Word, std::string_view> kWords[] = {
      {word_vg, "VG"},   {word_lv, "LV"},         {word_vg_new, "VG_new"}, {word_lv_new, "LV_new"},
      {word_tag, "Tag"}, {word_string, "String"}, {word_pv, "PV"},         {word_select, "Select"}};
  std::string text;
  for (const auto& [word, name] : kWords) {
    if ((position.words & word) == 0) continue;
    if (!text.empty()) text += '|';
    text += name;
    if (word == word_lv && !position.kind.empty()) text += fmt::format("_{}", position.kind.text());
  }
  if (position.many) text += " ...";
  return text;
}

std::string usage_line(const CommandRow& command, const Form& form) {
  std::string line(command.name);
  for (const Use& use : form.required) line += " " + use_text(use);
  if (form.any_of.empty())
    for (const Position& position : form.operands) line += " " + position_text(position);
  return line;
}

std::vector<Use> shown_options(const CommandRow& command) {
  std::vector<Use> uses;
  const auto add = [&](const Use& use) {
    if (row_of(use.opt).hidden) return;
    const auto known = std::ranges::find(uses, use.opt, &Use::opt);
    if (known == uses.end()) {
      uses.push_back(Use(use.opt, use.signs));
    } else if (known->signs != use.signs && use.signs != Signs::none) {
      known->signs = known->signs == Signs::none ? use.signs : Signs::both;
    }
  };
  for (const Form& form : command.forms) for_each_use(command, form, add);
  for (const Use& use : kGlobalOptions) add(use);
  std::ranges::sort(uses, {}, [](const Use& use) { return row_of(use.opt).name; });
  return uses;
}

std::string command_help(const CommandRow& command, bool full) {
  std::string out = fmt::format("  {} - {}\n\n", command.name, command.summary);
  for (const Form& form : command.forms)
    if (full || !form.hidden) out += form_text(command, form);
  if (command.forms.size() > 1 && !command.common.empty()) {
    out += "  Common options for command:\n";
    append_options(out, {command.common.begin(), command.common.size()});
    out += "\n";
  }
  out += "  Common options for lvm:\n";
  append_options(out, global_options());
  out += "\n";
  if (full) return out + meanings(command) + std::string(kVariables);
  return out + "  Use --longhelp to show what the options mean.\n";
}

std::string command_list() {
  std::string out = "  Available lvm commands:\n  Use 'lvm help <command>' for more information\n\n";
  for (const CommandRow* command : all_commands())
    if (!command->hidden) out += fmt::format("  {:<16}{}\n", command->name, command->summary);
  return out;
}

}  // namespace lvm::cli
