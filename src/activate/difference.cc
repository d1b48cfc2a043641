// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/difference.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "dm/text.h"

namespace lvm::activate {
namespace {

using dm::DeviceRef;

// The device a table names, by number; nullopt when it is not there yet.
std::optional<dm::DeviceNumber> number_of(const world::World& world, const DeviceRef& device) {
  if (const auto* number = std::get_if<dm::DeviceNumber>(&device)) return *number;
  const world::LiveDevice* live = world.find_live(std::get<dm::ByUuid>(device).uuid);
  if (live == nullptr) return std::nullopt;
  return live->info.device;
}

bool same_body(const world::World& world, const dm::TargetBody& live, const dm::TargetBody& wanted) {
  return dm::same_target(live, wanted, [&](const DeviceRef& device) { return number_of(world, device); });
}

// Calls f(uuid) for every device-mapper device that the table names.
template <class F>
void for_each_uuid(const dm::Table& table, F f) {
  for (const dm::Target& target : table)
    for (const DeviceRef& device : dm::devices_of(target.body))
      if (const auto* by_uuid = std::get_if<dm::ByUuid>(&device)) f(by_uuid->uuid);
}

// What was there keeps its place when the target becomes longer.
bool may_be_longer(const dm::TargetBody& body) {
  return std::holds_alternative<dm::LinearTarget>(body) || std::holds_alternative<dm::RaidTarget>(body) ||
         std::holds_alternative<dm::IntegrityTarget>(body);
}

// Every sector that the one table maps, the other maps to the same place. The last target may be longer there.
bool covers(const world::World& world, const dm::Table& other, const dm::Table& one) {
  if (one.empty() || one.size() > other.size()) return false;
  for (std::size_t i = 0; i < one.size(); ++i) {
    bool last = i + 1 == one.size();
    bool longer = last && one[i].length < other[i].length && may_be_longer(one[i].body);
    if (one[i].start != other[i].start || (one[i].length != other[i].length && !longer) ||
        !same_body(world, one[i].body, other[i].body))
      return false;
  }
  return true;
}

// I/O of a full thin pool waits for space: a flush would wait for ever.
bool queues_when_full(const dm::Target& target) {
  return std::holds_alternative<dm::ThinPoolTarget>(target.body) || std::holds_alternative<dm::ThinTarget>(target.body);
}

class Comparison {
 public:
  Comparison(const world::World& world, std::span<const WantedDevice> wanted, std::span<const WantedDevice> old,
             const config::Config& config, bool freeze)
      : world_(world), wanted_(wanted), config_(config), freeze_(freeze) {
    for (const WantedDevice& device : old) old_.emplace(device.uuid, &device);
    for (const WantedDevice& device : wanted)
      for_each_uuid(device.table, [&](const std::string& uuid) { has_parent_.insert(uuid); });
    for (const WantedDevice& device : wanted)
      if (world_.find_live(device.uuid) == nullptr) new_names_.insert(device.name);
  }

  Difference run() {
    for (const WantedDevice& device : wanted_) preload(device);
    for (auto device = wanted_.rbegin(); device != wanted_.rend(); ++device) suspend(*device);
    for (const WantedDevice& device : wanted_) resume(device);
    return std::move(result_);
  }

 private:
  bool rests_on_affected(const WantedDevice& device) const {
    bool found = false;
    for_each_uuid(device.table, [&](const std::string& uuid) { found = found || affected_.contains(uuid); });
    return found;
  }

  void bring_up(const WantedDevice& device, std::vector<step::Step>& steps) {
    steps.push_back(resume_step(device));
    if (auto read_ahead = read_ahead_step(device, config_)) steps.push_back(std::move(*read_ahead));
  }

  // What no live state shows: another path or other treatment by udev.
  bool event_needed(const WantedDevice& device) const {
    auto found = old_.find(device.uuid);
    return found != old_.end() && found->second->name == device.name &&
           (found->second->udev != device.udev || found->second->link != device.link);
  }

  void preload(const WantedDevice& device) {
    auto& steps = result_.preload;
    const world::LiveDevice* live = world_.find_live(device.uuid);
    if (live == nullptr) {
      steps.push_back(step::CreateDevice{{device.name, device.uuid, device.persistent}});
      steps.push_back(load_step(device));
      // On top of what will be suspended it comes up with that.
      if (rests_on_affected(device))
        affected_.insert(device.uuid);
      else
        bring_up(device, steps);
      return;
    }
    // A device to come wants its name: it makes room at once.
    if (live->info.name != device.name && new_names_.contains(live->info.name)) {
      steps.push_back(rename_step(device, live->info.name));
      renamed_.insert(device.uuid);
    }
    bool same = same_table(world_, device, *live);
    if (same && live->info.read_only == device.read_only) {
      if (live->info.inactive_table) steps.push_back(step::ClearTable{device.uuid, live->info.name});
      if (live->info.suspended || rests_on_affected(device) || event_needed(device)) affected_.insert(device.uuid);
      return;
    }
    steps.push_back(load_step(device));
    // What only grows is let grow at once: the tables above it are checked against its size.
    if (only_grows(device, *live) && has_parent_.contains(device.uuid) && !live->info.suspended &&
        live->info.read_only == device.read_only && !rests_on_affected(device))
      bring_up(device, steps);
    else
      affected_.insert(device.uuid);
  }

