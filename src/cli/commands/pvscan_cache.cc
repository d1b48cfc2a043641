// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/pvscan_cache.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "cli/commands/vg_activation.h"
#include "cli/forms.h"
#include "cli/online.h"
#include "device/sysfs.h"
#include "model/relations.h"
#include "scan/scan.h"
#include "segment/kind.h"

// pvscan --cache: a PV came or went. Who is complete is activated, by us or by whoever reads what is printed.
namespace lvm::cli {
namespace {

// What is known of one PV and its VG.
struct Arrival {
  const world::PvDevice* pv = nullptr;
  std::string vg;                    // empty: not known yet
  std::vector<std::string> members;  // PV ids of that VG; empty: not known
  std::size_t missing = 0;           // of those, not online
  bool complete() const { return !members.empty() && missing == 0; }
};

class Cache {
 public:
  explicit Cache(Session& session)
      : session_(session),
        arguments_(session.arguments()),
        online_(session.system().files),
        records_(arguments_.has(Opt::cache_update)),
        for_udev_(arguments_.has(Opt::udevoutput)) {}

  ExitStatus run();

 private:
  // "pvscan[PID] ...": nothing else than variables is printed for udev.
  void say(std::string_view text) {
    if (!for_udev_) session_.messages().print(fmt::format("pvscan[{}] {}", ::getpid(), text));
  }
  // Without locks, and without a word about what is found: one device of many is looked at.
  Result<> read_quietly(std::vector<std::string> vg_names);
  bool is_wanted();
  std::vector<std::string> named_devices();
  void gone(dm::DeviceNumber number, const std::string& name);
  Result<Arrival> look_at(const world::PvDevice& pv);
  bool counts(const world::VgView& view);
  Result<> arrive(const world::PvDevice& pv);
  Result<> list(const Arrival& arrival);
  void list_volumes(const Arrival& arrival);
  ExitStatus activate();

