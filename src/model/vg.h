// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/rare.h"
#include "base/units.h"
#include "model/flags.h"
#include "model/segment.h"

// The model of a volume group: values only, comparable and copyable, related by id. Source of every
// key: docs/formats/metadata.md. Invariants are in model/invariants.h.
namespace lvm::model {

enum class Allocation : std::uint8_t { contiguous, cling, normal, anywhere, inherit };

struct Pv {
  PvId id;
  std::string device_hint;  // path last seen; never used to find the device
  std::string device_id_type, device_id;
  PvFlags flags;
  std::vector<std::string> tags;
  Sectors device_size;
  Sectors pe_start;
  Extents pe_count;
  Sectors boot_start, boot_size;           // boot loader area; size 0 when there is none
  std::vector<std::string> unknown_flags;  // words of newer versions in the compatible array, written back
  std::string unknown_keys;                // keys of newer versions, in raw text form, written back

  bool missing() const { return flags.has(PvFlag::missing); }
  friend bool operator==(const Pv&, const Pv&) = default;
};

struct Lv {
  LvId id;
  std::string name;
  LvFlags flags;
  std::vector<std::string> tags;
  std::int64_t creation_time = 0;  // seconds since 1970; 0 = unknown
  std::string creation_host;
  Rare<std::string> lock_args;
  Allocation allocation = Allocation::inherit;
  Rare<std::string> profile;
  // Sectors; kAuto = not stored, kNone = stored as -1.
  static constexpr std::int64_t kReadAheadAuto = 0;
  static constexpr std::int64_t kReadAheadNone = -1;
  std::int64_t read_ahead = kReadAheadAuto;
  std::int32_t major = -1, minor = -1;  // persistent numbers; -1 = none
  std::vector<Segment> segments;        // contiguous from extent 0
  Rare<std::vector<std::string>> unknown_flags;
  Rare<std::string> unknown_keys;

  Extents extents() const { return segments.empty() ? Extents() : segments.back().start + segments.back().count; }
  bool visible() const { return flags.has(LvFlag::visible); }
  bool writable() const { return flags.has(LvFlag::write); }
  bool has_unknown_segments() const;
  // The body of the first segment when it is of this kind, else null. Kinds other than striped, error, zero and
  // a pvmove's mirror have one segment.
  template <class Body>
  const Body* as() const {
    return segments.empty() ? nullptr : std::get_if<Body>(&segments.front().body);
  }
  template <class Body>
  Body* as() {
    return segments.empty() ? nullptr : std::get_if<Body>(&segments.front().body);
  }
  friend bool operator==(const Lv&, const Lv&) = default;
};

struct Vg {
  VgId id;
  std::string name;
  std::uint32_t seqno = 0;
  VgFlags flags;
  std::vector<std::string> tags;
  std::string system_id;
  std::string lock_type, lock_args;
  Sectors extent_size{8192};
  std::uint32_t max_lv = 0, max_pv = 0;  // 0 = unlimited
  Allocation allocation = Allocation::normal;
  std::string profile;
  std::uint32_t metadata_copies = 0;
  std::vector<Pv> pvs;     // in the order of the text: allocation and pvN names follow it
  std::vector<Lv> lvs;     // in creation order
  std::string historical;  // historical_logical_volumes section, raw
  std::vector<std::string> unknown_flags;
  std::string unknown_keys;

  // Linear searches: use model/index.h when many look-ups follow.
  const Pv* find_pv(PvId id) const;
  const Lv* find_lv(LvId id) const;
  const Lv* find_lv(std::string_view name) const;
  Pv* find_pv(PvId id);
  Lv* find_lv(LvId id);
  Lv* find_lv(std::string_view name);

  bool exported() const { return flags.has(VgFlag::exported); }
  // Shared or bound to a host: WRITE is then stored as WRITE_LOCKED.
  bool write_locked() const { return !system_id.empty() || (!lock_type.empty() && lock_type != "none"); }
  bool shared() const { return !lock_type.empty() && lock_type != "none" && lock_type != "clvm"; }

  Sectors size_of(Extents e) const { return to_sectors(e, extent_size); }
  // Where an extent of a PV begins on its device.
  Sectors sector_of(const Pv& pv, Extents extent) const { return pv.pe_start + size_of(extent); }
  friend bool operator==(const Vg&, const Vg&) = default;
};

// Frozen once read or planned; shared by World, Plan and reports.
using VgPtr = std::shared_ptr<const Vg>;

}  // namespace lvm::model
