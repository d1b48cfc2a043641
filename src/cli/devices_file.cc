// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/devices_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "activate/activate.h"
#include "scan/listed_devices.h"

namespace lvm::cli {
namespace {

constexpr std::size_t kBackups = 50;

std::string time_text(std::int64_t seconds, const char* format, bool utc = false) {
  std::time_t time = seconds;
  std::tm parts{};
  utc ? ::gmtime_r(&time, &parts) : ::localtime_r(&time, &parts);
  char buffer[64];
  std::size_t length = std::strftime(buffer, sizeof buffer, format, &parts);
  return std::string(buffer, length);
}

bool is_machines_own(Session& session, const std::string& path) {
  return path == session.config().system_dir() + "/devices/" + session.config().string("devices/devicesfile");
}

// The oldest go when there are too many.
void add_backup(Session& session, const std::string& path, const std::string& text, std::uint32_t counter,
                std::vector<step::Step>& steps) {
  std::string folder = scan::devices_backup_directory(path);
  std::string prefix = path.substr(path.rfind('/') + 1) + "-";
  std::string stamp = time_text(session.system().clock.unix_seconds(), "%Y%m%d.%H%M%S");
  steps.emplace_back(step::ReplaceFile{fmt::format("{}/{}{}.{:04}", folder, prefix, stamp, counter), text, 0600,
                                       "backup of the devices file"});
  auto listed = session.system().files.list(folder);
  if (!listed) return;
  std::vector<std::string> names;
  for (const std::string& name : *listed)
    if (name.starts_with(prefix)) names.push_back(name);
  std::ranges::sort(names);
  for (std::size_t i = 0; i + kBackups <= names.size(); ++i)
    steps.emplace_back(step::RemoveFile{folder + "/" + names[i]});
}

// A device that gets a label, becomes a member of a VG, or loses its label.
struct Change {
  device::Device device;
  std::string pv_id;
};

std::vector<Change> changes_in(const world::World& world, const step::Plan& plan) {
  std::vector<Change> out;
  auto add = [&](const device::Device& device, std::string pv_id) {
    auto known = std::ranges::find(out, device.path, [](const Change& change) { return change.device.path; });
    if (known != out.end())
      known->pv_id = std::move(pv_id);
    else
      out.push_back({device, std::move(pv_id)});
  };
  for (const step::Stage& stage : plan.stages) {
    for (const step::Step& step : stage.steps) {
      if (const auto* label = std::get_if<step::WriteLabel>(&step)) add(label->device, std::string(label->id.plain()));
      if (const auto* label = std::get_if<step::RemoveLabel>(&step)) add(label->device, "");
    }
    if (!stage.after) continue;
    for (const model::Pv& pv : stage.after->pvs) {
      if (stage.before && stage.before->find_pv(pv.id)) continue;
      const world::PvDevice* known = world.find_pv(pv.id);
      if (known && !known->device.id_type.empty()) add(known->device, std::string(pv.id.plain()));
    }
  }
  return out;
}

bool removes_volumes(const step::Plan& plan) {
  return std::ranges::any_of(plan.stages, [](const step::Stage& stage) {
    return stage.before && stage.before->lvs.size() > (stage.after ? stage.after->lvs.size() : 0);
  });
}

// PVs may lie on volumes: entries of volumes that the plan removes.
bool drop_removed_volumes(device::DevicesFile& file, const step::Plan& plan) {
  auto is_removed = [&](const device::DevicesEntry& entry) {
    if (entry.type != "lvmlv_uuid") return false;
    return std::ranges::any_of(plan.stages, [&](const step::Stage& stage) {
      if (!stage.before) return false;
      auto lv = std::ranges::find_if(stage.before->lvs, [&](const model::Lv& known) {
        return activate::top_uuid(*stage.before, known) == entry.name;
      });
      return lv != stage.before->lvs.end() && (!stage.after || !stage.after->find_lv(lv->id));
    });
  };
  return std::erase_if(file.entries, is_removed) > 0;
}

// Whether a file may be made that is not there yet: with VGs around, it would hide those it does not list.
bool may_create(Session& session, const std::string& path, std::vector<step::Say>& notes) {
  if (is_machines_own(session, path) && !session.world().vgs.empty()) {
    notes.push_back(plan::warn("Not creating system devices file due to existing VGs."));
    return false;
  }
  notes.push_back(plan::warn(fmt::format("Creating devices file {}", path)));
  return true;
}

}  // namespace

std::string date_text(std::int64_t seconds) { return time_text(seconds, "%a %b %e %H:%M:%S %Y"); }

Result<std::unique_ptr<lock::Guard>> lock_devices_file(Session& session, const std::string& path) {
  return session.system().locks.acquire({lock::Key::Kind::devices_file, path.substr(path.rfind('/') + 1)},
                                        lock::Mode::exclusive);
}

std::vector<step::Step> devices_file_steps(Session& session, const std::string& path, device::DevicesFile file) {
  device::count_write(file);
  file.system_id = session.world().host.system_id;
  std::string created = fmt::format("{} pid {} at {}", session.arguments().command().name, ::getpid(),
                                    date_text(session.system().clock.unix_seconds()));
  std::string text = device::write_devices_file(file, created);
  std::vector<step::Step> steps;
  steps.emplace_back(step::ReplaceFile{path, text, 0644, "devices file"});
  if (is_machines_own(session, path)) add_backup(session, path, text, file.counter, steps);
  return steps;
}

device::DevicesEntry make_entry(Session& session, const device::Device& device, std::string_view type,
                                std::string_view pv_id) {
  device::DeviceIds ids = session.system().io.ids(device);
  device::DevicesEntry out;
  out.dev_name = device.path;
  out.pv_id = pv_id;
  out.part = ids.part;
  for (const device::DeviceId& id : ids.all) {
    bool wanted = type.empty() ? !device::find_id_kind(id.type)->newer : id.type == type;
    if (!wanted) continue;
    out.type = id.type;
    out.name = id.name;
    break;
  }
  return out;
}

bool put_entry(device::DevicesFile& file, device::DevicesEntry entry) {
  device::DevicesEntry* known = file.find_id(entry.type, entry.name, entry.part);
  // Drives may share a serial number: each has an entry, told apart by its PV.
  if (known && entry.type == "sys_serial" && known->dev_name != entry.dev_name && !known->pv_id.empty() &&
      known->pv_id != entry.pv_id)
    known = nullptr;
  if (!known) {
    // Listed in another way: by an id that was better then, or by a name.
    auto same = std::ranges::find_if(file.entries, [&](const device::DevicesEntry& other) {
      return other.dev_name == entry.dev_name && (other.pv_id.empty() || other.pv_id == entry.pv_id);
    });
    if (same != file.entries.end()) known = &*same;
  }
  if (!known) {
    file.entries.push_back(std::move(entry));
    return true;
  }
  entry.rest = known->rest;
  entry.line = known->line;
  if (*known == entry) return false;
  *known = std::move(entry);
  return true;
}

Result<DevicesFileChange> devices_file_change(Session& session, const step::Plan& plan) {
  DevicesFileChange out;
  const std::string& path = session.world().devices_file;
  const Arguments& arguments = session.arguments();
  if (path.empty() || (arguments.command().name == "vgimportclone" && !arguments.has(Opt::importdevices))) return out;
  std::vector<Change> changes = changes_in(session.world(), plan);
  if (changes.empty() && !removes_volumes(plan)) return out;
  out.guard = TRY(lock_devices_file(session, path));
  auto read = scan::load_devices_file(session.system(), path);
  device::DevicesFile file;
  if (read) {
    file = *std::move(read);
  } else {
    if (read.error().code() != Code::not_found) return std::unexpected(std::move(read).error());
    if (std::ranges::all_of(changes, [](const Change& change) { return change.pv_id.empty(); })) return out;
    if (!may_create(session, path, out.notes)) return out;
  }
  bool changed = false;
  for (const Change& change : changes) {
    device::DevicesEntry entry = make_entry(session, change.device, "", change.pv_id);
    // A device that is listed by a kind of id stays listed by that.
    if (!change.device.id_type.empty() && change.device.id_type != entry.type) {
      entry.type = change.device.id_type;
      entry.name = change.device.id_name;
    }
    bool is_listed = file.find_id(entry.type, entry.name, entry.part) != nullptr;
    if (change.pv_id.empty() && !is_listed) continue;
    changed = put_entry(file, std::move(entry)) || changed;
  }
  if (changed) out.before.stages.push_back({nullptr, nullptr, devices_file_steps(session, path, file), {}});
  if (changed) device::count_write(file);
  if (drop_removed_volumes(file, plan))
    out.after.stages.push_back({nullptr, nullptr, devices_file_steps(session, path, std::move(file)), {}});
  return out;
}

void refresh_devices_file(Session& session) {
  const world::World& world = session.world();
  if (!world.devices_file_update || ::access(world.devices_file.c_str(), W_OK) != 0) return;
  if (session.test_mode() || session.arguments().has(Opt::plan) || session.arguments().has(Opt::readonly)) return;
  auto guard = lock_devices_file(session, world.devices_file);
  if (!guard) return;
  // Written meanwhile by somebody: the next command will see whether anything is left to be done.
  auto now = scan::load_devices_file(session.system(), world.devices_file);
  if (!now || now->counter != world.devices_file_update->counter) return;
  for (const step::Step& step : devices_file_steps(session, world.devices_file, *world.devices_file_update)) {
    const auto* file = std::get_if<step::ReplaceFile>(&step);
    if (!file) continue;
    std::string folder = file->path.substr(0, file->path.rfind('/'));
    auto written = session.system().files.make_directories(folder, file->mode == 0600 ? 0700 : 0755);
    if (written) written = session.system().files.replace(file->path, file->content, file->mode);
    if (!written) session.messages().verbose("Devices file is not brought up to date: " + written.error().text());
  }
}

}  // namespace lvm::cli
