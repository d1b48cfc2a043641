// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/id.h"
#include "base/units.h"
#include "device/io.h"
#include "dm/status.h"
#include "dm/types.h"
#include "model/vg.h"

// The frozen picture of storage that scan takes, and that plan and report read. Values only.
namespace lvm::device {
struct DevicesFile;
}

namespace lvm::world {

// One metadata area of a PV as found on disk.
struct MetadataArea {
  Bytes start, size;  // of the whole area, header included
  bool ignored = false;
  bool damaged = false;  // header or text not usable; `problem` says why
  std::string problem;
  std::string vg_name;  // of the text in slot 0; empty when there is none
  VgId vg_id;
  std::uint32_t seqno = 0;
  Bytes text_offset, text_size;  // slot 0: relative to start; size counts the final NUL
  std::uint32_t text_checksum = 0;
  bool precommitted = false;  // slot 1 is set
};

// Room left for a text: half of the ring (old and new must fit at once) less what the text takes,
// in whole sectors. What pv_mda_free and vg_mda_free report.
Bytes area_free(const MetadataArea& area);

// A device that carries a PV label.
struct PvDevice {
  device::Device device;
  PvId id;
  Bytes header_size;  // device_size field of the PV header
  std::uint64_t label_sector = 1;
  Bytes data_start;  // pe_start
  Bytes boot_start, boot_size;
  std::uint32_t extension_version = 0;
  bool used = false;   // extension flag: belongs to some VG
  Sectors read_ahead;  // of the device; 0 = not asked for
  std::vector<MetadataArea> areas;
  VgId vg_id;              // the VG it was resolved to, none for an orphan
  bool duplicate = false;  // another device with the same PV id was preferred
};

// Something that is not as it should be. Reading never repairs.
struct Finding {
  enum class Kind {
    missing_pv,
    old_metadata,
    inconsistent_metadata,
    damaged_area,
    damaged_label,
    duplicate_pv,
    outdated_pv,
    unusable_vg,
    pv_header_stale,
    unread_device,
    suspended_device,
    devices_file,  // `text` is the whole message
    foreign_vg,
    other
  } kind = Kind::other;
  VgId vg;  // none when it concerns no VG
  std::string vg_name;
  std::string device;
  std::string text;  // a sentence for the user, without "WARNING: "
};

// A VG as read: one model, and where it came from.
struct VgView {
  model::VgPtr vg;
  // Devices of vg->pvs, same order; nullopt for a missing PV. Index into World::pvs.
  std::vector<std::optional<std::size_t>> devices;
  std::vector<std::size_t> outdated;  // PVs that claim this VG but are not in it
  Bytes area_size, area_free;         // smallest of its metadata areas in use
  std::uint32_t area_count = 0, areas_used = 0;
  bool summary_only = false;            // found, but its text is not read yet: `vg` has no PVs and LVs
  bool foreign = false;                 // another host's system id
  std::optional<std::string> unusable;  // why its text could not be read; `vg` then has name and id only
  bool partial() const {
    for (const auto& d : devices)
      if (!d) return true;
    return false;
  }
};

// Counts the areas of the VG's devices, and the room in the smallest that is in use.
struct World;
void summarise_areas(const World& world, VgView& view);

// A device that filters leave aside. `reason` completes "Cannot use /dev/sda: device is partitioned".
struct RejectedDevice {
  device::Device device;
  std::string reason;
};

// Who has a device open, as far as the machine tells.
enum class Users : std::uint8_t { untold, device, file_system };

// The live device of an LV (or of one of its layers), by dm UUID.
struct LiveDevice {
  dm::Info info;
  Users users = Users::untold;        // when the command is to take it down (scan/users.h)
  std::optional<dm::Table> table;     // when the command needs tables
  std::vector<dm::Status> status;     // when the command needs status
  std::optional<Sectors> read_ahead;  // when the command needs it
};

// What the machine says about itself.
struct Host {
  std::string name;                           // gethostname
  std::string os, release, version, machine;  // uname, for metadata comments
  std::string system_id;                      // empty = none
  std::uint32_t page_size = 4096;
};

struct World {
  Host host;
  std::vector<device::Device> devices;  // usable devices, filtered, labelled or not
  std::vector<RejectedDevice> rejected;
  std::vector<PvDevice> pvs;  // labelled ones
  std::vector<VgView> vgs;    // sorted by name; of equal names those of other hosts last
  std::vector<Finding> findings;
  std::string devices_file;  // the one in effect; empty: devices are not restricted by one
  // What it should say, where names or PVs have changed since it was written.
  std::shared_ptr<const device::DevicesFile> devices_file_update;
  // False: no device-mapper here; activation state of every LV is then unknown.
  bool dm_available = false;
  std::string dm_unavailable_reason;
  std::unordered_map<std::string, LiveDevice> live;  // by dm UUID, "LVM-..." only

  const VgView* find_vg(std::string_view name) const;
  const VgView* find_vg(VgId id) const;
  // By any of its names.
  const PvDevice* find_pv(std::string_view path) const;
  const PvDevice* find_pv(PvId id) const;
  const device::Device* find_device(std::string_view path) const;
  const RejectedDevice* find_rejected(std::string_view path) const;
  const LiveDevice* find_live(const std::string& uuid) const;

  // Look-ups use these when they still agree with the vectors, and search when they do not.
  struct Index {
    std::unordered_map<PvId, std::size_t> pvs;
    std::unordered_map<VgId, std::size_t> vgs;
  };
  Index index;
  // Sorts `vgs` and makes the index: whenever PVs or VGs were added or removed in numbers.
  void reindex();
};

}  // namespace lvm::world
