// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "apply/walker.h"
#include "dm/text.h"

// Steps on the device-mapper: one operation of the engine each.
namespace lvm::apply {

Result<> Applier::Walker::run(const step::Stage&, const step::CreateDevice& step, StageState& state) {
  touch(step.request.uuid);
  // Noted before: when there is no memory behind the call, the device is known all the same.
  state.created.push_back({step.request.uuid, std::nullopt});
  auto made = system_.dm.create(step.request);
  if (!made) state.created.pop_back();
  return made;
}

Result<> Applier::Walker::run(const step::Stage&, const step::LoadTable& step, StageState& state) {
  touch(step.uuid);
  for (const dm::Target& target : step.table) {
    TRY(system_.dm.require_target(dm::target_type(target.body)));
    for (const dm::DeviceRef& device : dm::devices_of(target.body))
      if (const auto* below = std::get_if<dm::ByUuid>(&device); below && touched_.contains(below->uuid))
        touch(below->uuid);
  }
  TRY(system_.dm.load(step.uuid, step.table, step.read_only));
  state.loaded.push_back(step.uuid);
  return {};
}

Result<> Applier::Walker::run(const step::Stage&, const step::ClearTable& step, StageState& state) {
  touch(step.uuid);
  std::erase(state.loaded, step.uuid);
  return system_.dm.clear(step.uuid);
}

Result<> Applier::Walker::run(const step::Stage&, const step::Suspend& step, StageState& state) {
  touch(step.uuid);
  // Counted before the call: an operation that fails half-way may have suspended.
  state.suspended.push_back(step.uuid);
  Result<> done = system_.dm.suspend(step.uuid, step.options);
  return done;
}

Result<> Applier::Walker::run(const step::Stage&, const step::Resume& step, StageState& state) {
  touch(step.uuid);
  auto resumed = system_.dm.resume(step.uuid, step.udev, step.link);
  if (!resumed) {
    // The kernel suspends a live device before it looks at the new table, and leaves it so when it refuses that.
    bool is_new = std::ranges::any_of(state.created, [&](const auto& created) { return created.uuid == step.uuid; });
    if (!is_new && std::ranges::find(state.suspended, step.uuid) == state.suspended.end())
      state.suspended.push_back(step.uuid);
    return std::unexpected(std::move(resumed).error());
  }
  touched_[step.uuid] = {true, std::move(*resumed)};
  std::erase(state.suspended, step.uuid);
  std::erase(state.loaded, step.uuid);
  for (StageState::Created& created : state.created)
    if (created.uuid == step.uuid) created.link = step.link;
  return {};
}

Result<> Applier::Walker::run(const step::Stage&, const step::RemoveDevice& step, StageState& state) {
  touch(step.uuid);
  forget_open_counts();
  std::erase_if(state.created, [&](const auto& created) { return created.uuid == step.uuid; });
  TRY(system_.dm.remove(step.uuid, step.udev, step.link, config_.flag("activation/retry_deactivation")));
  touched_[step.uuid] = {true, std::nullopt};
  return {};
}

Result<> Applier::Walker::run(const step::Stage&, const step::RenameDevice& step, StageState&) {
  touch(step.uuid);
  return system_.dm.rename(step.uuid, step.new_name, step.udev, step.old_link, step.new_link);
}

Result<> Applier::Walker::run(const step::Stage&, const step::SetReadAhead& step, StageState&) {
  return system_.dm.set_read_ahead(step.uuid, step.value, step.at_least);
}

Result<> Applier::Walker::run(const step::Stage&, const step::Message& step, StageState&) {
  touch(step.uuid);
  TRY(system_.dm.message(step.uuid, step.sector, step.text));
  return {};
}

Result<> Applier::Walker::run(const step::Stage&, const step::Settle&, StageState&) { return system_.dm.settle(); }

}  // namespace lvm::apply
