// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <string>

#include "base/files.h"
#include "cli/command.h"
#include "cli/help.h"

// lvm-docs DIRECTORY: writes what is made from the command rows, for the install: manual pages, completion
// and the list of links.
namespace {

lvm::Result<> write_all(const std::string& directory) {
  using namespace lvm;
  using namespace lvm::cli;
  SystemFiles files;
  const auto write = [&](const std::string& name, const std::string& text) {
    return files.replace(directory + "/" + name, text, 0644);
  };
  for (const char* section : {"/man5", "/man8"}) TRY(files.make_directories(directory + section, 0755));
  std::string links;
  const auto page_name = [](std::string_view name, const CommandRow& command) {
    return command.has_link && command.name == name ? fmt::format("man8/{}.8", name)
                                                    : fmt::format("man8/lvm-{}.8", name);
  };
  for (const Alias& alias : command_aliases()) TRY(write(page_name(alias.name, *alias.row), man_page(*alias.row)));
  for (const CommandRow* command : all_commands()) {
    if (command->hidden) continue;
    TRY(write(page_name(command->name, *command), man_page(*command)));
    if (command->has_link) links += std::string(command->name) + "\n";
  }
  TRY(write("man8/lvm.8", lvm_man_page()));
  TRY(write("man5/lvm.conf.5", conf_man_page()));
  TRY(write("lvm.bash", bash_completion()));
  TRY(write("_lvm", zsh_completion()));
  return write("links.txt", links);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: lvm-docs DIRECTORY\n");
    return 3;
  }
  const auto done = write_all(argv[1]);
  if (done) return 0;
  fmt::print(stderr, "{}\n", done.error().text());
  return 5;
}
