// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/engine_revival.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <optional>
#include <vector>

#include "base/fd.h"
#include "dm/user/held.h"

namespace lvm::cli {

Result<> revive_engine(const std::string& run_directory, Programs& programs) {
  if (!TRY(dm::user::lost(run_directory))) return {};
  const std::string path = run_directory + "/engine.revival";
  Fd turn(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!turn) return fail_errno(path, errno);
  while (::flock(turn.get(), LOCK_EX) != 0)
    if (errno != EINTR) return fail_errno(path, errno);
  // Whoever had it before us may have done it.
  std::optional<dm::user::Held> held = TRY(dm::user::lost(run_directory));
  if (!held) return {};
  std::vector<std::string> words = {TRY(own_program()), std::string(kRevival), "--engine", "user"};
  for (const std::string& image : held->images) words.insert(words.end(), {"--devices", image});
  Result<int> ended = programs.run(words);
  dm::user::forget_lost(run_directory);
  if (!ended) return std::unexpected(ended.error());
  return {};
}

}  // namespace lvm::cli
