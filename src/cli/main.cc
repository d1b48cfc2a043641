// SPDX-License-Identifier: LGPL-2.1-or-later
#include <climits>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "base/heap.h"
#include "cli/dispatch.h"

namespace {

// The descriptor that LVM_REPORT_FD names, if it is open for writing.
std::FILE* report_stream() {
  const char* text = std::getenv("LVM_REPORT_FD");
  if (text == nullptr) return nullptr;
  char* end = nullptr;
  const long descriptor = std::strtol(text, &end, 10);
  if (*text == '\0' || *end != '\0' || descriptor < 0 || descriptor > INT_MAX) return nullptr;
  return fdopen(static_cast<int>(descriptor), "w");
}

// A report that did not reach its reader was not made.
int finish(lvm::cli::ExitStatus status) {
  using lvm::cli::ExitStatus;
  if (std::fflush(stdout) != 0 && status == ExitStatus::ok) status = ExitStatus::failed;
  return static_cast<int>(status);
}

}  // namespace

// The program `lvm`, and under other names the command of that name.
int main(int argc, char** argv) {
  using namespace lvm::cli;
  lvm::keep_freed_memory();
  std::setlocale(LC_ALL, "");
  // Numbers are printed and read with a point wherever the user lives: reports are for programs too.
  std::setlocale(LC_NUMERIC, "C");
  Messages messages;
  std::FILE* reports = report_stream();
  if (reports != nullptr) messages.set_report_stream(reports);
  ExitStatus status = ExitStatus::failed;
  try {
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    status = run_program(argc > 0 ? argv[0] : "lvm", words, messages,
                         [](ExitStatus of_command) { std::exit(finish(of_command)); });
  } catch (const std::exception& exception) {
    messages.error(std::string("Internal error: ") + exception.what());
  }
  return finish(status);
}
