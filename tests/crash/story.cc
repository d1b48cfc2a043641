// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crash/story.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>

#include "metadata/text.h"
#include "model/invariants.h"
#include "scan/claims.h"

namespace lvm::crash {
namespace {

using device::DiskEvent;

std::string describe_label(const world::PvDevice& pv) {
  std::string out = fmt::format("id={} size={} data={}+{} used={} version={}", pv.id.dashed(), pv.header_size.n,
                                pv.data_start.n, pv.boot_size.n, pv.used, pv.extension_version);
  for (const world::MetadataArea& area : pv.areas)
    out += fmt::format(" area={}+{}{}", area.start.n, area.size.n, area.ignored ? " ignored" : "");
  return out;
}

// "id=..." differs from run to run; USED follows with the next change when a command was cut short behind its commit.
std::string without_id(const std::string& label) {
  std::string out = label.substr(std::min(label.find(' '), label.size()));
  for (std::string_view used : {" used=true", " used=false"})
    if (std::size_t at = out.find(used); at != std::string::npos) out.erase(at, used.size());
  return out;
}

void check_ownership(const Contents& contents, std::vector<std::string>& wrong) {
  std::map<PvId, std::string> owners;
  for (const auto& [id, vg] : contents.vgs) {
    if (auto sound = model::check(vg); !sound) wrong.push_back(sound.error().text());
    for (const model::Pv& pv : vg.pvs) {
      auto [owner, first] = owners.emplace(pv.id, vg.name);
      if (!first) wrong.push_back(fmt::format("PV {} belongs to {} and to {}", pv.id.dashed(), owner->second, vg.name));
    }
  }
}

// Of VGs that list the same PVs, what each of them is by the rules of scan/claims.h.
void settle_claims(const commit::testing::Picture& picture, std::map<VgId, model::Vg>& vgs) {
  auto is_there = [&](const model::Vg& vg, const model::Vg& other) {
    return std::ranges::any_of(picture.texts, [&](const commit::testing::Found& found) {
      if (found.vg.id != vg.id) return false;
      for (const auto& [pv, device] : picture.devices)
        if (device.device.path == found.device) return vg.find_pv(pv) && other.find_pv(pv);
      return false;
    });
  };
  const std::map<VgId, model::Vg> read = vgs;
  for (const auto& [id, vg] : read) {
    for (const auto& [other_id, other] : read) {
      bool here = is_there(vg, other), there = is_there(other, vg);
      if (id == other_id || (!here && !there)) continue;
      auto claim = scan::settle(vg, here, other, there);
      if (claim == scan::Claim::theirs) scan::let_go(vgs.at(id), other);
      if (claim == scan::Claim::superseded) vgs.erase(id);
    }
  }
}

template <class T>
void add_once(std::vector<T>& list, const T& value) {
  if (std::ranges::find(list, value) == list.end()) list.push_back(value);
}

// What is to be seen between the effects becomes what may be seen.
void collect_states(Story& story) {
  std::vector<Contents> seen;
  std::size_t events = SIZE_MAX;
  for (std::size_t at = 0; at < story.checkpoints.size(); ++at) {
    if (story.checkpoints[at].disk_events == events) continue;
    events = story.checkpoints[at].disk_events;
    device::MemoryIo disks = story.before.disks.after(story.events, events);
    seen.push_back(read_contents(disks));
  }
  std::set<VgId> ids;
  std::set<std::string> devices;
  for (const Contents& contents : seen) {
    for (const auto& [id, vg] : contents.vgs) ids.insert(id);
    for (const auto& [device, label] : contents.labels) devices.insert(device);
  }
  for (const Contents& contents : seen) {
    for (VgId id : ids) {
      auto vg = contents.vgs.find(id);
      add_once(story.vgs[id], vg == contents.vgs.end() ? std::nullopt : std::optional(vg->second));
    }
    for (const std::string& device : devices) {
      auto label = contents.labels.find(device);
      add_once(story.labels[device], label == contents.labels.end() ? std::string() : label->second);
    }
  }
  story.contents_before = seen.front();  // which is the last one too when nothing was written
  story.contents_after = std::move(seen.back());
}

// A write as the pieces that reach the medium each on its own: sectors, or larger pieces of a long one.
std::vector<DiskEvent> units_of(const DiskEvent& event) {
  constexpr std::uint64_t kMostPieces = 16;
  std::uint64_t sectors = std::max<std::uint64_t>(1, (event.length.n + kSectorSize - 1) / kSectorSize);
  std::uint64_t step = (sectors + kMostPieces - 1) / kMostPieces * kSectorSize;
  std::vector<DiskEvent> out;
  for (std::uint64_t at = 0; at < event.length.n; at += step) {
    DiskEvent unit = event;
    unit.offset = event.offset + Bytes(at);
    unit.length = Bytes(std::min(step, event.length.n - at));
    if (!event.data.empty())
      unit.data.assign(event.data.begin() + static_cast<std::ptrdiff_t>(at),
                       event.data.begin() + static_cast<std::ptrdiff_t>(at + unit.length.n));
    out.push_back(std::move(unit));
  }
  return out;
}

using Subset = std::vector<bool>;

// Which of `count` pieces reached the medium.
std::vector<Subset> subsets(std::size_t count, const PowerCuts& options, std::uint64_t seed) {
  std::vector<Subset> out;
  if (count < 6 && (std::size_t{1} << count) <= options.most) {
    for (std::size_t bits = 0; bits < (std::size_t{1} << count); ++bits) {
      Subset subset(count);
      for (std::size_t i = 0; i < count; ++i) subset[i] = (bits >> i & 1) != 0;
      out.push_back(std::move(subset));
    }
    return out;
  }
  out.emplace_back(count, false);
  out.emplace_back(count, true);
  std::mt19937_64 random(seed);
  auto add = [&](Subset subset) { out.push_back(std::move(subset)); };
  std::vector<Subset> chosen;
  for (std::size_t i = 0; i < count; ++i) {
    Subset lost(count, true), kept(count, false), prefix(count, false);
    lost[i] = false;
    kept[i] = true;
    std::fill_n(prefix.begin(), i, true);
    chosen.push_back(std::move(lost));
    chosen.push_back(std::move(kept));
    chosen.push_back(std::move(prefix));
  }
  for (std::size_t i = 0; i < count * 2; ++i) {
    Subset subset(count);
    for (std::size_t j = 0; j < count; ++j) subset[j] = (random() & 1) != 0;
    chosen.push_back(std::move(subset));
  }
  if (chosen.size() > options.most) {
    std::shuffle(chosen.begin(), chosen.end(), random);
    chosen.resize(options.most);
  }
  for (Subset& subset : chosen) add(std::move(subset));
  return out;
}

}  // namespace

std::string anonymous_text(const model::Vg& original) {
  model::Vg vg = original;
  // A pool that is up hears what is queued from the next command; another one when it comes up.
  for (model::Lv& lv : vg.lvs)
    if (auto* pool = lv.as<model::ThinPool>()) pool->messages.clear();
  std::string text = metadata::write(vg, {}, syntax::Layout::file);
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line(text.data() + at, end - at);
    at = end + 1;
    std::string_view key = line.substr(std::min(line.find_first_not_of('\t'), line.size()));
    bool differs = key.starts_with("id = ") || key.starts_with("seqno = ") || key.starts_with("creation_time = ") ||
                   key.starts_with("creation_host = ") || key.starts_with("description = ") ||
                   key.starts_with("transaction_id = ") || key.starts_with('#');
    if (!differs) out += fmt::format("{}\n", line.substr(0, line.find("\t#")));
  }
  return out;
}

