// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crash/play.h"

#include <algorithm>

namespace lvm::crash {
namespace {

constexpr std::uint64_t kMebi = 1 << 20;
const char* const kBystander = "/dev/sdz";

std::string without_marks(std::string text) {
  for (std::size_t at = text.find("@udev@"); at != std::string::npos; at = text.find("@udev@"))
    text.replace(at, 6, "0");
  return text;
}

void must_run(Simulation& machine, const std::vector<std::string>& words) {
  Ran ran = machine.run(words);
  CHECK(ran.ok());
}

}  // namespace

Play::Play(const Case& story_case, const std::string& configuration) {
  for (std::size_t i = 0; i < story_case.disks.size(); ++i) state_.disks.add(disk_path(i), story_case.disks[i]);
  state_.disks.add(kBystander, Bytes(32 * kMebi));
  state_.files["/etc/lvm/lvm.conf"] = {without_marks(configuration), 0};
  state_.engine = fresh_engine(state_.disks);
  Simulation machine(std::move(state_));
  must_run(machine, {"vgcreate", "bystander", kBystander});
  must_run(machine, {"lvcreate", "-n", "keep", "-l", "3", "bystander"});
  state_ = machine.state().copy();
}

std::optional<Story> Play::next(const Line& line) {
  if (line.words.front().starts_with('@')) {
    act(line);
    return std::nullopt;
  }
  if (line.answers_no) return std::nullopt;
  Story story = tell(std::move(state_), line);
  state_ = story.after.copy();
  return story;
}

void Play::act(const Line& line) {
  const std::string& verb = line.words.front();
  std::string disk = line.words.size() > 1 ? line.words[1] : std::string();
  auto found = state_.disks.enumerate();
  CHECK(found);
  auto device = std::ranges::find(*found, disk, &device::Device::path);
  if (verb == "@wipe" && device != found->end()) {
    std::vector<std::byte> nothing(4 * kMebi);
    state_.disks.poke(disk, Bytes(), nothing);
  } else if (verb == "@copy") {
    CHECK(device != found->end() && line.words.size() == 3);
    state_.disks.poke(line.words[2], Bytes(), state_.disks.peek(disk, Bytes(), device->size.n));
  } else if (verb == "@detach") {
    state_.disks.unplug(disk);
  } else if (verb == "@attach") {
    state_.disks.plug(disk);
  } else if (verb == "@resize" && device != found->end()) {
    Bytes size(std::stoull(line.words[2]) * kMebi);
    state_.disks.set_size(disk, size);
    state_.engine.add_disk(device->number, to_sectors_floor(size));
  } else if (verb == "@forget") {
    std::erase_if(state_.files, [](const auto& file) { return !file.first.ends_with(".conf"); });
  }
}

std::string shape_of(const Story& story) {
  std::string out = story.line.words.front();
  std::vector<std::string> options;
  for (const std::string& word : story.line.words)
    if (word.starts_with('-')) options.push_back(word.substr(0, word.find_first_of("=0123456789")));
  std::ranges::sort(options);
  for (const std::string& option : options) out += " " + option;
  std::string last;
  for (const Checkpoint& checkpoint : story.checkpoints) {
    std::string verb = checkpoint.next.text.substr(0, checkpoint.next.text.find(' '));
    if (checkpoint.next.kind == Effect::Kind::output) verb = "say";
    if (verb != last) out += "|" + verb;
    last = verb;
  }
  return out;
}

}  // namespace lvm::crash
