// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/convert/merge.h"
#include "cli/convert/rows.h"

namespace lvm::cli {
namespace {

struct Operation {
  std::string_view name;
  ExitStatus (*follow)(Session& session);
};
// Merges of thin snapshots and moved extents are done when the command that started them ends.
constexpr Operation kOperations[] = {{"convert", convert::poll}, {"merge", convert::follow_merges}};

}  // namespace

ExitStatus run_lvpoll(Session& session, const Arguments& arguments) {
  std::string_view wanted = arguments.text(Opt::polloperation);
  if (arguments.has(Opt::abort))
    return session.refuse(Error(Code::unsupported, fmt::format("Ending \"{}\" half-way is not possible.", wanted)));
  for (const Operation& operation : kOperations)
    if (operation.name == wanted) return operation.follow(session);
  return session.refuse(
      Error(Code::unsupported, fmt::format("Nothing runs in the background as \"{}\": --polloperation takes convert "
                                           "or merge.",
                                           wanted)));
}

}  // namespace lvm::cli
