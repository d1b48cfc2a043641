// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/context.h"

namespace lvm::plan {

// How a device becomes a PV: the options that pvcreate, vgcreate and vgextend share. Sizes in bytes.
struct PvCreateOptions {
  std::size_t force = 0;  // -f counted
  bool yes = false;
  bool zero = true;  // -Z
  std::optional<Bytes> data_alignment, data_alignment_offset;
  std::optional<Bytes> metadata_size, boot_loader_area_size;
  std::optional<Bytes> device_size;              // --setphysicalvolumesize
  std::optional<std::uint32_t> metadata_copies;  // 0, 1, 2
  bool metadata_ignore = false;
  std::uint64_t label_sector = 1;
  std::optional<PvId> uuid;
  std::optional<Bytes> restored_pe_start;  // --restorefile: where the PV's data began
  std::optional<Bytes> restored_data_end;  // and the end of its last extent
  std::optional<Bytes> restored_boot_start, restored_boot_size;
};

// What is to be known of the device beyond the World: read by the command before it plans.
struct PvCandidate {
  std::string name;  // as on the command line
  device::Device device;
  device::Topology topology;
  std::optional<std::string> unusable;  // the filter's reason: "device is partitioned"
  bool mounted_or_open = false;         // an exclusive open failed
  struct Signature {
    std::string type;  // "ext4", "dos"
    Bytes offset;
  };
  std::vector<Signature> signatures;  // other than LVM's
};

struct PvCreateRequest {
  std::vector<PvCandidate> candidates;
  PvCreateOptions options;
};

// pvcreate. Devices that cannot be used are failures of the plan; the others are done.
Result<step::Plan> pv_create(const Context& context, const PvCreateRequest& request);

struct PvRemoveRequest {
  std::vector<PvCandidate> candidates;
  std::size_t force = 0;
  bool yes = false;
};
// pvremove.
Result<step::Plan> pv_remove(const Context& context, const PvRemoveRequest& request);

}  // namespace lvm::plan
