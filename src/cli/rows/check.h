// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/command.h"
#include "cli/option_table.h"
#include "cli/rows/rows.h"

// What must hold of every row; each row file asserts it at compile time.
namespace lvm::cli {

inline constexpr Fixed<Use, 20> kGlobalOptions = {
    Opt::debug,       Opt::help,         Opt::quiet,     Opt::verbose, Opt::yes,      Opt::test,    Opt::commandprofile,
    Opt::config,      Opt::driverloaded, Opt::nolocking, Opt::lockopt, Opt::longhelp, Opt::profile, Opt::version,
    Opt::devicesfile, Opt::devices,      Opt::nohints,   Opt::journal, Opt::plan,     Opt::engine};

// Calls visit(use) for every option that `form` takes besides kGlobalOptions, in the order of the usage
// text.
template <class Visit>
constexpr void for_each_use(const CommandRow& command, const Form& form, Visit visit) {
  for (const Use& use : form.required) visit(use);
  for (const Use& use : form.any_of) visit(use);
  for (const Use& use : form.optional) visit(use);
  for (const Use& use : command.common) visit(use);
}

constexpr bool well_formed(const CommandRow& command) {
  if (command.name.empty() || command.summary.empty() || command.forms.empty() || command.run == nullptr) return false;
  // Across the forms a name or letter means one option.
  std::array<bool, kOptionCount> taken{};
  for (const Use& use : kGlobalOptions) taken[static_cast<std::size_t>(use.opt)] = true;
  for (const Form& form : command.forms) {
    std::array<bool, kOptionCount> here{};
    bool twice = false;
    for_each_use(command, form, [&](const Use& use) {
      const auto index = static_cast<std::size_t>(use.opt);
      twice = twice || here[index];
      here[index] = taken[index] = true;
    });
    if (twice) return false;
    if (!form.required.empty() && form.required[0].opt == Opt::count_) return false;
    for (std::size_t i = 0; i + 1 < form.operands.size(); ++i)
      if (form.operands[i].many) return false;  // only the last may repeat
    if (form.more.words != 0 && !form.operands.empty() && form.operands[form.operands.size() - 1].many) return false;
  }
  for (std::size_t i = 0; i < kOptionCount; ++i) {
    if (!taken[i]) continue;
    const OptionRow& a = option_table::kRows[i];
    for (std::size_t j = i + 1; j < kOptionCount; ++j) {
      if (!taken[j]) continue;
      const OptionRow& b = option_table::kRows[j];
      if (a.name == b.name || (a.letter != 0 && a.letter == b.letter)) return false;
      if ((!a.alias.empty() && a.alias == b.name) || (!b.alias.empty() && b.alias == a.name)) return false;
    }
  }
  return true;
}

}  // namespace lvm::cli
