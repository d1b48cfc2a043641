// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "config/config.h"
#include "device/filters/filters.h"
#include "metadata/text.h"
#include "scan/scan.h"
#include "system/system.h"
#include "world/world.h"

// What the parts of scan/ share while one discover() or read() runs.
namespace lvm::scan {

// An area of a PV, by position.
struct AreaRef {
  std::size_t pv = 0, area = 0;
};

// Texts with one checksum and size are one text.
using TextKey = std::pair<std::uint32_t, std::uint64_t>;

struct HintedScan;

struct Pass {
  Pass(System& the_system, const config::Config& the_config, const Request& the_request, world::World& the_world);

  System& system;
  const config::Config& config;
  const Request& request;
  world::World& world;
  HintedScan* hints = nullptr;
  std::map<TextKey, metadata::Summary> summaries;

  const world::MetadataArea& area(AreaRef ref) const { return world.pvs[ref.pv].areas[ref.area]; }
  world::MetadataArea& area(AreaRef ref) { return world.pvs[ref.pv].areas[ref.area]; }
  const std::string& path(AreaRef ref) const { return world.pvs[ref.pv].device.path; }

  // Findings are said once, however often a VG is read.
  void find(world::Finding finding);
  void find_about_device(world::Finding::Kind kind, const std::string& device, std::string text);
  void find_about_vg(world::Finding::Kind kind, const model::Vg& vg, const std::string& device, std::string text);
  // Marks the area as not usable, and says so.
  void damage(AreaRef ref, std::string problem);

 private:
  std::unordered_set<std::string> said_;
};

// --- devices.cc: enumerates, filters, reads heads; fills World::devices, rejected and pvs ---
Result<> scan_devices(Pass& pass);
// How much of the head of each device is read: label, the usual header of the first area, and a bit of
// text.
inline constexpr Bytes kHeadSize{8192};

// --- labels.cc: the PV in the head of a device, if there is one ---
std::optional<world::PvDevice> find_pv_label(Pass& pass, const device::Device& device, std::span<const std::byte> head);

// --- areas.cc ---
// Opens a device once, when first needed.
class LazyHandle {
 public:
  LazyHandle(device::Io& io, const device::Device& device) : io_(io), device_(device) {}
  Result<device::Handle*> get();
  // From `head` where it reaches, else from the device.
  Result<> read(std::span<const std::byte> head, Bytes offset, std::span<std::byte> out);

 private:
  device::Io& io_;
  const device::Device& device_;
  std::unique_ptr<device::Handle> handle_;
};
// Fills in what the header of an area says; a broken one is marked damaged.
void read_area_header(world::MetadataArea& area, LazyHandle& handle, std::span<const std::byte> head);
// VG name, id and seqno of the text in slot 0, from its head.
void read_area_summary(Pass& pass, AreaRef ref, LazyHandle& handle, std::span<const std::byte> head);
// The first `most` bytes of a text, across the wrap of the ring.
Result<std::string> read_text(const world::MetadataArea& area, LazyHandle& handle, std::span<const std::byte> head,
                              Bytes most);
// The whole text without its final NUL, its checksum verified; read a second time when that fails.
Result<std::string> read_whole_text(Pass& pass, AreaRef ref);

// --- duplicates.cc: one device per PV id; the others are marked duplicate ---
void resolve_duplicates(Pass& pass);

// --- groups.cc ---
using Groups = std::unordered_map<VgId, std::vector<AreaRef>>;
// The area is in force, and some VG's text stands in it.
bool holds_text(const world::MetadataArea& area);
// Usable areas by the VG their texts are of.
Groups group_areas(const Pass& pass);
// A view per VG, with what the best summary says. PVs get the id of the VG their own text names.
void make_summary_views(Pass& pass);
// Of areas with text, those with the highest seqno.
std::uint32_t highest_seqno(const Pass& pass, const std::vector<AreaRef>& areas);
bool is_foreign(const Pass& pass, const std::string& system_id, const std::string& lock_type);

// --- vg.cc: the text of one VG, and its PVs ---
// False when there is no such VG any more: it has become part of another (claims.h).
bool load_vg(Pass& pass, world::VgView& view, const std::vector<AreaRef>& areas);
// Positions of the VG's PVs in World::pvs.
void link_devices(Pass& pass, world::VgView& view);

// --- live.cc ---
Result<> read_live(Pass& pass, const std::vector<VgId>& vgs);

// --- host.cc ---
Result<world::Host> read_host(Pass& pass);

}  // namespace lvm::scan
