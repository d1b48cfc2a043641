// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
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

// What is written of a VG: device hints follow the devices, and a PV without one is MISSING from now on. nullopt when
// the VG says so already: a VG of many volumes is not copied for nothing.
std::optional<model::Vg> as_written(const model::Vg& vg, const Devices& devices);

class Writer {
 public:
  Writer(System& system, const config::Config& config, Devices& devices);
  ~Writer();

  // Checks that the text fits every area in use before touching one, and that what stands on disk is
  // still the seqno the plan was made from; re-parses the text; writes it and the precommit slots;
  // updates stale PV headers first. Without an area in use it fails.
  // `area_use` says which areas start or stop being ignored with this change.
  // A failing area of several is warned of and left behind with the old metadata.
  Result<> precommit(const model::Vg* before, const model::Vg& after, const metadata::Origin& origin,
                     std::span<const step::AreaUse> area_use = {});
  // Makes the precommitted text the metadata. PVs of `before` that are not in `after` are set free:
  // slots and USED cleared, unless another VG has taken them over meanwhile.
  Result<> commit(const model::Vg& after);
  // Undoes a precommit; best effort, all errors joined.
  Result<> revert(const model::Vg& after);
  // vgremove: slots and USED flags of all its PVs cleared; the texts stay where they are.
  Result<> remove(const model::Vg& vg);
  // The PV belongs to no VG.
  Result<> clear_used(PvId pv);

  // A PV that says it is in `vg`, whose newest metadata says otherwise, becomes an orphan.
  Result<> clear_outdated(PvId pv, VgId vg);

  Result<> write_bytes(const step::WriteBytes& step);
  Result<> write_label(const step::WriteLabel& step);
  Result<> remove_label(const step::RemoveLabel& step);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// /etc/lvm/archive/VG_NNNNN-R.vg and /etc/lvm/backup/VG, with retention. `command` is the command line.
Result<> archive(System& system, const config::Config& config, const model::Vg& vg, const world::Host& host,
                 std::string_view command);
Result<> backup(System& system, const config::Config& config, const model::Vg& vg, const world::Host& host,
                std::string_view command);
// The same into a file of the user's choice (vgcfgbackup --file).
Result<> backup_to(System& system, const config::Config& config, const std::string& path, const model::Vg& vg,
                   const world::Host& host, std::string_view description);
Result<> remove_backup(System& system, const config::Config& config, std::string_view vg_name);

}  // namespace lvm::commit
