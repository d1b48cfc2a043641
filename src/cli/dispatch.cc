// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/dispatch.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "access/fuse_files.h"
#include "base/version.h"
#include "cli/help.h"
#include "cli/parse.h"
#include "cli/session.h"
#include "cli/shell.h"
#include "dm/user/nbd/connection.h"

namespace lvm::cli {
namespace {

ExitStatus refuse(const Refusal& refusal, Messages& messages) {
  for (const std::string& line : refusal.lines) messages.error(line);
  for (const std::string& line : refusal.syntax) messages.print_always(line);
  return refusal.status;
}

ExitStatus cannot_start(const CommandRow& command, const Error& error, Messages& messages) {
  messages.error(error);
  if (error.code() == Code::usage) {
    messages.error(fmt::format("Run `{} --help' for more information.", command.name));
    return ExitStatus::usage;
  }
  // Broken configuration.
  return error.code() == Code::corrupt ? ExitStatus::start_failed : ExitStatus::failed;
}

bool is_file(const std::string& path) {
  struct stat info{};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

// `lvm --devices a.img lvs`: options that every command takes may stand in front of it.
ExitStatus run_with_leading_options(std::span<const std::string> words, Messages& messages, const Ending& ending) {
  std::size_t at = 0;
  while (at < words.size() && words[at].starts_with("--") && words[at].size() > 2) {
    std::string_view name = std::string_view(words[at]).substr(2);
    bool joined = name.contains('=');
    name = name.substr(0, name.find('='));
    auto use = std::ranges::find_if(global_options(), [&](const Use& u) { return row(u.opt).name == name; });
    if (use == global_options().end()) break;
    at += row(use->opt).value != ValueType::none && !joined ? 2 : 1;
  }
  const CommandRow* command = at > 0 && at < words.size() ? find_command(words[at]) : nullptr;
  if (command == nullptr) {
    messages.error("Specify options after a command: lvm [command] [options].");
    return ExitStatus::usage;
  }
  std::vector<std::string> moved(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at));
  moved.insert(moved.end(), words.begin() + static_cast<std::ptrdiff_t>(at) + 1, words.end());
  return run_command(*command, moved, messages, ending);
}

}  // namespace

std::string version_text(std::string_view driver) {
  std::string text = fmt::format("LVM version:     {}\nLibrary version: {}\n", kLvmVersion, kLibraryVersion);
  if (!driver.empty()) text += fmt::format("Driver version:  {}\n", driver);
  std::string with;
#ifdef LVM_HAVE_UDEV
  with += " udev";
#endif
#ifdef LVM_HAVE_BLKID
  with += " blkid";
#endif
#ifdef LVM_HAVE_SYSTEMD
  with += " systemd";
#endif
#ifdef LVM_HAVE_URING
  with += " io_uring";
#endif
#ifdef LVM_HAVE_EDIT
  with += " libedit";
#endif
#ifdef LVM_HAVE_SELINUX
  with += " selinux";
#endif
  if (access::fuse_built_in()) with += " fuse";
  if (dm::user::nbd_built_in()) with += " nbd";
  return text + fmt::format("Configuration:   {} with{}", kProductVersion, with.empty() ? " no optional parts" : with);
}

ExitStatus run_command(const CommandRow& command, std::span<const std::string> words, Messages& messages,
                       const Ending& ending) {
  Parsed parsed = parse(command, words, std::getenv("LVM_VG_NAME") != nullptr);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return refuse(*refusal, messages);
  if (const auto* help = std::get_if<HelpWanted>(&parsed)) {
    messages.plain(command_help(*help->command, help->full));
    return ExitStatus::ok;
  }
  if (std::holds_alternative<VersionWanted>(parsed)) {
    return run_command(*find_command("version"), {}, messages);
  }
  auto& arguments = std::get<Arguments>(parsed);
  auto session = Session::start(arguments, messages);
  if (!session) return cannot_start(command, session.error(), messages);
  const ExitStatus status = (*session)->finish_log(command.run(**session, arguments));
  if (ending) ending(status);
  return status;
}

ExitStatus run_program(std::string_view program, std::span<const std::string> words, Messages& messages,
                       const Ending& ending) {
  const auto slash = program.rfind('/');
  if (slash != std::string_view::npos) program.remove_prefix(slash + 1);
  if (const CommandRow* command = find_command(program)) return run_command(*command, words, messages, ending);

  if (words.empty()) return run_shell(messages);
  const std::string& first = words.front();
  if (first == "-h" || first == "--help" || first == "-?") {
    messages.plain(command_list());
    return ExitStatus::ok;
  }
  if (const CommandRow* command = find_command(first)) return run_command(*command, words.subspan(1), messages, ending);
  if (first.starts_with('-')) return run_with_leading_options(words, messages, ending);
  if (is_file(first)) return run_script(first, messages);
  messages.error("No such command.  Try 'lvm help'.");
  return ExitStatus::no_such_command;
}

}  // namespace lvm::cli