std::string Contents::anonymous() const {
  std::string out;
  for (const auto& [device, label] : labels) out += device + without_id(label) + "\n";
  std::vector<std::string> texts;
  for (const auto& [id, vg] : vgs) texts.push_back(anonymous_text(vg));
  std::ranges::sort(texts);
  for (const std::string& text : texts) out += text;
  return out;
}

Contents read_contents(device::MemoryIo& disks) {
  Contents out;
  auto picture = commit::testing::look(disks);
  out.broken = picture.broken;
  for (const auto& [id, pv] : picture.devices) out.labels[pv.device.path] = describe_label(pv);
  std::map<std::pair<VgId, std::uint32_t>, const model::Vg*> by_number;
  for (const commit::testing::Found& found : picture.texts) {
    auto [same, first] = by_number.emplace(std::pair(found.vg.id, found.seqno), &found.vg);
    if (!first && !(*same->second == found.vg))
      out.wrong.push_back(fmt::format("two texts of {} say seqno {} and differ", found.vg.name, found.seqno));
    auto [known, added] = out.vgs.emplace(found.vg.id, found.vg);
    if (!added && known->second.seqno < found.seqno) known->second = found.vg;
  }
  settle_claims(picture, out.vgs);
  for (const auto& [id, vg] : out.vgs)
    for (const model::Pv& pv : vg.pvs)
      if (!picture.devices.contains(pv.id)) out.lost.insert(pv.id);
  check_ownership(out, out.wrong);
  return out;
}

