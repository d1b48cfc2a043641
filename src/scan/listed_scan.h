// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "device/filters/filters.h"
#include "scan/listed_devices.h"
#include "scan/pass.h"

namespace lvm::scan {

// The devices file in effect, with what is wrong with it as findings; nullopt: devices are not restricted.
Result<std::optional<ListedDevices>> open_devices_file(Pass& pass);

// A scan that a devices file restricts: which devices are read, and whether they are still those that were meant.
class ListedScan {
 public:
  ListedScan(Pass& pass, const device::Filters& filters, ListedDevices& listed)
      : pass_(pass), filters_(filters), listed_(listed) {}

  // Those listed, and those named for being added; the others are rejected.
  std::vector<device::Device> choose(std::vector<device::Device> found);
  // After their labels were read: entries that know a device by its name only, or by a serial number that several have,
  // may mean another one now. Those others, found by their PV, are to be read too.
  Result<std::vector<device::Device>> check();
  // What the file should say now.
  void finish();

 private:
  const world::PvDevice* pv_on(const device::Device& device) const;
  void take_back(const device::Device& device, const device::DevicesEntry& entry);
  Result<std::vector<device::Device>> search(const std::vector<std::size_t>& lost);
  // Newer releases write down for which machine the ids are: those of another's disks say nothing here.
  bool is_of_another_machine();
  bool ambiguous(const device::Device& device, const device::DevicesEntry& entry);
  bool worth_a_look(const device::Device& device);

  Pass& pass_;
  const device::Filters& filters_;
  ListedDevices& listed_;
  std::vector<device::Device> unlisted_;
  std::vector<std::string> paths_;  // by entry; empty: not found
  std::set<std::size_t> gone_;
  bool changed_ = false;
  bool moved_ = false;  // the file is another machine's
};

}  // namespace lvm::scan
