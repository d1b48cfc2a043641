// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"
#include "metadata/text.h"
#include "model/vg.h"
#include "step/plan.h"
#include "system/system.h"
#include "world/world.h"

// Writing metadata and labels: the ring, precommit, commit, archive and backup
// (docs/formats/metadata-area.md). The only code that writes to PVs outside of volumes.
namespace lvm::commit {

// The PV devices a command writes to, by PV id, with the state of their areas as last read or written.
using Devices = std::map<PvId, world::PvDevice>;

class Writer {
 public:
  Writer(System& system, const config::Config& config, Devices& devices);
  ~Writer();

  // Checks that the text fits every area in use before touching one, and that what stands on disk is
  // still the seqno the plan was made from; re-parses the text; writes it and the precommit slots;
  // updates stale PV headers first. Without an area in use it fails.
  Result<> precommit(const model::Vg* before, const model::Vg& after, const metadata::Origin& origin);
  Result<> commit(const model::Vg& after);
  // Undoes a precommit; best effort, all errors joined.
  Result<> revert(const model::Vg& after);
  // vgremove, and PVs that leave a VG: slots zeroed; USED is cleared by WriteLabel/clear_used.
  Result<> remove(const model::Vg& vg);
  Result<> clear_used(PvId pv);

  Result<> write_label(const step::WriteLabel& step);
  Result<> remove_label(const step::RemoveLabel& step);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// /etc/lvm/archive/VG_NNNNN-R.vg and /etc/lvm/backup/VG, with retention. `command` is the command line.
Result<> archive(System& system, const config::Config& config, const model::Vg& vg,
                 const world::Host& host, std::string_view command);
Result<> backup(System& system, const config::Config& config, const model::Vg& vg,
                const world::Host& host, std::string_view command);
Result<> remove_backup(System& system, const config::Config& config, std::string_view vg_name);

}  // namespace lvm::commit
