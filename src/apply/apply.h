// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "step/plan.h"
#include "system/system.h"
#include "world/world.h"

// Walks a Plan: the only writer. It knows steps, not volumes.
namespace lvm::apply {

// Where results go, and who answers what only shows while a plan is carried out (a signature found on
// a new volume).
class Dialogue {
 public:
  virtual ~Dialogue() = default;
  virtual void say(const step::Say& say) = 0;
  virtual bool ask(const step::Question& question) = 0;
  // A stage failed; the plan may go on with others.
  virtual void report(const Error& error) = 0;
  // How far a step is that may take long; `done` equal to `total`: it ends. `what` completes "  WHAT: 12.3%".
  virtual void progress(std::string_view what, std::uint64_t done, std::uint64_t total) = 0;
};

struct Outcome {
  std::size_t stages_done = 0;
  std::size_t stages_failed = 0;
  bool undone = false;  // the metadata was led back to what it was: tables may have been ahead of it
  bool ok() const { return stages_failed == 0; }
};

// One command's walk over any number of plans. `world` is kept up to date with what was done, so that
// the next plan of the command can be made from it.
class Applier {
 public:
  struct Settings {
    std::string command_line;  // for archives and metadata descriptions
    bool archive = true;       // --autobackup n turns both off
    bool backup = true;
  };

  Applier(System& system, const config::Config& config, world::World& world, Dialogue& dialogue, Settings settings);
  ~Applier();

  // Runs the stages in order. A stage that fails is taken back as far as its commit allows; the walk
  // then stops, unless the plan's stages are independent.
  Outcome run(const step::Plan& plan);

 private:
  class Walker;
  std::unique_ptr<Walker> walker_;
};

}  // namespace lvm::apply
