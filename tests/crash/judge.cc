// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crash/judge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "activate/naming.h"
#include "crash/kernel.h"
#include "crash/raid_set.h"
#include "dm/text.h"
#include "plan/image_space.h"

namespace lvm::crash {
namespace {

constexpr std::size_t kMostComplaints = 5;

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// The first line in which two texts differ.
std::string first_difference(std::string_view now, std::string_view wanted) {
  std::size_t at = 0;
  while (at < now.size() && at < wanted.size() && now[at] == wanted[at]) ++at;
  std::size_t begin = at == 0 ? std::string_view::npos : now.rfind('\n', at - 1);
  begin = begin == std::string_view::npos ? 0 : begin + 1;
  auto line = [begin](std::string_view text) {
    return begin < text.size() ? text.substr(begin, text.find('\n', begin) - begin) : std::string_view("(its end)");
  };
  return fmt::format("\"{}\" and not \"{}\"", line(now), line(wanted));
}

// What every VG would have in the kernel if all its volumes were up.
std::map<std::string, std::string> wanted_tables(const MachineState& state) {
  MachineState fresh = state.copy();
  fresh.engine = fresh_engine(fresh.disks);
  Simulation machine(std::move(fresh));
  machine.run({"vgchange", "-ay", "-K"});
  return tables(machine.state());
}

// With all devices in sight: hints may hide a copy of a PV.
bool can_change(const MachineState& state, const std::string& vg) {
  MachineState plain = state.copy();
  plain.files.erase("/run/lvm/hints");
  Simulation machine(std::move(plain));
  return machine.run({"vgchange", "--addtag", "next", vg}).ok();
}

const model::Vg* find(const Contents& contents, VgId id) {
  auto found = contents.vgs.find(id);
  return found == contents.vgs.end() ? nullptr : &found->second;
}

bool is_merging(const model::Vg& vg) {
  return std::ranges::any_of(vg.lvs, [](const model::Lv& lv) {
    const auto* snapshot = lv.as<model::Snapshot>();
    return snapshot && snapshot->merging;
  });
}

// Byte ranges of a PV's device that volumes own: those that are the same afterwards. What is converted may be wiped.
struct Range {
  std::uint64_t begin, end;
};
bool becomes_store(const model::Vg& before, const model::Vg& after, LvId lv) {
  auto is_store = [lv](const model::Lv& other) {
    const auto* snapshot = other.as<model::Snapshot>();
    return snapshot && snapshot->store == lv;
  };
  return std::ranges::any_of(after.lvs, is_store) && !std::ranges::any_of(before.lvs, is_store);
}
// Metadata of a raid that becomes one of another level is cleared.
bool becomes_other_levels(const model::Vg& vg, const model::Vg& after, LvId metadata) {
  return std::ranges::any_of(vg.lvs, [&](const model::Lv& lv) {
    const auto* raid = lv.as<model::Raid>();
    if (!raid || std::ranges::find(raid->metadata, metadata) == raid->metadata.end()) return false;
    const model::Lv* then = after.find_lv(lv.id);
    const auto* other = then ? then->as<model::Raid>() : nullptr;
    return other && other->type != raid->type;
  });
}

std::map<PvId, std::vector<Range>> owned_ranges(const model::Vg& vg, const model::Vg* after) {
  std::map<PvId, std::vector<Range>> out;
  for (const model::Pv& pv : vg.pvs) out[pv.id];
  for (const model::Lv& lv : vg.lvs) {
    const model::Lv* then = after ? after->find_lv(lv.id) : nullptr;
    if (!then || !(*then == lv) || becomes_store(vg, *after, lv.id)) continue;
    if (becomes_other_levels(vg, *after, lv.id)) continue;
    for (const model::Segment& segment : lv.segments)
      if (const auto* striped = std::get_if<model::Striped>(&segment.body))
        for (const model::Area& area : striped->areas) {
          const auto* place = std::get_if<model::PvArea>(&area);
          if (!place) continue;
          const model::Pv* pv = vg.find_pv(place->pv);
          if (!pv) continue;
          std::uint64_t length = segment.count.n / striped->areas.size() * vg.extent_size.n;
          std::uint64_t begin = pv->pe_start.n + place->start.n * vg.extent_size.n;
          out[pv->id].push_back({begin * kSectorSize, (begin + length) * kSectorSize});
        }
  }
  return out;
}

}  // namespace

namespace {

// Without what is said once, when a set is begun, and stays in the table until it is loaded again.
dm::Target without_beginnings(dm::Target target) {
  if (auto* raid = std::get_if<dm::RaidTarget>(&target.body)) {
    raid->rebuild.clear();
    raid->sync = dm::InitialSync::unsaid;
  }
  if (auto* mirror = std::get_if<dm::MirrorTarget>(&target.body)) mirror->sync = dm::InitialSync::unsaid;
  if (auto* integrity = std::get_if<dm::IntegrityTarget>(&target.body)) integrity->recalculate = false;
  return target;
}

}  // namespace

std::map<std::string, std::string> tables(const MachineState& state) {
  dm::FakeEngine engine = state.engine;
  std::map<std::string, std::string> out;
  auto entries = engine.list();
  if (!entries) return out;
  std::map<std::string, std::string> names;
  for (const dm::ListEntry& entry : *entries) names[dm::to_text(entry.device)] = entry.uuid;
  for (const dm::ListEntry& entry : *entries) {
    std::string text = entry.name;
    auto table = engine.table(entry.uuid);
    if (!table) continue;
    for (const dm::Target& target : *table) {
      std::string line = dm::describe_target(without_beginnings(target));
      for (std::size_t begin = 0; begin < line.size();) {
        std::size_t end = std::min(line.find(' ', begin), line.size());
        // "meta_device:253:1" names a device too.
        constexpr std::string_view kMetadata = "meta_device:";
        std::string word = line.substr(begin, end - begin);
        text += " ";
        if (word.starts_with(kMetadata)) {
          text += kMetadata;
          word.erase(0, kMetadata.size());
        }
        auto name = names.find(word);
        text += name == names.end() ? word : name->second;
        begin = end + 1;
      }
      text += ";";
    }
    out[entry.uuid] = text;
  }
  return out;
}

Judge::Judge(const Story& story) : story_(story), wanted_(story.contents_after.anonymous()) {
  for (const auto& [id, states] : story.vgs) {
    const model::Vg* before = find(story.contents_before, id);
    const model::Vg* after = find(story.contents_after, id);
    if (before && before->name == "bystander") continue;
    if ((!before || can_change(story.before, before->name)) && (!after || can_change(story.after, after->name)))
      changeable_.push_back(id);
  }
}

void Judge::complain(const std::string& where, const std::string& what) {
  if (complaints_.size() < kMostComplaints) complaints_.push_back(where + ": " + what);
}

void Judge::whole() {
  for (const std::string& violation : story_.violations) complain("uncut", violation);
  if (story_.ran.crashed) complain("uncut", story_.ran.errors);
  for (const std::string& wrong : story_.contents_after.wrong) complain("uncut", wrong);
  for (const std::string& broken : story_.contents_after.broken)
    if (std::ranges::find(story_.contents_before.broken, broken) == story_.contents_before.broken.end())
      complain("uncut", "bad metadata on " + broken);
  // One state a commit and none between: a number is never used twice. But a VG whose PVs another one has taken by its
  // own text has let go of them already (scan/claims.h).
  for (const auto& [id, states] : story_.vgs) {
    std::map<std::uint32_t, std::size_t> numbers;
    for (const auto& vg : states) {
      if (!vg) continue;
      auto [known, first] = numbers.emplace(vg->seqno, vg->pvs.size());
      if (!first && vg->pvs.size() >= known->second)
        complain("uncut", fmt::format("{} passes through two states of seqno {}", vg->name, vg->seqno));
    }
  }
  kernel(story_.after, "uncut");
  bytes_of_others();
}

// Writes hit metadata, labels and free space of what the command is about, nothing else.
void Judge::bytes_of_others() {
  std::map<std::string, std::vector<Range>> forbidden;
  device::MemoryIo disks = story_.before.disks.after({}, 0);
  auto picture = commit::testing::look(disks);
  for (const auto& [id, vg] : story_.contents_before.vgs) {
    const auto& states = story_.vgs.at(id);
    bool untouched = states.size() == 1;
    for (const auto& [pv, ranges] : owned_ranges(vg, find(story_.contents_after, id))) {
      auto device = picture.devices.find(pv);
      if (device == picture.devices.end()) continue;
      auto& list = forbidden[device->second.device.path];
      list.insert(list.end(), ranges.begin(), ranges.end());
      auto labels = story_.labels.find(device->second.device.path);
      bool same_label = labels == story_.labels.end() || labels->second.size() == 1;
      if (untouched && same_label) list.push_back({0, UINT64_MAX});
    }
  }
  for (const device::DiskEvent& event : story_.events) {
    auto list = forbidden.find(event.path);
    if (list == forbidden.end() || event.kind == device::DiskEvent::Kind::flush) continue;
    if (is_pool_record(event.data) || is_raid_record(event.data)) continue;
    for (const Range& range : list->second)
      if (event.offset.n < range.end && event.offset.n + event.length.n > range.begin)
        complain("uncut", fmt::format("a write of {} bytes at {} of {} hits what is not its own", event.length.n,
                                      event.offset.n, event.path));
  }
}

void Judge::contents(const Contents& now, const std::string& where, bool any_number) {
  for (const std::string& wrong : now.wrong) complain(where, wrong);
  for (const std::string& broken : now.broken)
    if (std::ranges::find(story_.contents_before.broken, broken) == story_.contents_before.broken.end())
      complain(where, "bad metadata on " + broken);
  auto fits = [&](const std::optional<model::Vg>& allowed, const model::Vg* found) {
    if (!allowed || !found) return !allowed && !found;
    return any_number ? anonymous_text(*allowed) == anonymous_text(*found) : *allowed == *found;
  };
  for (const auto& [id, states] : story_.vgs) {
    const model::Vg* found = find(now, id);
    if (!std::ranges::any_of(states, [&](const auto& allowed) { return fits(allowed, found); }))
      complain(where, fmt::format("{} is neither the VG before nor the VG after",
                                  found ? fmt::format("{} seqno {}", found->name, found->seqno) : "no VG"));
  }
  for (const auto& [id, vg] : now.vgs)
    if (!story_.vgs.contains(id) && !any_number) complain(where, "a VG from nowhere: " + vg.name);
  if (any_number) return;
  for (const auto& [device, states] : story_.labels) {
    auto label = now.labels.find(device);
    std::string text = label == now.labels.end() ? std::string() : label->second;
    // A label that is rewritten may be missing for a moment only when it goes, comes or is given another id.
    if (std::ranges::find(states, text) == states.end())
      complain(where, fmt::format("the label of {} is none that the command writes: {}", device, text));
  }
}

void Judge::kept(const MachineState& state, const Contents& now, const std::string& where) {
  MachineState copy = state.copy();
  const auto picture = commit::testing::look(copy.disks);
  for (const auto& [id, vg] : now.vgs)
    for (const auto& [pv, ranges] : owned_ranges(vg, &vg)) {
      const auto device = picture.devices.find(pv);
      if (device == picture.devices.end()) continue;
      const std::string& path = device->second.device.path;
      for (const device::Discarded& gone : copy.disks.discarded(path))
        for (const Range& range : ranges)
          if (gone.begin.n < range.end && range.begin < gone.end.n)
            complain(where, fmt::format("bytes {} to {} of {}, discarded, are in use in {}", gone.begin.n, gone.end.n,
                                        path, vg.name));
    }
}

void Judge::reports(const MachineState& state, const Contents& now, const std::string& where) {
  Simulation machine(state.copy());
  Ran ran = machine.run({"vgs", "--noheadings", "--separator", ",", "-o", "vg_uuid,vg_seqno"});
  if (ran.crashed) complain(where, "vgs: " + first_line(ran.errors));
  for (const std::string& violation : machine.violations()) complain(where, "vgs: " + violation);
  for (const Checkpoint& checkpoint : machine.checkpoints())
    // What it has found it notes for others, as LVM2 does.
    if (checkpoint.next.kind != Effect::Kind::output && !checkpoint.next.text.ends_with("hints"))
      complain(where, "vgs writes: " + checkpoint.next.text);
  for (const auto& [id, vg] : now.vgs) {
    std::size_t at = ran.output.find(id.dashed() + ",");
    if (at == std::string::npos) {
      if (std::ranges::find(changeable_, id) != changeable_.end())
        complain(where, fmt::format("vgs does not show {}: {}", vg.name, first_line(ran.errors)));
      continue;
    }
    std::string number = ran.output.substr(at + id.dashed().size() + 1);
    number = number.substr(0, number.find('\n'));
    if (number != std::to_string(vg.seqno))
      complain(where, fmt::format("vgs shows seqno {} of {}, on disk is {}", number, vg.name, vg.seqno));
  }
}

void Judge::kernel(const MachineState& state, const std::string& where) {
  dm::FakeEngine engine = state.engine;
  auto entries = engine.list();
  if (!entries) return;
  for (const dm::ListEntry& entry : *entries) {
    auto info = engine.info(entry.uuid);
    if (!info || !*info) continue;
    if ((*info)->suspended) complain(where, entry.name + " is suspended");
    if ((*info)->inactive_table) complain(where, entry.name + " has an inactive table");
    if (!(*info)->live_table) complain(where, entry.name + " has no table");
  }
  MachineState copy = state.copy();
  pools(state, where);
  // Volumes on missing PVs keep the tables they had.
  if (entries->empty() || !read_contents(copy.disks).lost.empty()) return;
  auto wanted = wanted_tables(state);
  for (const auto& [uuid, text] : tables(state)) {
    auto same = wanted.find(uuid);
    if (same == wanted.end())
      complain(where, "a device of no volume: " + text);
    else if (same->second != text)
      complain(where, fmt::format("the kernel has\n    {}\n  and not\n    {}", text, same->second));
  }
}

// What the pools in the kernel count and hold is what the metadata says: nobody has to repair anything.
void Judge::pools(const MachineState& state, const std::string& where) {
  Simulation machine(state.copy());
  Contents contents = read_contents(machine.state().disks);
  for (const auto& [id, vg] : contents.vgs) {
    for (const model::Lv& lv : vg.lvs) {
      const auto* pool = lv.as<model::ThinPool>();
      auto live = pool ? pool_record(machine, activate::layer_uuid(vg, lv, "tpool")) : std::nullopt;
      if (!live) continue;
      if (!pool->messages.empty()) complain(where, fmt::format("messages to {}/{} are still queued", vg.name, lv.name));
      if (pool->transaction_id != live->transaction)
        complain(where, fmt::format("transaction_id of {}/{} is {}, the kernel has {}", vg.name, lv.name,
                                    pool->transaction_id, live->transaction));
      std::set<std::uint64_t> wanted;
      for (const model::Lv& other : vg.lvs)
        if (const auto* thin = other.as<model::Thin>(); thin && thin->pool == lv.id) wanted.insert(thin->device_id);
      if (wanted != live->volumes)
        complain(where, fmt::format("{}/{} holds the volumes {}, the kernel {}", vg.name, lv.name,
                                    fmt::join(wanted, " "), fmt::join(live->volumes, " ")));
    }
  }
}

void Judge::next_command(const MachineState& state, const Contents& now, bool rebooted, const std::string& where) {
  for (VgId id : changeable_) {
    const model::Vg* vg = find(now, id);
    if (!vg) continue;
    Simulation machine(state.copy());
    // What vgsplit splits off is exported until it ends.
    if (vg->exported()) machine.run({"vgimport", vg->name});
    if (rebooted) {
      Ran up = machine.run({"vgchange", "-ay", vg->name});
      // What lies on a lost disk does not come up.
      const bool lost = std::ranges::any_of(vg->pvs, [&](const model::Pv& pv) { return now.lost.contains(pv.id); });
      if (!up.ok() && !lost) complain(where, "vgchange -ay: " + first_line(up.errors));
    }
    // Merges end when their origin comes up.
    Contents risen = read_contents(machine.state().disks);
    if ((rebooted || vg->exported()) && find(risen, id)) vg = find(risen, id);
    Ran ran = machine.run({"vgchange", "--addtag", "next", vg->name});
    if (!ran.ok()) complain(where, fmt::format("the next command on {}: {}", vg->name, first_line(ran.errors)));
    for (const std::string& violation : machine.violations()) complain(where, "the next command: " + violation);
    Contents then = read_contents(machine.state().disks);
    const model::Vg* changed = find(then, id);
    model::Vg expected = *vg;
    expected.tags.push_back("next");
    // A change writes down what is not there.
    for (model::Pv& pv : expected.pvs)
      if (now.lost.contains(pv.id)) pv.flags.set(model::PvFlag::missing);
    // A reshape that has begun is told to go on, no more to begin.
    for (const model::Lv& lv : vg->lvs)
      if (const auto* raid = lv.as<model::Raid>(); raid && raid->data_offset.value_or(0) != 0)
        plan::settle_reshape(expected, lv.id);
    if (!changed || anonymous_text(*changed) != anonymous_text(expected))
      complain(where, "the next command makes something else of " + vg->name);
    for (const std::string& wrong : then.wrong) complain(where, "the next command: " + wrong);
    // A merge begins and ends when its origin comes up the next time, not with any change.
    if (changed && is_merging(*changed))
      for (const char* way : {"-an", "-ay"}) machine.run({"vgchange", way, vg->name});
    // The devices of this VG only: others get their turn.
    MachineState alone = machine.state().copy();
    if (changeable_.size() == 1) kernel(alone, where + ", then the next command");
  }
}

void Judge::again(MachineState state, bool rebooted, const std::string& where) {
  Simulation machine(std::move(state));
  if (rebooted) machine.run({"vgchange", "-ay"});
  Ran ran = machine.run(story_.line.words);
  // A volume that came up with the machine is asked about.
  if (!ran.ok() && (ran.errors + ran.output).find("[y/n]") != std::string::npos) {
    std::vector<std::string> words = story_.line.words;
    words.insert(words.begin() + 1, "-y");
    ran = machine.run(words);
  }
  if (ran.crashed) complain(where, "again: " + first_line(ran.errors));
  for (const std::string& violation : machine.violations()) complain(where, "again: " + violation);
  Contents then = read_contents(machine.state().disks);
  for (const std::string& wrong : then.wrong) complain(where, "again: " + wrong);
  if (!story_.line.repeats && then.anonymous() != wanted_)
    complain(where, fmt::format("the same command again ends elsewhere (status {}), with {}: {}",
                                static_cast<int>(ran.status), first_difference(then.anonymous(), wanted_),
                                first_line(ran.errors.empty() ? ran.output : ran.errors)));
  if (ran.ok()) kernel(machine.state(), where + ", then again");
}

void Judge::cut(MachineState state, bool rebooted, const std::string& where) {
  if (complaints_.size() >= kMostComplaints) return;
  Contents now = read_contents(state.disks);
  contents(now, where, false);
  kept(state, now, where);
  reports(state, now, where);
  next_command(state, now, rebooted, where);
  again(std::move(state), rebooted, where);
}

void Judge::acknowledged(MachineState state, const Contents& reached, const std::string& where) {
  Contents now = read_contents(state.disks);
  if (now.vgs != reached.vgs || now.labels != reached.labels) complain(where, "what was said to be done is lost");
}

void Judge::returned(MachineState state, const std::string& device, const std::string& where) {
  Contents now = read_contents(state.disks);
  for (const std::string& wrong : now.wrong) complain(where, wrong);
  reports(state, now, where);
  for (VgId id : changeable_) {
    const model::Vg* vg = find(now, id);
    // One that the command removed on the other PVs is not to come back to life.
    if (!vg || !find(story_.contents_after, id)) continue;
    Simulation machine(state.copy());
    if (vg->exported()) machine.run({"vgimport", vg->name});
    Ran ran = machine.run({"vgchange", "--addtag", "next", vg->name});
    if (!ran.ok()) {
      machine.run({"vgextend", "--restoremissing", vg->name, device});
      ran = machine.run({"vgchange", "--addtag", "next", vg->name});
    }
    if (!ran.ok()) complain(where, fmt::format("{} stays unusable: {}", vg->name, first_line(ran.errors)));
    // Every area of the VG has caught up.
    Contents then = read_contents(machine.state().disks);
    const model::Vg* newest = find(then, id);
    for (const commit::testing::Found& found : commit::testing::look(machine.state().disks).texts) {
      if (newest && found.vg.id == id && found.seqno != newest->seqno && ran.ok())
        complain(where, fmt::format("{} still has seqno {} of {}", found.device, found.seqno, vg->name));
    }
  }
}

void Judge::faulted(const Simulation& machine, const Ran& ran, const std::string& where) {
  if (complaints_.size() >= kMostComplaints) return;
  for (const std::string& violation : machine.violations()) complain(where, violation);
  MachineState state = machine.state().copy();
  Contents now = read_contents(state.disks);
  contents(now, where, true);
  kept(state, now, where);
  dm::FakeEngine engine = state.engine;
  if (auto entries = engine.list())
    for (const dm::ListEntry& entry : *entries) {
      auto info = engine.info(entry.uuid);
      if (info && *info && (*info)->suspended) complain(where, entry.name + " is left suspended");
    }
  if (ran.ok() && story_.ran.ok() && now.anonymous() != wanted_)
    complain(where, "it says that it succeeded, and did not");
  if (!ran.ok() && ran.errors.empty()) complain(where, "it fails without a word");
  next_command(state, now, false, where);
  again(std::move(state), false, where);
}

}  // namespace lvm::crash
