// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "apply/apply.h"
#include "commit/commit.h"

namespace lvm::apply {

// What the current stage has done to the device-mapper and must undo when it fails before its commit.
struct StageState {
  bool precommitted = false;
  bool committed = false;
  std::vector<std::string> suspended;  // uuids, in order
  std::vector<std::string> loaded;     // inactive tables
  struct Created {
    std::string uuid;
    std::optional<dm::NodeLink> link;
  };
  std::vector<Created> created;
  bool told = false;  // a thin pool has heard of the change
};

// Signals are held back while a stage runs: a step that takes long looks for one, and may stop.
bool interrupted();

class Applier::Walker {
 public:
  Walker(System& system, const config::Config& config, world::World& world, Dialogue& dialogue, Settings settings);

  Outcome run(const step::Plan& plan);

 private:
  Result<> require_targets(const step::Plan& plan);
  Result<> run_stage(const step::Stage& stage);
  void undo_last_commit(std::span<const step::Stage> done);
  void run_undo(const step::Stage& stage);
  Result<> fail_stage(const step::Stage& stage, StageState& state, Error error);
  Result<> run_step(const step::Stage& stage, const step::Step& step, StageState& state);
  // The same; when memory runs out, once more with the reserve: what is to be committed, or is, is carried through.
  Result<> run_guarded(const step::Stage& stage, const step::Step& step, StageState& state);
  void take_back(const step::Stage& stage, StageState& state);
  void refresh_live();

  // One overload a step.
  Result<> run(const step::Stage& stage, const step::WriteMetadata& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::CommitMetadata& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::RemoveMetadata& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::Archive& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::Backup& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::WriteLabel& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::RemoveLabel& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::WipeSignatures& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::ClearOutdated& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::WriteBytes& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::CreateDevice& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::LoadTable& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::ClearTable& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::Suspend& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::Resume& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::RemoveDevice& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::RenameDevice& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::SetReadAhead& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::Message& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::PoolMessages& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::AwaitClean& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::Settle& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::WipeVolume& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::FillExtents& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::Discard& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::Say& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::RunProgram& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::CheckPool& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::ReplaceFile& step, StageState& state);
  Result<> run(const step::Stage& stage, const step::RemoveFile& step, StageState& state);
  Result<> run_program(const std::vector<std::string>& words, int accepted);
  // What programs of this plan left to be done at its end, last first.
  Result<> run_at_the_end();

  // Once for each VG, when the plan has ended: of the states that it passes through nobody wants one.
  Result<> write_backups();
  void write_backup(const model::Vg& vg);

  metadata::Origin origin(VgId vg);

  // What is known of a device that was touched: nothing, so that it is to be asked for; or how it was left.
  struct Seen {
    bool known = false;
    std::optional<dm::Info> info;  // none: it is gone
  };
  void touch(const std::string& uuid) { touched_[uuid] = {}; }
  void forget_open_counts();

  System& system_;
  const config::Config& config_;
  world::World& world_;
  Dialogue& dialogue_;
  Settings settings_;
  commit::Devices devices_;
  commit::Writer writer_;
  std::set<VgId> archived_;
  std::map<VgId, std::uint32_t> writes_;                      // by this command
  std::map<VgId, std::shared_ptr<const model::Vg>> backups_;  // to be written
  std::vector<std::vector<std::string>> at_the_end_;
  std::map<std::string, Seen> touched_;   // by dm uuid
  bool keep_last_ = false;                // what was committed last stays, whatever becomes of the next stage
  bool undone_ = false;                   // in this run
  std::unique_ptr<std::byte[]> reserve_;  // memory for the way back, given up when there is no other
};

}  // namespace lvm::apply
