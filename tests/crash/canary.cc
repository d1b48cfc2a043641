// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crash/canary.h"

#include <fmt/format.h>

#include "crash/examine.h"
#include "crash/play.h"

namespace lvm::crash {
namespace {

Line line_of(std::vector<std::string> words) {
  Line line;
  for (const std::string& word : words) line.text += (line.text.empty() ? "" : " ") + word;
  line.words = std::move(words);
  return line;
}

// What cannot be left out without harm. The precommit slots can: nobody reads them but the command itself.
std::vector<std::size_t> defects(const Story& sound) {
  std::vector<std::size_t> out;
  std::size_t last_write = 0;
  for (std::size_t at = 0; at < sound.checkpoints.size(); ++at) {
    const Effect& effect = sound.checkpoints[at].next;
    if (effect.text.starts_with("write ")) last_write = at;
    for (std::string_view verb : {"flush", "resume", "load"})
      if (effect.text.starts_with(verb)) out.push_back(at);
  }
  out.push_back(last_write);
  return out;
}

}  // namespace

CanaryResult run_canaries(const std::string& configuration) {
  Case scene{"canary", {Bytes(64 << 20)}, {}};
  Play play(scene, configuration);
  for (auto words : std::vector<std::vector<std::string>>{{"vgcreate", "vg", disk_path(0)},
                                                          {"lvcreate", "-n", "a", "-l", "2", "vg"},
                                                          {"lvcreate", "-n", "b", "-l", "2", "vg"}})
    play.next(line_of(std::move(words)));
  Line line = line_of({"lvextend", "-l", "5", "vg/a"});
  Story sound = tell(play.state().copy(), line);
  CanaryResult result;
  Bounds bounds{.kills = 20, .power_states = 32, .faults = 0, .opens = 0, .allocations = 0};
  for (std::size_t at : defects(sound)) {
    const Effect& effect = sound.checkpoints[at].next;
    Story defective = tell(play.state().copy(), line, {.dropped_effect = at});
    // What the end should be is known from the sound program.
    defective.contents_after = sound.contents_after;
    bool caught = !examine(defective, bounds).complaints.empty();
    fmt::print("  {} without \"{}\"\n", caught ? "caught" : "MISSED", effect.text);
    ++(caught ? result.caught : result.missed);
  }
  return result;
}

}  // namespace lvm::crash
