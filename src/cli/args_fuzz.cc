// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cli/help.h"
#include "cli/parse.h"

// Any command line is either accepted with a form, or refused with a message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lvm::cli;
  if (size == 0) return 0;
  const auto commands = all_commands();
  const CommandRow& command = *commands[data[0] % commands.size()];
  const std::vector<std::string> words =
      split_words(std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
  const Parsed parsed = parse(command, words);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) {
    if (refusal->lines.empty() || refusal->status == ExitStatus::ok) __builtin_trap();
  } else if (const auto* arguments = std::get_if<Arguments>(&parsed)) {
    // The form must be one of the command's.
    bool own = false;
    for (const Form& form : command.forms) own = own || &form == &arguments->form();
    if (!own) __builtin_trap();
    (void)arguments->report_groups();
  }
  return 0;
}
