// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "activate/activate.h"
#include "activate/naming.h"
#include "segment/kind.h"

// From a volume's segments to its devices: leaves first, the volume itself last.
namespace lvm::activate {
namespace {

using model::Lv;
using model::LvArea;
using model::PvArea;
using model::Segment;
using model::Vg;

// What the builder below shares with the segment rows.
class TableDevices final : public segment::Devices {
 public:
  TableDevices(const world::World& world, const world::VgView& view, const Vg& vg, bool use_linear)
      : world_(world), view_(view), vg_(vg), use_linear_(use_linear) {}

  // nullptr when the PV is missing.
  const world::PvDevice* find(PvId id) const {
    if (view_.vg) {
      const auto& pvs = view_.vg->pvs;
      for (std::size_t i = 0; i < pvs.size() && i < view_.devices.size(); ++i)
        if (pvs[i].id == id) return view_.devices[i] ? &world_.pvs[*view_.devices[i]] : nullptr;
    }
    return world_.find_pv(id);  // a PV that joins the VG with this change
  }

  Result<dm::DeviceRef> pv_device(PvId id) const override {
    const world::PvDevice* pv = find(id);
    if (pv == nullptr) return fail(Code::not_found, fmt::format("PV {} is missing.", id.dashed()));
    if (!pv->device.number)
      return fail(Code::unsupported, fmt::format("PV {} is a file: the kernel's device-mapper cannot use it. Attach "
                                                 "it to a loop device to activate volumes on it.",
                                                 pv->device.path));
    return dm::DeviceRef(pv->device.number);
  }
  Sectors pe_start(PvId id) const override {
    const model::Pv* pv = vg_.find_pv(id);
    return pv != nullptr ? pv->pe_start : Sectors();
  }
  Result<dm::DeviceRef> lv_device(LvId id) const override {
    for (const auto& [filler, device] : fillers_)
      if (filler == id) return device;
    const Lv* lv = vg_.find_lv(id);
    if (lv == nullptr)
      return fail(Code::corrupt, fmt::format("Volume group {} has no logical volume {}.", vg_.name, id.dashed()));
    return dm::DeviceRef(dm::ByUuid{top_uuid(vg_, *lv)});
  }
  Sectors extent_size() const override { return vg_.extent_size; }
  bool use_linear_target() const override { return use_linear_; }

  // A stand-in is an area of a volume that is in no VG: what it stands for begins at its start.
  LvArea add_filler(dm::DeviceRef device) {
    LvId id;
    id.uuid.chars.fill('#');
    auto digits = std::to_string(fillers_.size());
    std::ranges::copy(digits, id.uuid.chars.begin() + 1);
    fillers_.emplace_back(id, std::move(device));
    return LvArea{id, Extents()};
  }

 private:
  const world::World& world_;
  const world::VgView& view_;
  const Vg& vg_;
  bool use_linear_;
  std::vector<std::pair<LvId, dm::DeviceRef>> fillers_;
};

class Builder {
 public:
  Builder(const world::World& world, const world::VgView& view, const Vg& vg, const Lv& top,
          const config::Config& config, const Options& options)
      : world_(world),
        vg_(vg),
        top_(top),
        config_(config),
        options_(options),
        devices_(world, view, vg, config.flag("activation/use_linear_target")) {
    if (options_.missing_filler.empty()) options_.missing_filler = config.string("activation/missing_stripe_filler");
  }

  Result<> add_lv(const Lv& lv) {
    if (!seen_.insert(lv.id).second) return {};
    for (const Segment& segment : lv.segments)
      for (const model::Area& area : segment::areas(segment))
        if (const auto* inner = std::get_if<LvArea>(&area)) {
          const Lv* below = vg_.find_lv(inner->lv);
          if (below == nullptr)
            return fail(Code::corrupt, fmt::format("Logical volume {}/{} lies on {}, which is not in the volume group.",
                                                   vg_.name, lv.name, inner->lv.dashed()));
          TRY(add_lv(*below));
        }
    WantedDevice device = base(lv, "");
    device.link = link_of(vg_, lv);
    device.read_only = !lv.writable() || forced_read_only(config_, world_.host, vg_, lv);
    device.read_ahead = lv.read_ahead;
    if (lv.flags.has(model::LvFlag::fixed_minor) && lv.minor >= 0)
      device.persistent =
          dm::DeviceNumber{static_cast<std::uint32_t>(std::max(lv.major, 0)), static_cast<std::uint32_t>(lv.minor)};
    for (std::size_t i = 0; i < lv.segments.size(); ++i) {
      auto target = TRY(target_of(lv, i));
      device.table.push_back(std::move(target));
      device.read_ahead_minimum = std::max(device.read_ahead_minimum, read_ahead_below(lv.segments[i]));
      auto stripes = segment::stripe_count(lv.segments[i]);
      // Two full rounds over all stripes.
      if (stripes > 1)
        device.read_ahead_minimum =
            std::max(device.read_ahead_minimum, segment::stripe_size(lv.segments[i]) * stripes * 2);
    }
    wanted_.push_back(std::move(device));
    return {};
  }