  Session& session_;
  const Arguments& arguments_;
  OnlineFiles online_;
  bool records_, for_udev_;
  std::vector<std::string> restricted_;  // the devices that were named
  std::vector<std::string> to_activate_;
  std::set<PvId> handled_;
};

Result<> Cache::read_quietly(std::vector<std::string> vg_names) {
  scan::Request request{.all_vgs = false, .vg_names = std::move(vg_names), .restrict_to = restricted_};
  TRY(scan::read(session_.system(), session_.config(), request, session_.world()));
  session_.world().findings.clear();
  return {};
}

bool Cache::is_wanted() {
  if (session_.config().flag("global/event_activation")) return true;
  bool asks = arguments_.has(Opt::checkcomplete) || arguments_.has(Opt::activate);
  if (asks && for_udev_) session_.messages().raw("LVM_EVENT_ACTIVATION=0\n");
  return !asks;
}

// A device that is no longer there is known by its number.
void Cache::gone(dm::DeviceNumber number, const std::string& name) {
  if (records_)
    for (const OnlinePv& pv : online_.all())
      if (pv.device == number) {
        if (auto removed = online_.remove(pv); !removed) session_.messages().warn(removed.error().text());
        say(fmt::format("PV {} {} offline.", pv.path, pv.id));
        return;
      }
  if (name.empty())
    session_.messages().error(fmt::format("No device name found from {}:{}.", number.major, number.minor));
  session_.messages().error(
      fmt::format("pvscan[{}] No device set up for arg {} {}:{}", ::getpid(), name, number.major, number.minor));
}

std::vector<std::string> Cache::named_devices() {
  std::vector<std::string> out;
  auto add_number = [&](dm::DeviceNumber number) {
    auto event = session_.system().files.read(fmt::format("/sys/dev/block/{}:{}/uevent", number.major, number.minor));
    std::size_t at = event ? event->find("DEVNAME=") : std::string::npos;
    if (at == std::string::npos) return gone(number, "");
    std::string name = event->substr(at + 8, event->find('\n', at) - at - 8);
    out.push_back("/dev/" + name);
  };
  for (const std::string& operand : arguments_.operands()) {
    if (auto number = device::parse_device_number(operand))
      add_number(*number);
    else if (::access(operand.c_str(), F_OK) == 0)
      out.push_back(operand);
    else
      gone({0, 0}, operand);
  }
  auto major = arguments_.number(Opt::major), minor = arguments_.number(Opt::minor);
  if (major && minor) add_number({static_cast<std::uint32_t>(*major), static_cast<std::uint32_t>(*minor)});
  return out;
}

// Whether PVs of the VG are followed: not those of lock managers, or on their way to another machine. Those of other
// hosts are, as in LVM2; activation refuses them.
bool Cache::counts(const world::VgView& view) {
  return !view.vg->exported() && !view.vg->shared() && view.vg->lock_type != "clvm" &&
         !view.vg->flags.has(model::VgFlag::clustered);
}

Result<Arrival> Cache::look_at(const world::PvDevice& pv) {
  Arrival out{.pv = &pv};
  auto named = std::ranges::find_if(pv.areas, [](const world::MetadataArea& area) { return !area.vg_name.empty(); });
  std::string id(pv.id.plain());
  if (named == pv.areas.end()) {
    // Its metadata is on other PVs of the VG; if one of them came before, the VG is known.
    if (auto vg = online_.vg_of(id)) {
      out.vg = *vg;
      out.members = online_.members(*vg);
    }
    return out;
  }
  out.vg = named->vg_name;
  PvId pv_id = pv.id;
  TRY(read_quietly({out.vg}));
  const world::World& world = session_.world();
  out.pv = world.find_pv(pv_id);
  const world::VgView* view = world.find_vg(out.vg);
  if (!out.pv || !view || view->unusable || !counts(*view)) {
    out.vg.clear();
    return out;
  }
  for (const model::Pv& member : view->vg->pvs) out.members.emplace_back(member.id.plain());
  return out;
}

Result<> Cache::arrive(const world::PvDevice& found) {
  if (!found.used) {
    say(fmt::format("PV {} not used.", found.device.path));
    return {};
  }
  bool has_text = std::ranges::any_of(found.areas, [](const auto& area) { return !area.vg_name.empty(); });
  Arrival arrival = TRY(look_at(found));
  if (has_text && arrival.vg.empty()) return {};  // not ours to follow
  const world::PvDevice& pv = *arrival.pv;
  if (records_) {
    auto put = online_.put({std::string(pv.id.plain()), pv.device.number, has_text ? arrival.vg : "", pv.device.path});
    if (!put) {
      session_.messages().warn("WARNING: " + put.error().text());
      return {};
    }
    bool lookup = arguments_.has(Opt::checkcomplete) || arguments_.has(Opt::activate);
    if (lookup && has_text) TRY(online_.put_members(arrival.vg, arrival.members));
  }
  for (const std::string& id : arrival.members)
    if (!online_.find(id)) ++arrival.missing;
  bool checks = arguments_.has(Opt::checkcomplete) || arguments_.has(Opt::activate);
  if (records_ && checks && !arrival.vg.empty())
    say(arrival.complete()
            ? fmt::format("PV {} online, VG {} is complete.", pv.device.path, arrival.vg)
            : fmt::format("PV {} online, VG {} incomplete (need {}).", pv.device.path, arrival.vg, arrival.missing));
  else if (records_ && !arguments_.has(Opt::listvg) && !arguments_.has(Opt::listlvs))
    say(fmt::format("PV {} online.", pv.device.path));
  if (arguments_.has(Opt::activate) && arrival.complete()) to_activate_.push_back(arrival.vg);
  return list(arrival);
}

Result<> Cache::list(const Arrival& arrival) {
  bool volumes = arguments_.has(Opt::listlvs);
  if (arrival.vg.empty() || (!volumes && !arguments_.has(Opt::listvg))) return {};
  bool complete = arrival.complete();
  // Only the first that finds the VG complete says so to udev.
  bool first = true;
  if (complete && records_ && arguments_.has(Opt::vgonline)) first = TRY(online_.claim(arrival.vg));
  if (for_udev_) {
    if (complete && !first) return {};
    bool known_complete = complete && arguments_.has(Opt::checkcomplete);
    session_.messages().raw(
        fmt::format("LVM_VG_NAME_{}='{}'\n", known_complete ? "COMPLETE" : "INCOMPLETE", arrival.vg));
    return {};
  }
  if (!arguments_.has(Opt::checkcomplete))
    session_.messages().print(fmt::format("VG {}", arrival.vg));
  else if (!complete)
    session_.messages().print(fmt::format("VG {} incomplete", arrival.vg));
  else
    session_.messages().print(fmt::format("VG {} {}", arrival.vg, first ? "complete" : "finished"));
  if (volumes) list_volumes(arrival);
  return {};
}

// Those with extents on the PV, in any of their parts, and whether all their PVs are online.
void Cache::list_volumes(const Arrival& arrival) {
  const world::VgView* view = session_.world().find_vg(arrival.vg);
  if (!view) return;
  const model::Vg& vg = *view->vg;
  model::Relations relations(vg);
  for (const model::Lv& lv : vg.lvs) {
    if (!lv.visible()) continue;
    std::set<std::string> pvs;
    for (std::uint32_t part : relations.with_parts(relations.position(lv)))
      for (const model::Segment& segment : vg.lvs[part].segments)
        for (const model::Area& area : segment::areas(segment))
          if (const auto* extents = std::get_if<model::PvArea>(&area)) pvs.emplace(extents->pv.plain());
    if (!pvs.contains(std::string(arrival.pv->id.plain()))) continue;
    bool complete = std::ranges::all_of(pvs, [&](const std::string& id) { return online_.find(id).has_value(); });
    std::string_view state = complete ? " complete" : " incomplete";
    session_.messages().print(
        fmt::format("LV {}/{}{}", vg.name, lv.name, arguments_.has(Opt::checkcomplete) ? state : ""));
  }
}

ExitStatus Cache::activate() {
  ExitStatus status = ExitStatus::ok;
  session_.restrict_to({});
  std::ranges::sort(to_activate_);
  to_activate_.erase(std::unique(to_activate_.begin(), to_activate_.end()), to_activate_.end());
  bool discovered = false;
  for (const std::string& vg : to_activate_) {
    auto first = online_.claim(vg);
    if (!first) {
      status = worst(status, session_.refuse(first.error()));
      continue;
    }
    // Without names all are asked for: somebody wants them up whatever happened before.
    if (!*first && !arguments_.operands().empty()) {
      say(fmt::format("VG {} skip autoactivation.", vg));
      continue;
    }
    say(fmt::format("VG {} run autoactivation.", vg));
    if (!discovered) {
      if (auto found = session_.discover(); !found) return session_.refuse(found.error());
      discovered = true;
    }
    status =
        worst(status, session_.with_vg(vg, [&](const world::VgView& view) { return activate_vg(session_, view); }));
  }
  return status;
}

ExitStatus Cache::run() {
  if (!is_wanted()) return ExitStatus::ok;
  bool named = !arguments_.operands().empty() || arguments_.has(Opt::major);
  if (named) {
    std::vector<std::string> devices = named_devices();
    if (devices.empty()) return ExitStatus::ok;
    restricted_ = devices;
    session_.restrict_to(std::move(devices));
  } else if (records_) {
    online_.forget_all();
  }
  auto found = session_.discover();
  if (!found) return session_.refuse(found.error());
  // Reading a VG may find the devices anew: PVs are taken one by one.
  for (;;) {
    const std::vector<world::PvDevice>& pvs = session_.world().pvs;
    auto next = std::ranges::find_if(
        pvs, [&](const world::PvDevice& pv) { return !pv.duplicate && !handled_.contains(pv.id); });
    if (next == pvs.end()) break;
    handled_.insert(next->id);
    if (auto arrived = arrive(*next); !arrived) return session_.refuse(arrived.error());
  }
  return activate();
}

}  // namespace

ExitStatus pvscan_cache(Session& session) { return Cache(session).run(); }

}  // namespace lvm::cli
