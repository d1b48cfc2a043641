// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string>

#include "apply/update_world.h"
#include "apply/walker.h"

// Steps that write metadata, labels and files.
namespace lvm::apply {
namespace {

// A device that cannot be written costs a change its copy there, no more; but when it was to begin or to cease to hold
// copies, the change is not done.
Result<> check_area_use(const step::Stage& stage, const commit::Devices& devices) {
  for (const step::Step& step : stage.steps) {
    const auto* write = std::get_if<step::WriteMetadata>(&step);
    if (!write) continue;
    for (const step::AreaUse& use : write->area_use) {
      auto device = devices.find(use.pv);
      if (device == devices.end() || use.area >= device->second.areas.size()) continue;
      if (device->second.areas[use.area].ignored == use.ignored) continue;
      return fail(Code::io, "Metadata area " + std::to_string(use.area + 1) + " of " + device->second.device.path +
                                (use.ignored ? " could not be put out of use: it is used as before."
                                             : " could not be put into use: it is ignored as before."));
    }
  }
  return {};
}

}  // namespace

Result<> Applier::Walker::run(const step::Stage& stage, const step::WriteMetadata& step, StageState& state) {
  CHECK(stage.after);
  state.precommitted = true;
  return writer_.precommit(stage.before.get(), *stage.after, origin(stage.after->id), step.area_use);
}

Result<> Applier::Walker::run(const step::Stage& stage, const step::CommitMetadata&, StageState& state) {
  // Called again when memory ran out behind the commit.
  if (!state.committed) TRY(writer_.commit(*stage.after));
  state.committed = true;
  update_vg(world_, devices_, stage);
  return check_area_use(stage, devices_);
}

Result<> Applier::Walker::run(const step::Stage& stage, const step::RemoveMetadata&, StageState& state) {
  TRY(writer_.remove(*stage.before));
  state.committed = true;
  for (const model::Pv& pv : stage.before->pvs)
    if (devices_.contains(pv.id)) TRY(writer_.clear_used(pv.id));
  update_vg(world_, devices_, stage);
  return {};
}

Result<> Applier::Walker::run(const step::Stage& stage, const step::Archive&, StageState&) {
  if (!settings_.archive || !stage.before || !archived_.insert(stage.before->id).second) return {};
  return commit::archive(system_, config_, *stage.before, world_.host, settings_.command_line);
}

Result<> Applier::Walker::run(const step::Stage& stage, const step::Backup&, StageState&) {
  if (!settings_.backup) return {};
  if (!stage.after) {
    backups_.erase(stage.before->id);
    return commit::remove_backup(system_, config_, stage.before->name);
  }
  if (stage.before && stage.before->name != stage.after->name) {
    auto removed = commit::remove_backup(system_, config_, stage.before->name);
    if (!removed) system_.trace.warn(removed.error().text());
  }
  if (stage.before) backups_.erase(stage.before->id);
  backups_[stage.after->id] = stage.after;
  return {};
}

// The metadata on disk is what counts: a backup that cannot be written is a warning.
void Applier::Walker::write_backup(const model::Vg& vg) {
  auto changed = commit::as_written(vg, devices_);
  auto written = commit::backup(system_, config_, changed ? *changed : vg, world_.host, settings_.command_line);
  if (!written) system_.trace.warn(written.error().text());
}

Result<> Applier::Walker::run(const step::Stage&, const step::WriteLabel& step, StageState&) {
  TRY(writer_.write_label(step));
  auto device = devices_.find(step.id);
  CHECK(device != devices_.end());
  update_label(world_, device->second);
  return {};
}

Result<> Applier::Walker::run(const step::Stage&, const step::RemoveLabel& step, StageState&) {
  TRY(writer_.remove_label(step));
  remove_label(world_, step.device);
  return {};
}

Result<> Applier::Walker::run(const step::Stage&, const step::ClearOutdated& step, StageState&) {
  TRY(writer_.clear_outdated(step.pv, step.vg));
  if (auto device = devices_.find(step.pv); device != devices_.end()) update_label(world_, device->second);
  return {};
}

Result<> Applier::Walker::run(const step::Stage&, const step::WriteBytes& step, StageState&) {
  return writer_.write_bytes(step);
}

Result<> Applier::Walker::run(const step::Stage&, const step::Say& step, StageState&) {
  dialogue_.say(step);
  return {};
}

}  // namespace lvm::apply