  // Nothing that is in use changes its place. What a live table has beyond the one the VG had until now is not: space
  // that a raid gives up.
  bool only_grows(const WantedDevice& device, const world::LiveDevice& live) const {
    if (!live.table || table_length(device.table) <= table_length(*live.table)) return false;
    if (covers(world_, device.table, *live.table)) return true;
    auto old = old_.find(device.uuid);
    return old != old_.end() && covers(world_, *live.table, old->second->table) &&
           covers(world_, device.table, old->second->table);
  }

  void suspend(const WantedDevice& device) {
    const world::LiveDevice* live = world_.find_live(device.uuid);
    // Without a live table no I/O can be under way.
    if (live == nullptr || live->info.suspended || !live->info.live_table || !affected_.contains(device.uuid)) return;
    bool flush = freeze_ || !live->table || std::ranges::none_of(*live->table, queues_when_full);
    result_.suspend.push_back(
        step::Suspend{device.uuid, live->info.name, dm::SuspendOptions{.flush = flush, .freeze = freeze_}});
  }

  void resume(const WantedDevice& device) {
    auto& steps = result_.resume;
    const world::LiveDevice* live = world_.find_live(device.uuid);
    bool renamed = live != nullptr && live->info.name != device.name && !renamed_.contains(device.uuid);
    // Renamed first, so that the event of the resume already has the new name.
    if (renamed) steps.push_back(rename_step(device, live->info.name));
    if (affected_.contains(device.uuid)) {
      bring_up(device, steps);
      return;
    }
    auto found = old_.find(device.uuid);
    if (live != nullptr && found != old_.end() &&
        (found->second->read_ahead != device.read_ahead ||
         found->second->read_ahead_minimum != device.read_ahead_minimum))
      if (auto read_ahead = read_ahead_step(device, config_)) steps.push_back(std::move(*read_ahead));
  }

  const world::World& world_;
  std::span<const WantedDevice> wanted_;
  const config::Config& config_;
  bool freeze_;
  std::unordered_map<std::string_view, const WantedDevice*> old_;
  std::unordered_set<std::string> has_parent_;
  std::unordered_set<std::string_view> new_names_;  // of devices that are not live yet
  std::unordered_set<std::string_view> renamed_;    // by uuid: before the commit already
  // Devices to suspend and resume: their table changes, or that of a device below them.
  std::unordered_set<std::string_view> affected_;
  Difference result_;
};

}  // namespace

Difference difference(const world::World& world, std::span<const WantedDevice> wanted,
                      std::span<const WantedDevice> old, const config::Config& config, bool freeze) {
  return Comparison(world, wanted, old, config, freeze).run();
}

bool same_table(const world::World& world, const WantedDevice& wanted, const world::LiveDevice& live) {
  if (!live.info.live_table || !live.table) return false;
  return std::ranges::equal(*live.table, wanted.table, [&](const dm::Target& a, const dm::Target& b) {
    return a.start == b.start && a.length == b.length && same_body(world, a.body, b.body);
  });
}

step::Step load_step(const WantedDevice& device) {
  return step::LoadTable{device.uuid, device.name, device.table, device.read_only};
}

step::Step resume_step(const WantedDevice& device) {
  return step::Resume{device.uuid, device.name, device.udev, device.link};
}

step::Step rename_step(const WantedDevice& device, const std::string& live_name) {
  // The old path follows from the old name.
  std::optional<dm::NodeLink> old_link;
  auto parts = dm::split_device_name(live_name);
  if (parts.layer.empty() && !parts.lv.empty()) old_link = dm::NodeLink{parts.vg, parts.lv};
  return step::RenameDevice{device.uuid, live_name, device.name, device.udev, std::move(old_link), device.link};
}

std::optional<step::Step> read_ahead_step(const WantedDevice& device, const config::Config& config) {
  step::SetReadAhead step{device.uuid, device.name, Sectors(), false};
  if (device.read_ahead == model::Lv::kReadAheadNone) return step;
  if (device.read_ahead != model::Lv::kReadAheadAuto) {
    step.value = Sectors(static_cast<std::uint64_t>(device.read_ahead));
    return step;
  }
  if (config.string("activation/readahead") == "none") return step;
  if (!device.read_ahead_minimum) return std::nullopt;
  step.value = device.read_ahead_minimum;
  step.at_least = true;
  return step;
}

}  // namespace lvm::activate
