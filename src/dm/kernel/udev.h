// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/trace.h"
#include "dm/types.h"

namespace lvm::dm {

struct UdevOptions {
  bool sync = true;                     // activation/udev_sync
  bool rules = true;                    // activation/udev_rules: udev makes the nodes
  bool verify = false;                  // activation/verify_udev_operations
  bool disabled = false;                // DM_DISABLE_UDEV is set
  std::optional<std::uint32_t> cookie;  // DM_UDEV_COOKIE: somebody else's, who also waits for it
  std::uint32_t timeout_seconds = 180;  // udev's own limit for an event
  std::string control_path = "/run/udev/control";
  std::vector<std::string> rules_directories = {"/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d",
                                                "/lib/udev/rules.d"};
};

// What passes between the device-mapper and udev: a SysV semaphore that counts events under way. Every
// change raises it, the rule "95-dm-notify.rules" lowers it when udev is done with the event. Key of the
// semaphore: 0x0D4D in the upper half, a random number, the cookie's base, in the lower one
// (docs/formats/device-mapper.md).
class UdevCookie {
 public:
  UdevCookie(UdevOptions options, Clock& clock, Trace& trace);
  UdevCookie(const UdevCookie&) = delete;
  UdevCookie& operator=(const UdevCookie&) = delete;
  ~UdevCookie();

  // udev runs here and handles device-mapper events in a way that cookies can follow.
  bool running() const;
  // Nodes and links must be made by us: no udev, not wanted, or without LVM's rules for /dev/VG/LV.
  bool nodes_by_hand() const;
  bool verify() const { return options_.verify; }

  // The number to give to the ioctl: flags, and the base of the cookie, which now counts one event more.
  std::uint32_t begin(UdevFlags flags);
  // No event came of it: the ioctl failed or the driver said so.
  void cancel();
  // Waits for all events. False when udev did not answer in time; that was warned of.
  bool wait();

 private:
  bool has_rules(std::string_view file) const;
  bool open();
  // Adds to the semaphore; 0 waits up to a second until it is zero. False with errno set.
  bool operate(int amount);
  void destroy();

  UdevOptions options_;
  Clock& clock_;
  Trace& trace_;
  int semaphore_ = -1;
  std::uint32_t key_ = 0;
  std::uint32_t under_way_ = 0;
  bool unusable_ = false;  // no semaphores here
};

}  // namespace lvm::dm
