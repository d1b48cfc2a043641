// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/candidates.h"

#include <fmt/format.h>

#include "device/signatures.h"

#include <algorithm>

namespace lvm::cli {
namespace {

// Opening exclusively fails while a file system on the device is mounted or something is stacked on it.
plan::PvCandidate look_at(Session& session, const std::string& name, const device::Device& device) {
  plan::PvCandidate out;
  out.name = name;
  out.device = device;
  System& system = session.system();
  if (auto topology = system.io.topology(device)) out.topology = *topology;
  auto handle = system.io.open(device, device::Access::exclusive_write);
  if (!handle) {
    if (handle.error().code() == Code::busy)
      out.mounted_or_open = true;
    else
      out.unusable = handle.error().message();
    return out;
  }
  if (!out.device.size) out.device.size = (*handle)->size();
  auto found = system.io.signatures(device);
  if (!found) {
    session.messages().verbose(found.error().text());
    return out;
  }
  for (const device::Signature& signature : *found)
    if (signature.type != "LVM2_member") out.signatures.push_back({signature.type, signature.offset});
  return out;
}

}  // namespace

std::vector<plan::PvCandidate> candidates(Session& session, const std::vector<std::string>& names, ExitStatus& status) {
  std::vector<plan::PvCandidate> out;
  for (const std::string& name : names) {
    const device::Device* device = session.world().find_device(name);
    if (device) {
      out.push_back(look_at(session, name, *device));
      continue;
    }
    status = ExitStatus::failed;
    const world::RejectedDevice* rejected = session.world().find_rejected(name);
    session.messages().error(rejected ? fmt::format("Cannot use {}: {}", name, rejected->reason)
                                      : fmt::format("No device found for {}.", name));
  }
  return out;
}

std::string why_no_pv(const world::World& world, const std::string& name) {
  if (world.find_device(name)) return fmt::format("Failed to find physical volume \"{}\".", name);
  const world::RejectedDevice* rejected = world.find_rejected(name);
  return fmt::format("Cannot use {}: {}", name, rejected ? rejected->reason : "device not found");
}

Result<plan::PvCreateOptions> pv_create_options(Session& session) {
  const Arguments& arguments = session.arguments();
  plan::PvCreateOptions out;
  out.force = session.force();
  out.yes = session.yes();
  out.zero = arguments.yes_no(Opt::zero).value_or(true);
  out.data_alignment = arguments.bytes(Opt::dataalignment);
  out.data_alignment_offset = arguments.bytes(Opt::dataalignmentoffset);
  out.metadata_size = arguments.bytes(Opt::metadatasize);
  out.boot_loader_area_size = arguments.bytes(Opt::bootloaderareasize);
  out.device_size = arguments.bytes(Opt::setphysicalvolumesize);
  for (Opt opt : {Opt::pvmetadatacopies, Opt::metadatacopies})
    if (auto copies = arguments.number(opt)) {
      if (*copies > 2) continue;  // vgcreate's --metadatacopies counts areas of the VG
      out.metadata_copies = static_cast<std::uint32_t>(*copies);
    }
  out.metadata_ignore =
      arguments.yes_no(Opt::metadataignore).value_or(session.config().flag("metadata/pvmetadataignore"));
  if (auto sector = arguments.number(Opt::labelsector)) {
    if (*sector < 0 || *sector > 3) return fail(Code::usage, "labelsector must be less than 4.");
    out.label_sector = static_cast<std::uint64_t>(*sector);
  }
  if (arguments.has(Opt::uuid_value)) {
    out.uuid = PvId::parse(arguments.text(Opt::uuid_value));
    if (!out.uuid)
      return fail(Code::usage, fmt::format("Invalid UUID \"{}\": 32 letters and digits, dashes aside.",
                                           arguments.text(Opt::uuid_value)));
    if (!arguments.has(Opt::restorefile) && !arguments.has(Opt::norestorefile) &&
        session.config().flag("devices/require_restorefile_with_uuid"))
      return fail(Code::usage, "--restorefile is required with --uuid");
  } else if (arguments.has(Opt::restorefile)) {
    return fail(Code::usage, "--uuid is required with --restorefile");
  }
  return out;
}

}  // namespace lvm::cli
