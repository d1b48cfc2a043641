// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "cli/help.h"
#include "cli/option_table.h"

// Completion for bash and zsh, from the rows. Both scripts hold the options of each command and what may
// follow them; names of volumes come from the reports, read without locks.
namespace lvm::cli {
namespace {

// What a value or an operand is completed with.
std::string_view operand_source(std::uint16_t words) {
  const bool vg = (words & word_vg) != 0;
  const bool lv = (words & word_lv) != 0;
  if (vg && lv) return "vg lv";
  if (lv) return "lv";
  if (vg) return "vg";
  if ((words & word_pv) != 0) return "pv";
  return "";
}

std::string_view value_source(ValueType type) {
  switch (type) {
    case ValueType::pv:
    case ValueType::write_mostly: return "pv";
    case ValueType::lv: return "lv";
    default: return "";
  }
}

std::string joined(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : " ") + std::string(word);
  return text;
}

// Of all positions of all forms: lists are short, and a wrong guess costs nothing.
std::string operands_of(const CommandRow& command) {
  std::uint16_t words = 0;
  for (const Form& form : command.forms) {
    for (const Position& position : form.operands) words |= position.words;
    words |= form.more.words;
  }
  std::string sources(operand_source(words));
  if (!sources.empty() && (words & word_pv) != 0 && sources != "pv") sources += " pv";
  return sources;
}

std::string options_of(const CommandRow& command, bool with_value) {
  std::string text;
  for (const Use& use : shown_options(command)) {
    const OptionRow& option = row_of(use.opt);
    if (with_value && option.value == ValueType::none) continue;
    if (!text.empty()) text += ' ';
    text += fmt::format("--{}", option.name);
    if (option.letter != 0) text += fmt::format(" -{}", option.letter);
  }
  return text;
}

// "case" arms: option name -> words or source.
std::string value_arms() {
  std::string arms;
  for (const OptionRow& option : option_table::kRows) {
    const std::string words = joined(value_words(option.value));
    const std::string_view source = value_source(option.value);
    if (option.hidden || (words.empty() && source.empty())) continue;
    arms += fmt::format("    --{}) {} ;;\n", option.name,
                        words.empty() ? fmt::format("_lvm_names {}", source) : fmt::format("echo {}", words));
  }
  return arms;
}

std::string command_arms() {
  std::string arms;
  for (const CommandRow* command : all_commands()) {
    if (command->hidden) continue;
    arms += fmt::format("    {})\n      options=\"{}\"\n      operands=\"{}\" ;;\n", command->name,
                        options_of(*command, false), operands_of(*command));
  }
  return arms;
}

std::string command_names(bool links_only) {
  std::string names;
  for (const CommandRow* command : all_commands())
    if (!command->hidden && (!links_only || command->has_link))
      names += (names.empty() ? "" : " ") + std::string(command->name);
  return names;
}

constexpr std::string_view kNames = R"(# Names of volumes and devices, read without locks.
_lvm_names() {
  local kind
  for kind in "$@"; do
    case $kind in
      vg) vgs --readonly --noheadings -o vg_name 2>/dev/null ;;
      lv) lvs --readonly --noheadings --separator / -o vg_name,lv_name 2>/dev/null ;;
      pv) pvs --readonly --noheadings -o pv_name 2>/dev/null ;;
    esac
  done
}
)";

}  // namespace

std::string bash_completion() {
  std::string out =
      "# SPDX-License-Identifier: LGPL-2.1-or-later\n# shellcheck shell=bash\n"
      "# Completion of the LVM commands for bash.\n";
  out += kNames;
  out += "\n# What may follow an option.\n_lvm_values() {\n  case $1 in\n" + value_arms() + "  esac\n}\n\n";
  out +=
      "_lvm() {\n"
      "  local command=${COMP_WORDS[0]##*/} current=${COMP_WORDS[COMP_CWORD]}\n"
      "  local previous=${COMP_WORDS[COMP_CWORD-1]} options operands\n"
      "  COMPREPLY=()\n"
      "  if [[ $command == lvm ]]; then\n"
      "    if (( COMP_CWORD == 1 )); then\n"
      "      mapfile -t COMPREPLY < <(compgen -W \"" +
      command_names(false) +
      "\" -- \"$current\")\n"
      "      return\n"
      "    fi\n"
      "    command=${COMP_WORDS[1]}\n"
      "  fi\n"
      "  # bash splits --option=value into three words.\n"
      "  if [[ $current == = ]]; then current=; previous=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  elif [[ $previous == = ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
      "  case $command in\n" +
      command_arms() +
      "  esac\n"
      "  local values\n"
      "  values=$(_lvm_values \"$previous\")\n"
      "  if [[ -n $values ]]; then\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$current\")\n"
      "  elif [[ $current == -* ]]; then\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\")\n"
      "  else\n"
      "    # shellcheck disable=SC2086\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$(_lvm_names $operands)\" -- \"$current\")\n"
      "    [[ $operands == *pv* && $current == /* ]] &&\n"
      "      mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -f -- \"$current\")\n"
      "  fi\n"
      "  return 0\n"
      "}\n";
  out += "complete -F _lvm lvm " + command_names(true) + "\n";
  return out;
}

std::string zsh_completion() {
  std::string out = "#compdef lvm " + command_names(true) +
                    "\n# SPDX-License-Identifier: LGPL-2.1-or-later\n# Completion of the LVM commands for zsh.\n";
  out += kNames;
  out += "\n# What may follow an option.\n_lvm_values() {\n  case $1 in\n" + value_arms() + "  esac\n}\n\n";
  out +=
      "_lvm() {\n"
      "  local command=${words[1]:t} previous=${words[CURRENT-1]} options operands values\n"
      "  if [[ $command == lvm ]]; then\n"
      "    if (( CURRENT == 2 )); then\n"
      "      compadd -- " +
      command_names(false) +
      "\n"
      "      return\n"
      "    fi\n"
      "    command=${words[2]}\n"
      "  fi\n"
      "  case $command in\n" +
      command_arms() +
      "  esac\n"
      "  if [[ $PREFIX == --*=* ]]; then\n"
      "    previous=${PREFIX%%=*}\n"
      "    compset -P '*='\n"
      "  fi\n"
      "  values=$(_lvm_values $previous)\n"
      "  if [[ -n $values ]]; then\n"
      "    compadd -- ${=values}\n"
      "  elif [[ $PREFIX == -* ]]; then\n"
      "    compadd -- ${=options}\n"
      "  else\n"
      "    compadd -- $(_lvm_names ${=operands})\n"
      "    if [[ $operands == *pv* && $PREFIX == /* ]]; then _files; fi\n"
      "  fi\n"
      "}\n\n"
      "_lvm \"$@\"\n";
  return out;
}

}  // namespace lvm::cli
