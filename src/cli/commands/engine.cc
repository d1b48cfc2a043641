// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <memory>

#include "access/fuse_files.h"
#include "base/run_directory.h"
#include "cli/commands/commands.h"
#include "cli/session.h"
#include "dm/text.h"
#include "dm/user/client_engine.h"
#include "dm/user/held.h"

namespace lvm::cli {
namespace {

using dm::user::ClientEngine;

constexpr int kMostErrorsTold = 200;

class EngineCommand {
 public:
  EngineCommand(Session& session, ClientEngine& engine, std::string run_directory)
      : session_(session), engine_(engine), run_directory_(std::move(run_directory)) {}

  Result<> info();
  Result<> table();
  Result<> status();
  Result<> wait();

 private:
  void print(std::string_view text) { session_.messages().print_always(text); }
  // The devices that the operands behind the first name, by name or uuid; all without.
  Result<std::vector<dm::user::Volume>> chosen();

  Session& session_;
  ClientEngine& engine_;
  std::string run_directory_;
};

Result<std::vector<dm::user::Volume>> EngineCommand::chosen() {
  std::vector<dm::user::Volume> all = TRY(engine_.volumes());
  const std::vector<std::string>& words = session_.arguments().operands();
  if (words.size() < 2) return all;
  std::vector<dm::user::Volume> out;
  for (std::size_t i = 1; i < words.size(); ++i) {
    auto is_named = [&](const dm::user::Volume& volume) {
      if (volume.link && volume.link->vg + "/" + volume.link->lv == words[i]) return true;
      return volume.info.name == words[i] || volume.info.uuid == words[i];
    };
    auto found = std::ranges::find_if(all, is_named);
    if (found == all.end())
      return fail(Code::not_found, fmt::format("The embedded engine has no device {}.", words[i]));
    out.push_back(*found);
  }
  return out;
}

Result<> EngineCommand::info() {
  print(fmt::format("Run directory:   {}", run_directory_));
  auto daemon = TRY(engine_.daemon_info());
  if (!daemon) {
    auto held = TRY(dm::user::lost(run_directory_));
    print(held ? fmt::format("Daemon:          was killed with {} devices; the next command brings them up again",
                             held->uuids.size())
               : std::string("Daemon:          does not run: no volume is active"));
    return {};
  }
  print(fmt::format("Daemon:          process {}, version {}, {} devices, {} clients", daemon->process_id,
                    daemon->version, daemon->devices, daemon->clients));
  if (daemon->front_end_errors.empty()) print(fmt::format("Volumes:         {}/dev/VG/LV", run_directory_));
  print(fmt::format("Long reads:      {}", daemon->io));
  print(fmt::format("Log of errors:   {}/engine.log", run_directory_));
  for (const std::string& problem : daemon->front_end_errors) print("Problem:         " + problem);
  auto backings = TRY(engine_.backings());
  for (const auto& [number, backing] : backings)
    print(fmt::format("Image {}: {}, {} bytes from {}{}", dm::to_text(number), backing.path, backing.length.n,
                      backing.start.n, backing.read_only ? ", read-only" : ""));
  return {};
}

Result<> EngineCommand::table() {
  auto volumes = TRY(chosen());
  for (const dm::user::Volume& volume : volumes) {
    auto table = TRY(engine_.table(volume.info.uuid));
    auto text = TRY(dm::format_table(table, [](std::string_view uuid) -> Result<dm::DeviceNumber> {
      return fail(Code::corrupt, fmt::format("a table names {}", uuid));
    }));
    while (text.ends_with('\n')) text.pop_back();
    for (std::size_t at = 0; at <= text.size();) {
      std::size_t end = std::min(text.find('\n', at), text.size());
      print(fmt::format("{}: {}", volume.info.name, text.substr(at, end - at)));
      at = end + 1;
    }
  }
  return {};
}

Result<> EngineCommand::status() {
  auto volumes = TRY(chosen());
  for (const dm::user::Volume& volume : volumes) {
    auto lines = TRY(engine_.status(volume.info.uuid));
    for (const dm::StatusLine& line : lines)
      print(fmt::format("{}: {} {} {} {}", volume.info.name, line.start.n, line.length.n, line.type, line.params));
  }
  return {};
}

Result<> EngineCommand::wait() {
  if (session_.arguments().operands().size() != 2)
    return fail(Code::usage, "engine wait: the name of one device is needed.");
  auto volumes = TRY(chosen());
  const dm::Info& info = volumes.front().info;
  constexpr std::uint64_t kTurn = 60'000;
  for (;;) {
    auto event = TRY(engine_.wait_event(info.uuid, info.event_number, kTurn));
    if (!event) continue;
    print(fmt::format("{}: event {}", info.name, *event));
    return {};
  }
}

ExitStatus serve(Session& session) {
  auto run = run_directory();
  if (!run) return session.refuse(run.error());
  // To the engine's log, but not for every block of a large write.
  auto tell = [left = std::make_shared<std::atomic<int>>(kMostErrorsTold)](std::string_view text) {
    if (const int number = (*left)--; number > 0)
      static_cast<void>(::dprintf(STDERR_FILENO, "%.*s%s\n", static_cast<int>(text.size()), text.data(),
                                  number == 1 ? " (No more errors are told.)" : ""));
  };
  auto files = access::make_fuse_files(*run + "/dev", tell);
  int status = dm::user::run_daemon({.run_directory = *run, .front_ends = {files.get()}});
  return status == 0 ? ExitStatus::ok : ExitStatus::failed;
}

struct Verb {
  std::string_view name;
  Result<> (EngineCommand::*run)();
};
constexpr std::array kVerbs = {Verb{"info", &EngineCommand::info}, Verb{"status", &EngineCommand::status},
                               Verb{"table", &EngineCommand::table}, Verb{"wait", &EngineCommand::wait}};

}  // namespace

ExitStatus run_engine(Session& session, const Arguments& arguments) {
  const std::string& word = arguments.operands().front();
  if (word == "serve") return serve(session);
  const auto* verb = std::ranges::find(kVerbs, word, &Verb::name);
  if (verb == kVerbs.end())
    return session.refuse(Error(Code::usage, fmt::format("engine {}: info, table, status or wait is expected.", word)));
  // Of this user, whatever engine a command would choose now.
  auto choice = choose_user_engine("asked for");
  if (!choice) return session.refuse(choice.error());
  auto& engine = static_cast<ClientEngine&>(*choice->engine);
  EngineCommand command(session, engine, choice->run_directory);
  auto done = (command.*verb->run)();
  return done ? ExitStatus::ok : session.refuse(done.error());
}

}  // namespace lvm::cli
