// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/block_sizes.h"
#include "plan/stages.h"
#include "plan/volume_size.h"

// lvconvert: a file per conversion in this folder.
namespace lvm::plan::convert {

// What most conversions take.
struct Request {
  LvId lv;
  std::vector<PvArgument> pvs;  // to allocate from; or to take images away from
  std::optional<Sectors> region_size;
  std::optional<Sectors> stripe_size;
  std::optional<std::uint32_t> stripes;
  std::optional<model::Allocation> allocation;
  BlockFacts blocks;  // for checksums
  bool yes = false;
  bool force = false;
};

// What is the same for all: the volume, and the stages it goes through.
struct Job {
  Job(const Context& context, const world::VgView& view, const Request& asked)
      : given(context), stages(context, view), request(asked), lv(*view.vg->find_lv(asked.lv)) {}
  const Context& given;  // takes notes
  Stages stages;
  const Request& request;
  const model::Lv& lv;  // as it is before

  const model::Vg& vg() const { return *stages.view().vg; }
  std::string name() const { return vg().name + "/" + lv.name; }
  // Asked before anything is done, unless --yes.
  void ask(std::string text, std::string when_no);
  Result<> needs_active();
  // Every image holds the same: what is added is copied from any of them.
  Result<> needs_sync(std::string_view otherwise);
  bool active();
  // The last thing that a conversion says.
  void say_converted();
  void note_default_stripe_size();
};

}  // namespace lvm::plan::convert
