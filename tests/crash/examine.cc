// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crash/examine.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "crash/judge.h"

namespace lvm::crash {
namespace {

// At most `most` of 0...count-1, evenly spread, the first and the last among them.
std::vector<std::size_t> spread(std::size_t count, std::size_t most) {
  std::vector<std::size_t> out;
  if (count <= most) {
    for (std::size_t i = 0; i < count; ++i) out.push_back(i);
    return out;
  }
  for (std::size_t i = 0; i < most; ++i) out.push_back(most == 1 ? 0 : i * (count - 1) / (most - 1));
  return out;
}

std::string at_effect(const Story& story, std::size_t at) {
  return fmt::format("{}: {}", at, story.checkpoints[at].next.text);
}

class Examination {
 public:
  Examination(const Story& story, const Bounds& bounds) : story_(story), bounds_(bounds), judge_(story) {}

  Verdict run() {
    judge_.whole();
    for (const Checkpoint& checkpoint : story_.checkpoints)
      if (checkpoint.next.kind != Effect::Kind::output) ++figures_.effects;
    kills();
    power_cuts();
    faults();
    exhaustion();
    losses();
    return {figures_, judge_.complaints()};
  }

 private:
  void kills() {
    for (std::size_t at : spread(story_.checkpoints.size(), bounds_.kills)) {
      judge_.cut(story_.killed(at), false, "killed before " + at_effect(story_, at));
      ++figures_.kills;
      std::size_t sectors = story_.write_size(at) / kSectorSize;
      std::set<std::size_t> torn;
      for (std::size_t kept : spread(sectors, bounds_.kills < 1000 ? 3 : 64))
        if (kept != 0) torn.insert(kept);
      for (std::size_t kept : torn) {
        judge_.cut(story_.killed(at, kept * kSectorSize), false,
                   fmt::format("killed within {}, {} sectors written", at_effect(story_, at), kept));
        ++figures_.kills;
      }
    }
  }

  // What is pending only grows until a flush: the moments before flushes see every subset there can be. The
  // moments at which something is said are looked at for what they promise.
  void power_cuts() {
    for (std::size_t at = 0; at < story_.checkpoints.size(); ++at) {
      const Effect& next = story_.checkpoints[at].next;
      bool output = next.kind == Effect::Kind::output;
      if (!output && !next.text.starts_with("flush")) continue;
      bool promise = output && (story_.ran.ok() || at + 1 < story_.checkpoints.size());
      Contents reached;
      if (promise) {
        MachineState now = story_.killed(at);
        reached = read_contents(now.disks);
      }
      PowerCuts options{.most = bounds_.power_states};
      for_each_power_cut(story_, at, options, [&](MachineState state, const std::string& where) {
        ++figures_.power_cuts;
        if (promise) judge_.acknowledged(state.copy(), reached, where);
        judge_.cut(std::move(state), true, where);
      });
    }
  }

  void fault(const Faults& faults, const std::string& where) {
    Simulation machine(story_.before.copy());
    Ran ran = machine.run(story_.line.words, faults);
    if (ran.crashed && !faults.failing_allocation) judge_.complain(where, "it crashed: " + ran.errors);
    judge_.faulted(machine, ran, where);
  }

  void faults() {
    std::vector<std::size_t> effects;
    for (std::size_t at = 0; at < story_.checkpoints.size(); ++at)
      if (story_.checkpoints[at].next.kind != Effect::Kind::output) effects.push_back(at);
    for (std::size_t index : spread(effects.size(), bounds_.faults)) {
      fault({.failing_effect = effects[index]}, "failing " + at_effect(story_, effects[index]));
      ++figures_.faults;
    }
    for (std::size_t open : spread(story_.opens, bounds_.opens))
      for (bool all_later : {false, true}) {
        unopened(open, all_later);
        ++figures_.faults;
      }
    fault({.full_file_system = true}, "full file system");
    ++figures_.faults;
  }

  // To the command the device is a lost one; afterwards it is back.
  void unopened(std::size_t open, bool all_later) {
    std::string where = fmt::format("no descriptor for opening {}{}", open, all_later ? " and all behind it" : "");
    Simulation machine(story_.before.copy());
    Ran ran = machine.run(story_.line.words, {.failing_open = open, .all_later_opens = all_later});
    if (ran.crashed) judge_.complain(where, "it crashed: " + ran.errors);
    for (const std::string& violation : machine.violations()) judge_.complain(where, violation);
    if (machine.any_suspended()) judge_.complain(where, "a device is left suspended");
    judge_.returned(machine.state().copy(), missing_device(machine.state().copy()), where);
  }

