// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/session.h"
#include "device/devices_file.h"
#include "lock/locks.h"

// What commands write to the devices file.
namespace lvm::cli {

// "Sat Nov 28 13:40:48 2026", as files of LVM say when they were written.
std::string date_text(std::int64_t seconds);

// Held from reading the file until it has been written.
Result<std::unique_ptr<lock::Guard>> lock_devices_file(Session& session, const std::string& path);

// The steps that write it, and a backup where it is the machine's own.
std::vector<step::Step> devices_file_steps(Session& session, const std::string& path, device::DevicesFile file);

// What a change of PVs means for the file: entries to be there before the change, and what is left behind it.
struct DevicesFileChange {
  std::unique_ptr<lock::Guard> guard;
  step::Plan before, after;
  std::vector<step::Say> notes;  // said when the change is done
};
Result<DevicesFileChange> devices_file_change(Session& session, const step::Plan& plan);

// A new entry for a device, by the best of its ids; by `type` when that is asked for and there.
device::DevicesEntry make_entry(Session& session, const device::Device& device, std::string_view type,
                                std::string_view pv_id);
// Adds it, or brings the entry that is there up to date. False: nothing was to be changed.
bool put_entry(device::DevicesFile& file, device::DevicesEntry entry);

// Writes down which names and PVs the scan has found to be others. A reader that may not write says nothing.
void refresh_devices_file(Session& session);

}  // namespace lvm::cli
