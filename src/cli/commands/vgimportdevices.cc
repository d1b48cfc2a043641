// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "activate/activate.h"
#include "activate/live.h"
#include "cli/commands/commands.h"
#include "cli/devices_file.h"
#include "cli/forms.h"
#include "cli/operands.h"
#include "plan/vg_device_ids.h"
#include "scan/file_system.h"
#include "scan/listed_devices.h"

namespace lvm::cli {
namespace {

constexpr const char* kImportWanted = "/run/lvm/lvm-devices-import";

// Puts the devices of VGs into the file, one VG after the other, and their ids into the VGs.
class Importer {
 public:
  Importer(Session& session, std::string path) : session_(session), path_(std::move(path)) {}

  ExitStatus add(const world::VgView& view) {
    const model::Vg& vg = *view.vg;
    if (view.partial()) {
      session_.messages().error(fmt::format("VG {} is missing PVs: its devices are not added.", vg.name));
      return ExitStatus::failed;
    }
    plan::DeviceIdsRequest request;
    for (const auto& index : view.devices) {
      const world::PvDevice& pv = session_.world().pvs[*index];
      device::DevicesEntry entry = make_entry(session_, pv.device, "", pv.id.plain());
      if (entry.type != "devname") request[pv.id] = {entry.type, entry.name};
      entries_.push_back(std::move(entry));
    }
    if (vg.exported() || view.foreign) return ExitStatus::ok;
    return session_.carry_out(plan::vg_device_ids(session_.context(), view, request));
  }

  // Locked last, behind the VGs.
  ExitStatus finish(ExitStatus status) {
    if (entries_.empty()) {
      session_.messages().error("No devices to add.");
      return ExitStatus::failed;
    }
    auto guard = lock_devices_file(session_, path_);
    if (!guard) return session_.refuse(guard.error());
    auto read = scan::load_devices_file(session_.system(), path_);
    if (!read && read.error().code() != Code::not_found) return session_.refuse(read.error());
    device::DevicesFile file = read ? *std::move(read) : device::DevicesFile();
    bool changed = false;
    for (const device::DevicesEntry& entry : entries_) changed = put_entry(file, entry) || changed;
    if (changed) {
      step::Plan plan;
      plan.stages.push_back({nullptr, nullptr, devices_file_steps(session_, path_, std::move(file)), {}});
      status = worst(status, session_.carry_out(std::move(plan)));
    }
    if (status == ExitStatus::ok)
      session_.messages().print(fmt::format("Added {} devices to devices file.", entries_.size()));
    return status;
  }

 private:
  Session& session_;
  std::string path_;
  std::vector<device::DevicesEntry> entries_;
};

// The VG of what is mounted as "/".
std::optional<std::string> root_vg(Session& session) {
  auto mounts = session.system().files.read("/proc/self/mountinfo");
  if (!mounts) return std::nullopt;
  for (const world::VgView& view : session.world().vgs)
    for (const model::Lv& lv : view.vg->lvs) {
      const world::LiveDevice* live = activate::own_device(session.world(), *view.vg, lv);
      if (!live) continue;
      std::vector<std::string> names{"/dev/mapper/" + live->info.name,
                                     fmt::format("/dev/{}/{}", view.vg->name, lv.name)};
      for (const world::FileSystem::Mount& mount : scan::mounts_in(*mounts, live->info.device, names))
        if (mount.point == "/") return view.vg->name;
    }
  return std::nullopt;
}

ExitStatus import_root(Session& session, Importer& importer) {
  Files& files = session.system().files;
  std::string armed = session.config().system_dir() + "/devices/auto-import-rootvg";
  bool automatic = session.arguments().has(Opt::auto_import);
  if (automatic && (!files.read(armed) || !files.read(kImportWanted))) {
    session.messages().print("Root VG auto import is not enabled.");
    return ExitStatus::ok;
  }
  auto read = session.read_all();
  if (!read) return session.refuse(read.error());
  auto name = root_vg(session);
  if (!name) return session.refuse(Error(Code::not_found, "Failed to find root VG."));
  ExitStatus status = session.with_vg(*name, [&](const world::VgView& view) { return importer.add(view); });
  status = importer.finish(status);
  if (automatic && status == ExitStatus::ok)
    for (const std::string& trigger : {armed, std::string(kImportWanted)})
      if (auto removed = files.remove(trigger); !removed) session.messages().warn(removed.error().text());
  return status;
}

}  // namespace

ExitStatus run_vgimportdevices(Session& session, const Arguments& arguments) {
  scan::Request request;
  if (arguments.has(Opt::devicesfile)) request.devices_file = std::string(arguments.text(Opt::devicesfile));
  auto path = scan::devices_file_path(session.config(), request);
  if (!path) return session.refuse(path.error());
  if (path->empty()) return session.refuse(Error(Code::refused, "Devices file not enabled."));
  session.use_devices_file(Session::Listed::ignored);
  Importer importer(session, *path);
  if (arguments.form_id() == form::vgimportdevices::root) return import_root(session, importer);
  bool all = arguments.form_id() == form::vgimportdevices::all;
  ExitStatus status = for_each_vg(session, [&](const world::VgView& view) {
    ExitStatus added = importer.add(view);
    return all ? ExitStatus::ok : added;
  });
  if (status != ExitStatus::ok) return status;
  return importer.finish(status);
}

}  // namespace lvm::cli