  // The device of the PV that a VG says is missing.
  static std::string missing_device(MachineState state) {
    Contents contents = read_contents(state.disks);
    for (const auto& [id, vg] : contents.vgs)
      for (const model::Pv& pv : vg.pvs)
        for (const auto& [device, label] : contents.labels)
          if (pv.missing() && label.contains(pv.id.dashed())) return device;
    return {};
  }

  // Memory runs out between the first effect and the end: at allocations that are evenly spread, and at the first ones
  // behind effects.
  void exhaustion() {
    auto first = std::ranges::find_if(
        story_.checkpoints, [](const Checkpoint& checkpoint) { return checkpoint.next.kind != Effect::Kind::output; });
    if (first == story_.checkpoints.end()) return;
    std::size_t begin = first->allocations, count = story_.allocations - std::min(story_.allocations, begin);
    std::set<std::size_t> sites;
    for (std::size_t index : spread(count, bounds_.allocations)) sites.insert(begin + index);
    for (std::size_t at : spread(story_.checkpoints.size(), bounds_.allocations))
      if (std::size_t site = story_.checkpoints[at].allocations; site >= begin && site < story_.allocations)
        sites.insert(site);
    for (std::size_t site : sites)
      for (bool once : {false, true}) {
        fault({.failing_allocation = site, .fails_once = once},
              fmt::format("no memory for allocation {}{}", site, once ? " alone" : ""));
        ++figures_.allocations;
      }
  }

  std::vector<std::string> devices() const {
    std::vector<std::string> out;
    device::MemoryIo disks = story_.before.disks.after({}, 0);
    auto found = disks.enumerate();
    CHECK(found);
    for (const device::Device& device : *found)
      if (device.path.starts_with("/dev/loop")) out.push_back(device.path);
    return out;
  }

  void losses() {
    for (const std::string& device : devices()) {
      lost(device);
      stale(device);
      read_only(device);
    }
  }

  // The PV is away while the command runs, and comes back.
  void lost(const std::string& device) {
    std::string where = device + " lost";
    MachineState state = story_.before.copy();
    state.disks.unplug(device);
    Simulation machine(std::move(state));
    Ran ran = machine.run(story_.line.words);
    if (ran.crashed) judge_.complain(where, "it crashed: " + ran.errors);
    for (const std::string& violation : machine.violations()) judge_.complain(where, violation);
    if (machine.any_suspended()) judge_.complain(where, "a device is left suspended");
    MachineState back = machine.state().copy();
    back.disks.plug(device);
    judge_.returned(std::move(back), device, where + " and back");
    ++figures_.losses;
  }

  // The PV missed everything the command wrote.
  void stale(const std::string& device) {
    std::vector<device::DiskEvent> others;
    for (const device::DiskEvent& event : story_.events)
      if (event.path != device) others.push_back(event);
    if (others.size() == story_.events.size()) return;
    // Without the label that the command gave it, it is not the PV.
    auto before = story_.contents_before.labels.find(device), after = story_.contents_after.labels.find(device);
    if (before == story_.contents_before.labels.end() || after == story_.contents_after.labels.end() ||
        before->second != after->second)
      return;
    MachineState state{story_.before.disks.after(others, others.size()), story_.after.engine, story_.after.files,
                       story_.after.commands};
    judge_.returned(std::move(state), device, device + " stale");
    ++figures_.losses;
  }

  void read_only(const std::string& device) {
    MachineState state = story_.before.copy();
    state.disks.set_read_only(device, true);
    Simulation machine(std::move(state));
    Ran ran = machine.run(story_.line.words);
    std::string where = device + " read-only";
    if (ran.crashed) judge_.complain(where, "it crashed: " + ran.errors);
    if (machine.any_suspended()) judge_.complain(where, "a device is left suspended");
    MachineState back = machine.state().copy();
    back.disks.set_read_only(device, false);
    judge_.returned(std::move(back), device, where + " and then not");
    ++figures_.losses;
  }

  const Story& story_;
  const Bounds& bounds_;
  Judge judge_;
  Figures figures_;
};

}  // namespace

Figures& Figures::operator+=(const Figures& other) {
  effects += other.effects;
  kills += other.kills;
  power_cuts += other.power_cuts;
  faults += other.faults;
  allocations += other.allocations;
  losses += other.losses;
  return *this;
}

Verdict examine(const Story& story, const Bounds& bounds) { return Examination(story, bounds).run(); }

}  // namespace lvm::crash