  std::vector<WantedDevice> take() { return std::move(wanted_); }

 private:
  // A volume reads ahead no less than the devices it lies on.
  Sectors read_ahead_below(const model::Segment& segment) const {
    Sectors most;
    for (const model::Area& area : segment::areas(segment)) {
      const auto* on_pv = std::get_if<model::PvArea>(&area);
      const world::PvDevice* pv = on_pv ? world_.find_pv(on_pv->pv) : nullptr;
      if (pv) most = std::max(most, pv->read_ahead);
    }
    return most;
  }
  WantedDevice base(const Lv& lv, const std::string& layer) {
    WantedDevice device;
    device.name = dm::device_name(vg_.name, lv.name, layer);
    device.uuid = layer_uuid(vg_, lv, layer);
    device.udev = udev_flags(lv, layer, config_, options_);
    return device;
  }

  Result<dm::Target> target_of(const Lv& lv, std::size_t index) {
    const Segment& segment = lv.segments[index];
    Sectors start = vg_.size_of(segment.start);
    const segment::Kind& kind = segment::kind_of(segment.body);
    bool whole = std::ranges::none_of(segment::areas(segment), [&](const model::Area& area) { return missing(area); });
    if (whole) return kind.target(segment, start, devices_);
    if (!options_.partial)
      return fail(Code::refused, fmt::format("Refusing activation of partial LV {}/{}.  Use '--activationmode partial' "
                                             "to override.",
                                             vg_.name, top_.name));
    Segment patched = segment;
    auto areas = segment::areas(patched);
    for (std::size_t i = 0; i < areas.size(); ++i) {
      if (!missing(areas[i])) continue;
      auto filler = TRY(add_filler(lv, index, i));
      // The areas are those of our own copy.
      const_cast<model::Area&>(areas[i]) = filler;
    }
    return kind.target(patched, start, devices_);
  }

  bool missing(const model::Area& area) const {
    const auto* pv = std::get_if<PvArea>(&area);
    return pv != nullptr && devices_.find(pv->pv) == nullptr;
  }

  Result<LvArea> add_filler(const Lv& lv, std::size_t segment, std::size_t area) {
    if (options_.missing_filler.starts_with('/')) {
      const device::Device* device = world_.find_device(options_.missing_filler);
      if (device == nullptr)
        return fail(Code::not_found,
                    fmt::format("activation/missing_stripe_filler: no device {}.", options_.missing_filler));
      return devices_.add_filler(device->number);
    }
    WantedDevice filler = base(lv, filler_layer(segment, area));
    // As long as the whole segment, whatever the share of one area.
    Sectors length = vg_.size_of(lv.segments[segment].count);
    dm::TargetBody body = dm::ErrorTarget{};
    if (options_.missing_filler == "zero") body = dm::ZeroTarget{};
    filler.table.push_back({Sectors(), length, std::move(body)});
    dm::ByUuid reference{filler.uuid};
    wanted_.push_back(std::move(filler));
    return devices_.add_filler(reference);
  }

  const world::World& world_;
  const Vg& vg_;
  const Lv& top_;
  const config::Config& config_;
  Options options_;
  TableDevices devices_;
  std::vector<WantedDevice> wanted_;
  std::unordered_set<LvId> seen_;
};

}  // namespace

Result<std::vector<WantedDevice>> wanted(const world::World& world, const world::VgView& view, const Vg& vg,
                                         const Lv& lv, const config::Config& config, const Options& options) {
  Builder builder(world, view, vg, lv, config, options);
  TRY(builder.add_lv(lv));
  return builder.take();
}

}  // namespace lvm::activate
