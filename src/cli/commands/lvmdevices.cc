// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/devices_file.h"
#include "cli/forms.h"
#include "scan/listed_devices.h"

namespace lvm::cli {
namespace {

// The devices file as the command finds it, and the devices of this machine without its restriction.
class Editor {
 public:
  explicit Editor(Session& session) : session_(session) {}

  // `create`: the file may be one that is to be made.
  Result<> open(bool create) {
    scan::Request request;
    const Arguments& arguments = session_.arguments();
    if (arguments.has(Opt::devicesfile)) request.devices_file = std::string(arguments.text(Opt::devicesfile));
    path_ = TRY(scan::devices_file_path(session_.config(), request));
    if (path_.empty()) return fail(Code::refused, "Devices file not enabled.");
    guard_ = TRY(lock_devices_file(session_, path_));
    auto read = scan::load_devices_file(session_.system(), path_);
    if (!read && read.error().code() == Code::not_found && !create)
      return fail(Code::not_found, "Devices file does not exist.");
    if (!read && read.error().code() != Code::not_found) return std::unexpected(std::move(read).error());
    if (read) file_ = *std::move(read);
    for (const std::string& problem : file_.problems)
      session_.messages().warn(fmt::format("WARNING: devices file {}.", problem));
    session_.use_devices_file(Session::Listed::ignored);
    return session_.discover();
  }

  const device::Device* device_of_id(std::string_view type, std::string_view name) {
    for (const device::Device& device : session_.world().devices)
      for (const device::DeviceId& id : session_.system().io.ids(device).all)
        if (id.type == type && device::same_id(id.name, name)) return &device;
    return nullptr;
  }

  std::string pv_on(const device::Device& device) const {
    for (const world::PvDevice& pv : session_.world().pvs)
      if (pv.device.path == device.path) return std::string(pv.id.plain());
    return {};
  }

  // The wanted kind of id, or "" with a word about it.
  std::string id_type(const device::Device& device) {
    std::string_view type = session_.arguments().text(Opt::deviceidtype);
    if (type.empty()) return {};
    if (!device::find_id_kind(type)) {
      session_.messages().warn(fmt::format("WARNING: ignoring unknown device_id type {}.", type));
      return {};
    }
    for (const device::DeviceId& id : session_.system().io.ids(device).all)
      if (id.type == type) return std::string(type);
    session_.messages().warn(fmt::format("WARNING: ignoring deviceidtype {} which is not available for device.", type));
    return {};
  }

  ExitStatus add(const device::Device& device) {
    std::string pv_id = pv_on(device);
    device::DevicesEntry entry = make_entry(session_, device, id_type(device), pv_id);
    const device::DevicesEntry* other = file_.find_pv(pv_id);
    if (other && other->dev_name != device.path) {
      step::Question question{fmt::format("PVID {} is already in the devices file for {}. Add device with duplicate PV "
                                          "to devices file? [y/n]: ",
                                          pv_id, other->dev_name),
                              "Device not added."};
      if (!session_.ask(question)) return ExitStatus::failed;
    }
    // What the device was listed as before gives way.
    std::erase_if(file_.entries, [&](const device::DevicesEntry& old) {
      return old.dev_name == device.path && (old.type != entry.type || old.name != entry.name);
    });
    put_entry(file_, std::move(entry));
    return write();
  }

  ExitStatus remove(device::DevicesEntry* entry) {
    const device::Device* device = session_.world().find_device(entry->dev_name);
    bool in_use = false;
    if (device)
      for (dm::DeviceNumber holder : session_.system().io.holders(*device)) {
        auto info = session_.system().dm.info(holder);
        in_use = in_use || (info && *info && (*info)->uuid.starts_with("LVM-"));
      }
    step::Question question{
        fmt::format("Device {} is used by active logical volumes. Remove it from the devices file? [y/n]: ",
                    entry->dev_name),
        "Device not removed."};
    if (in_use && !session_.ask(question)) return ExitStatus::failed;
    std::erase_if(file_.entries, [&](const device::DevicesEntry& other) { return &other == entry; });
    return write();
  }

  ExitStatus write() {
    step::Plan plan;
    plan.stages.push_back({nullptr, nullptr, devices_file_steps(session_, path_, file_), {}});
    return session_.carry_out(std::move(plan));
  }

  // Entries whose device is known by id, by position.
  std::vector<std::optional<std::size_t>> match() {
    return scan::ListedDevices(session_.system().io, file_).match(session_.world().devices);
  }

  device::DevicesFile& file() { return file_; }