dm::FakeEngine fresh_engine(device::MemoryIo& disks) {
  dm::FakeEngine engine;
  std::vector<dm::TargetVersion> targets;
  for (const char* name : {"error", "linear", "striped", "zero", "snapshot", "snapshot-origin", "snapshot-merge",
                           "mirror", "raid", "thin", "thin-pool", "cache", "writecache", "integrity", "vdo", "crypt"})
    targets.push_back({name, 1, 20, 0});
  engine.set_targets(std::move(targets));
  engine.set_message_handler([](const dm::Info&, Sectors, std::string_view) { return Result<std::string>(""); });
  auto found = disks.enumerate();
  CHECK(found);
  for (const device::Device& disk : *found) engine.add_disk(disk.number, to_sectors_floor(disk.size));
  return engine;
}

Story tell(MachineState before, const Line& line, const Faults& defect) {
  Story story;
  story.line = line;
  before.disks.forget_discards();
  story.before = before.copy();
  Simulation machine(std::move(before));
  story.ran = machine.run(line.words, defect);
  story.checkpoints = machine.checkpoints();
  story.events = machine.disk_events();
  story.violations = machine.violations();
  story.opens = machine.opens();
  story.allocations = machine.allocations();
  story.after = machine.state().copy();
  collect_states(story);
  return story;
}

bool Story::has_effects() const {
  return std::ranges::any_of(checkpoints, [](const Checkpoint& checkpoint) {
    return checkpoint.next.kind != Effect::Kind::output && checkpoint.next.text != "settle";
  });
}

std::size_t Story::write_size(std::size_t at) const {
  const Checkpoint& checkpoint = checkpoints[at];
  if (checkpoint.next.kind != Effect::Kind::disk || checkpoint.disk_events >= events.size()) return 0;
  const DiskEvent& event = events[checkpoint.disk_events];
  return event.kind == DiskEvent::Kind::flush ? 0 : static_cast<std::size_t>(event.length.n);
}

MachineState Story::killed(std::size_t at, std::optional<std::size_t> torn) const {
  const Checkpoint& checkpoint = checkpoints[at];
  MachineState state{before.disks.after(events, checkpoint.disk_events, torn), *checkpoint.engine, *checkpoint.files,
                     after.commands};
  state.engine.restart();
  return state;
}

void for_each_power_cut(const Story& story, std::size_t at, const PowerCuts& options,
                        const std::function<void(MachineState, const std::string&)>& examine) {
  std::size_t end = story.checkpoints[at].disk_events;
  std::map<std::string, std::size_t> flushed;  // the number of events that are safe
  for (std::size_t i = 0; i < end; ++i)
    if (story.events[i].kind == DiskEvent::Kind::flush) flushed[story.events[i].path] = i + 1;
  std::vector<DiskEvent> safe, pending;
  for (std::size_t i = 0; i < end; ++i) {
    const DiskEvent& event = story.events[i];
    if (event.kind == DiskEvent::Kind::flush) continue;
    if (i < flushed[event.path])
      safe.push_back(event);
    else
      for (DiskEvent& unit : units_of(event)) pending.push_back(std::move(unit));
  }
  device::MemoryIo base = story.before.disks.after(safe, safe.size());
  for (const Subset& subset : subsets(pending.size(), options, at)) {
    std::vector<DiskEvent> kept;
    std::string lost;
    for (std::size_t i = 0; i < pending.size(); ++i) {
      if (subset[i])
        kept.push_back(pending[i]);
      else
        lost += fmt::format(" {}@{}", pending[i].path, pending[i].offset.n);
    }
    MachineState state{base.after(kept, kept.size()), {}, *story.checkpoints[at].files, story.after.commands};
    state.engine = fresh_engine(state.disks);
    examine(std::move(state), fmt::format("power cut before {}: {}{}{}", at, story.checkpoints[at].next.text,
                                          lost.empty() ? "" : "; lost", lost));
  }
}

}  // namespace lvm::crash
