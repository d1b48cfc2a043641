// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "device/images.h"
#include "scan/hinted_scan.h"
#include "scan/listed_scan.h"
#include "scan/pass.h"

namespace lvm::scan {
namespace {

void trace_rejection(Pass& pass, const device::Device& device, std::string_view reason) {
  if (pass.system.trace.wants(4)) pass.system.trace.note(4, device.path + ": Skipping: " + std::string(reason));
}

// Of a device that is not among those of --devices, LVM_IMAGES or devices/images.
std::string why_absent(const Pass& pass, const std::vector<device::Device>& devices, const std::string& path) {
  const device::ImageName name = device::split_image_name(path);
  auto whole = name.partition ? pass.system.io.locate(name.file, devices) : std::nullopt;
  if (!whole || !devices[*whole].image) return "device is not in devices list";
  std::string numbers;
  for (const device::Device& other : devices)
    if (other.image && other.image->file == devices[*whole].image->file && other.image->partition != 0)
      numbers += (numbers.empty() ? "" : ", ") + std::to_string(other.image->partition);
  return numbers.empty() ? "the image has no partitions" : "no such partition; there are: " + numbers;
}

// Marks what the user called a device by, so that the World finds it under that name.
void add_user_names(Pass& pass, std::vector<device::Device>& devices) {
  for (const std::string& path : pass.request.paths) {
    auto at = pass.system.io.locate(path, devices);
    if (!at) {
      if (!pass.request.only_devices.empty())
        pass.world.rejected.push_back({{.path = path}, why_absent(pass, devices, path)});
      continue;
    }
    device::Device& device = devices[*at];
    if (device.path != path && std::ranges::find(device.aliases, path) == device.aliases.end())
      device.aliases.push_back(path);
  }
}

// --devices names what is not there.
void say_absent(Pass& pass, const std::vector<device::Device>& devices) {
  for (const std::string& path : pass.request.only_devices)
    if (path.starts_with("/dev/") && !pass.system.io.locate(path, devices))
      pass.find(
          {.kind = world::Finding::Kind::devices_file, .device = path, .text = "Device not found for " + path + "."});
}

void keep_only(Pass& pass, std::vector<device::Device>& devices) {
  std::vector<bool> listed(devices.size());
  for (const std::string& path : pass.request.restrict_to)
    if (auto at = pass.system.io.locate(path, devices)) listed[*at] = true;
  std::vector<device::Device> kept;
  for (std::size_t i = 0; i < devices.size(); ++i)
    if (listed[i]) kept.push_back(std::move(devices[i]));
  devices = std::move(kept);
}

// What this user may not open, or what went away, is nobody's concern, unless it was asked for by name.
bool deserves_a_word(const Pass& pass, const Error& error) {
  bool usual = error.code() == Code::permission || error.code() == Code::not_found;
  return !usual || !pass.request.only_devices.empty();
}

// Label and area headers, when the device is a PV.
void read_labelled(Pass& pass, const device::Filters& filters, const device::HeadRead& read) {
  const device::Device& device = *read.device;
  auto pv = find_pv_label(pass, device, read.data);
  if (!pv) return;
  LazyHandle handle(pass.system.io, device);
  if (filters.wants_end(device, pv->header_size)) {
    auto opened = handle.get();
    auto reason = opened ? filters.reject_end(device, **opened) : std::nullopt;
    if (reason) {
      trace_rejection(pass, device, *reason);
      pass.world.rejected.push_back({device, std::string(*reason)});
      std::erase_if(pass.world.devices, [&](const device::Device& d) { return d.path == device.path; });
      return;
    }
  }
  pass.world.pvs.push_back(*std::move(pv));
  std::size_t index = pass.world.pvs.size() - 1;
  for (std::size_t i = 0; i < pass.world.pvs[index].areas.size(); ++i) {
    AreaRef ref{index, i};
    read_area_header(pass.area(ref), handle, read.data);
    if (pass.area(ref).damaged) pass.damage(ref, std::move(pass.area(ref).problem));
    read_area_summary(pass, ref, handle, read.data);
  }
}

// Those that filters let pass, with the name that they are shown by.
std::vector<device::Device> filter_devices(Pass& pass, const device::Filters& filters,
                                           std::vector<device::Device> found) {
  std::vector<device::Device> wanted;
  for (device::Device& device : found) {
    if (auto reason = filters.reject(device)) {
      trace_rejection(pass, device, *reason);
      pass.world.rejected.push_back({std::move(device), std::string(*reason)});
    } else {
      filters.choose_name(device);
      wanted.push_back(std::move(device));
    }
  }
  return wanted;
}

// Reads devices; those that can be used are added to the World, and their labels.
Result<> read_devices(Pass& pass, const device::Filters& filters, const std::vector<device::Device>& wanted) {
  std::vector<device::HeadRead> reads;
  reads.reserve(wanted.size());
  for (const device::Device& device : wanted) reads.push_back({.device = &device, .length = kHeadSize});
  pass.system.io.read_heads(reads);

  std::vector<const device::HeadRead*> usable;
  for (const device::HeadRead& read : reads) {
    const device::Device& device = *read.device;
    if (read.error) {
      if (read.error->code() == Code::interrupted) return std::unexpected(*read.error);
      if (pass.hints != nullptr) pass.hints->blind = true;
      if (deserves_a_word(pass, *read.error))
        pass.find_about_device(world::Finding::Kind::unread_device, device.path, read.error->text());
      trace_rejection(pass, device, read.error->text());
      pass.world.rejected.push_back({device, "device cannot be read"});
    } else if (auto reason = filters.reject_content(device, read.data)) {
      trace_rejection(pass, device, *reason);
      pass.world.rejected.push_back({device, std::string(*reason)});
    } else {
      pass.world.devices.push_back(device);
      usable.push_back(&read);
    }
  }
  for (const device::HeadRead* read : usable) read_labelled(pass, filters, *read);
  return {};
}

// Filters, and reads what hints name. Returns the devices that were not read; without hints there are none.
Result<std::vector<device::Device>> read_hinted(Pass& pass, const device::Filters& filters,
                                                std::vector<device::Device> found, const std::string& listed_in) {
  std::vector<device::Device> wanted = filter_devices(pass, filters, std::move(found));
  HintedScan* hints = pass.hints;
  std::vector<device::Device> others;
  if (hints != nullptr) others = hints->set_aside(device::hint_settings(pass.config, listed_in), wanted);
  TRY(read_devices(pass, filters, wanted));
  if (hints == nullptr) return others;
  if (!hints->fits(pass.world.pvs)) {
    TRY(read_devices(pass, filters, others));
    others.clear();
    std::ranges::stable_sort(pass.world.devices, {}, &device::Device::number);
    std::ranges::stable_sort(pass.world.pvs, {}, [](const world::PvDevice& pv) { return pv.device.number; });
  }
  hints->remember(pass.world.pvs);
  return others;
}

// Devices are there, though nobody has looked at them.
void add_unread(Pass& pass, std::vector<device::Device> unread) {
  if (unread.empty()) return;
  pass.world.devices.insert(pass.world.devices.end(), std::make_move_iterator(unread.begin()),
                            std::make_move_iterator(unread.end()));
  std::ranges::stable_sort(pass.world.devices, {}, &device::Device::number);
}

// A devices file will be made for the devices that were named: unless there are VGs, which it would hide.
void mark_first(Pass& pass) {
  if (pass.world.devices_file.empty() || !pass.request.accept_named) return;
  bool any_vg = std::ranges::any_of(pass.world.pvs, [](const world::PvDevice& pv) {
    return std::ranges::any_of(pv.areas, [](const world::MetadataArea& area) { return !area.vg_name.empty(); });
  });
  if (any_vg && !pass.request.devices_file) return;
  ListedDevices listed(pass.system.io, {});
  for (const std::string& path : pass.request.paths) {
    auto at = pass.system.io.locate(path, pass.world.devices);
    if (!at) continue;
    device::Device& device = pass.world.devices[*at];
    listed.mark_new(device);
    for (world::PvDevice& pv : pass.world.pvs)
      if (pv.device.path == device.path)
        ListedDevices::mark(pv.device, {.type = device.id_type, .name = device.id_name});
  }
}

}  // namespace

Result<> scan_devices(Pass& pass) {
  std::optional<ListedDevices> listed = TRY(open_devices_file(pass));
  bool restricted = listed || !pass.request.only_devices.empty();
  device::Filters filters = TRY(device::Filters::make(pass.config, pass.system.dm, pass.system.files, restricted));
  std::vector<device::Device> found = TRY(pass.system.io.enumerate());
  say_absent(pass, found);
  add_user_names(pass, found);
  if (!pass.request.restrict_to.empty()) keep_only(pass, found);
  if (!listed) {
    std::vector<device::Device> unread = TRY(read_hinted(pass, filters, std::move(found), {}));
    add_unread(pass, std::move(unread));
    mark_first(pass);
    return {};
  }
  ListedScan scan(pass, filters, *listed);
  const std::string listed_in = pass.world.devices_file.substr(pass.world.devices_file.rfind('/') + 1);
  std::vector<device::Device> unread = TRY(read_hinted(pass, filters, scan.choose(std::move(found)), listed_in));
  std::vector<device::Device> moved = TRY(scan.check());
  TRY(read_devices(pass, filters, filter_devices(pass, filters, std::move(moved))));
  add_unread(pass, std::move(unread));
  scan.finish();
  return {};
}

}  // namespace lvm::scan
