// SPDX-License-Identifier: LGPL-2.1-or-later
#include <clocale>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "cli/dispatch.h"

// The program `lvm`, and under other names the command of that name.
int main(int argc, char** argv) {
  using namespace lvm::cli;
  std::setlocale(LC_ALL, "");
  // Numbers are printed and read with a point wherever the user lives: reports are for programs too.
  std::setlocale(LC_NUMERIC, "C");
  Messages messages;
  ExitStatus status = ExitStatus::failed;
  try {
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    status = run_program(argc > 0 ? argv[0] : "lvm", words, messages);
  } catch (const std::exception& exception) {
    messages.error(std::string("Internal error: ") + exception.what());
  }
  // A report that did not reach its reader was not made.
  if (std::fflush(stdout) != 0 && status == ExitStatus::ok) status = ExitStatus::failed;
  return static_cast<int>(status);
}