 private:
  Session& session_;
  std::string path_;
  std::unique_ptr<lock::Guard> guard_;
  device::DevicesFile file_;
};

ExitStatus list(Session& session, Editor& editor) {
  const std::string& of = editor.file().system_id;
  const std::string& local = session.world().host.system_id;
  if (!of.empty() && of != local)
    session.messages().warn(fmt::format("WARNING: devices file has unmatching system id {} vs local {}.", of,
                                        local.empty() ? "none" : local));
  std::vector<std::optional<std::size_t>> matched = editor.match();
  const std::vector<device::DevicesEntry>& entries = editor.file().entries;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const device::DevicesEntry& entry = entries[i];
    auto or_none = [](const std::string& text) { return text.empty() ? std::string("none") : text; };
    std::string name = matched[i] ? session.world().devices[*matched[i]].path : "none";
    std::string part = entry.part ? fmt::format(" PART={}", entry.part) : std::string();
    session.messages().print(fmt::format("Device {} IDTYPE={} IDNAME={} DEVNAME={} PVID={}{}", name, entry.type,
                                         or_none(entry.name), or_none(entry.dev_name), or_none(entry.pv_id), part));
    if (!matched[i]) session.messages().warn(fmt::format("Devices file {} not found.", scan::describe_entry(entry)));
  }
  return ExitStatus::ok;
}

// What the entries should say: the scan that every command does, without a word written.
struct Differences {
  bool any = false;
  device::DevicesFile file;
};
Result<Differences> differences(Session& session, Editor& editor) {
  Differences out{!editor.file().problems.empty() || editor.file().hash_differs, editor.file()};
  session.use_devices_file(Session::Listed::as_it_is);
  TRY(session.discover());
  for (const world::Finding& finding : session.world().findings)
    if (finding.kind == world::Finding::Kind::devices_file && finding.text.starts_with("Devices file "))
      session.messages().error(finding.text);
  if (session.world().devices_file_update) {
    out.any = true;
    out.file = *session.world().devices_file_update;
  }
  return out;
}

// --refresh: PVs whose device is not known by its id any more are looked for on all devices.
bool find_by_pv(Session& session, Editor& editor, device::DevicesFile& file) {
  bool any = false;
  std::vector<std::optional<std::size_t>> matched = editor.match();
  for (std::size_t i = 0; i < file.entries.size() && i < matched.size(); ++i) {
    device::DevicesEntry& entry = file.entries[i];
    if (matched[i] || entry.pv_id.empty()) continue;
    for (const world::PvDevice& pv : session.world().pvs) {
      if (pv.id.plain() != entry.pv_id) continue;
      entry = make_entry(session, pv.device, "", entry.pv_id);
      any = true;
    }
  }
  return any;
}

ExitStatus check_or_update(Session& session, Editor& editor, bool update) {
  const Arguments& arguments = session.arguments();
  std::optional<device::DevicesFile> refreshed;
  device::DevicesFile listed = editor.file();
  bool changed = arguments.has(Opt::refresh) && find_by_pv(session, editor, listed);
  if (changed) refreshed = listed;
  std::vector<std::optional<std::size_t>> matched = editor.match();
  auto found = differences(session, editor);
  if (!found) return session.refuse(found.error());
  device::DevicesFile file = refreshed ? *refreshed : found->file;
  changed = changed || found->any;
  if (arguments.has(Opt::delnotfound)) {
    for (std::size_t i = file.entries.size(); i-- > 0;) {
      if (i >= matched.size() || matched[i] || !(file.entries[i] == editor.file().entries[i])) continue;
      session.messages().print(fmt::format("Removing devices file entry {}.", scan::describe_entry(file.entries[i])));
      file.entries.erase(file.entries.begin() + static_cast<std::ptrdiff_t>(i));
      changed = true;
    }
  }
  if (!update) {
    if (!changed) return ExitStatus::ok;
    session.messages().error("Updates needed for devices file.");
    return ExitStatus::failed;
  }
  if (!changed && session.force() == 0) {
    session.messages().print("No update for devices file is needed.");
    return ExitStatus::ok;
  }
  editor.file() = std::move(file);
  return editor.write();
}

ExitStatus add_device(Session& session, Editor& editor) {
  std::string path(session.arguments().text(Opt::adddev));
  const device::Device* device = session.world().find_device(path);
  if (device) return editor.add(*device);
  const world::RejectedDevice* rejected = session.world().find_rejected(path);
  session.messages().error(rejected ? fmt::format("Cannot use {}: {}", path, rejected->reason)
                                    : fmt::format("No device found for {}.", path));
  return ExitStatus::failed;
}

ExitStatus delete_device(Session& session, Editor& editor) {
  std::string_view name = session.arguments().text(Opt::deldev), type = session.arguments().text(Opt::deviceidtype);
  const device::Device* device = session.world().find_device(name);
  for (device::DevicesEntry& entry : editor.file().entries) {
    bool by_id = !type.empty() && entry.type == type && device::same_id(entry.name, name);
    bool by_name = type.empty() && (entry.dev_name == name || (device && entry.dev_name == device->path));
    if (by_id || by_name) return editor.remove(&entry);
  }
  session.messages().error(fmt::format("No devices file entry for {}.", name));
  return ExitStatus::failed;
}

ExitStatus add_pv(Session& session, Editor& editor) {
  auto id = PvId::parse(session.arguments().text(Opt::addpvid));
  if (!id) return session.refuse(Error(Code::refused, "Invalid PVID."));
  if (const device::DevicesEntry* known = editor.file().find_pv(id->plain()))
    return session.refuse(
        Error(Code::exists, fmt::format("PVID already exists in devices file for {}.", known->dev_name)));
  for (const world::PvDevice& pv : session.world().pvs) {
    if (pv.id != *id) continue;
    session.messages().print(fmt::format("Found PVID {} on {}.", id->plain(), pv.device.path));
    return editor.add(pv.device);
  }
  return session.refuse(Error(Code::not_found, fmt::format("PVID {} not found on any devices.", id->plain())));
}

ExitStatus delete_pv(Session& session, Editor& editor) {
  auto id = PvId::parse(session.arguments().text(Opt::delpvid));
  if (!id) return session.refuse(Error(Code::refused, "Invalid PVID."));
  device::DevicesEntry* entry = editor.file().find_pv(id->plain());
  if (!entry) return session.refuse(Error(Code::not_found, "PVID not found in devices file."));
  return editor.remove(entry);
}

// The two parts of an id given as words.
Result<> check_kind(std::string_view type) {
  if (!device::find_id_kind(type)) return fail(Code::refused, fmt::format("Unknown kind of device id: {}.", type));
  return {};
}

ExitStatus add_id(Session& session, Editor& editor) {
  std::string_view type = session.arguments().text(Opt::deviceidtype), name = session.arguments().text(Opt::addid);
  if (auto known = check_kind(type); !known) return session.refuse(known.error());
  const device::Device* device = editor.device_of_id(type, name);
  if (!device)
    return session.refuse(Error(Code::not_found, fmt::format("No device with {} {} was found.", type, name)));
  device::DeviceIds ids = session.system().io.ids(*device);
  if (editor.file().find_id(type, name, ids.part)) {
    session.messages().print(fmt::format("Devices file already has an entry for {} {}.", type, name));
    return ExitStatus::ok;
  }
  return editor.add(*device);
}

ExitStatus delete_id(Session& session, Editor& editor) {
  std::string_view type = session.arguments().text(Opt::deviceidtype), name = session.arguments().text(Opt::delid);
  if (auto known = check_kind(type); !known) return session.refuse(known.error());
  for (device::DevicesEntry& entry : editor.file().entries)
    if (entry.type == type && device::same_id(entry.name, name)) return editor.remove(&entry);
  return session.refuse(Error(Code::not_found, fmt::format("No devices file entry for {} {}.", type, name)));
}

// Needs no devices file.
ExitStatus list_ids(Session& session) {
  session.use_devices_file(Session::Listed::ignored);
  auto found = session.discover();
  if (!found) return session.refuse(found.error());
  std::string path(session.arguments().text(Opt::listids));
  std::string_view type = session.arguments().text(Opt::deviceidtype);
  const device::Device* device = session.world().find_device(path);
  if (!device)
    if (const world::RejectedDevice* rejected = session.world().find_rejected(path)) device = &rejected->device;
  if (!device) return session.refuse(Error(Code::not_found, fmt::format("No device found for {}.", path)));
  bool any = false;
  for (const device::DeviceId& id : session.system().io.ids(*device).all) {
    if (!type.empty() && id.type != type) continue;
    any = true;
    session.messages().print(type.empty() ? fmt::format("{:<16} {}", id.type, id.name) : id.name);
  }
  if (!any) return session.refuse(Error(Code::not_found, fmt::format("{} has no id of type {}.", path, type)));
  return ExitStatus::ok;
}

}  // namespace

ExitStatus run_lvmdevices(Session& session, const Arguments& arguments) {
  namespace forms = form::lvmdevices;
  FormId form = arguments.form_id();
  if (form == forms::list_ids) return list_ids(session);
  // Who asks wants to know it anew.
  if (session.system().files.read(scan::kSearchedDevnames))
    static_cast<void>(session.system().files.remove(scan::kSearchedDevnames));
  Editor editor(session);
  bool adds = form == forms::add_device || form == forms::add_pv || form == forms::add_id;
  auto opened = editor.open(adds);
  if (!opened) return session.refuse(opened.error());
  switch (form) {
    case forms::check: return check_or_update(session, editor, false);
    case forms::update: return check_or_update(session, editor, true);
    case forms::add_device: return add_device(session, editor);
    case forms::delete_device: return delete_device(session, editor);
    case forms::add_pv: return add_pv(session, editor);
    case forms::delete_pv: return delete_pv(session, editor);
    case forms::add_id: return add_id(session, editor);
    case forms::delete_id: return delete_id(session, editor);
    default: return list(session, editor);
  }
}

}  // namespace lvm::cli
