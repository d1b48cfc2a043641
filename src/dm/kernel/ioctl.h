// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "dm/kernel/reply.h"
#include "dm/types.h"

namespace lvm::dm {

// One ioctl of linux/dm-ioctl.h before it is laid out in a buffer. A device is addressed by exactly one of
// uuid, number and (when it is created) name with uuid.
struct Request {
  unsigned long command = 0;
  std::string_view operation;  // for messages: "info", "reload"
  std::string name, uuid;
  DeviceNumber device;
  std::uint32_t flags = 0;
  std::uint32_t event_number = 0;  // or the udev cookie
  std::uint32_t target_count = 0;
  std::vector<std::byte> data;  // behind the header
  bool expects_data = false;    // the reply carries a list or a text
};

// Data of a request: target specifications, a new name, a message.
void append_target(std::vector<std::byte>& data, Sectors start, Sectors length, std::string_view type,
                   std::string_view params);
void append_text(std::vector<std::byte>& data, std::string_view text);
void append_message(std::vector<std::byte>& data, Sectors sector, std::string_view text);

// The control node and the ioctls on it.
class Driver {
 public:
  // The system call, replaceable in tests: returns 0, or -1 with errno set.
  using Call = std::function<int(unsigned long command, void* buffer)>;

  explicit Driver(std::string dm_directory) : directory_(std::move(dm_directory)) {}
  Driver(std::string dm_directory, Call call) : directory_(std::move(dm_directory)), call_(std::move(call)) {}

  // Opens the control node, makes it when it is missing and loads the driver's module. Cheap once open.
  Result<> open();
  // The interface version of the driver; open() first.
  std::uint32_t version(int part) const { return version_[part]; }

  // Runs the ioctl, with a larger buffer as often as the driver asks for one. The reply stays valid until the
  // next call. An error names the device as well as it is known.
  struct Reply {
    ReplyHeader header;
    std::span<const std::byte> bytes;
  };
  Result<Reply> run(const Request& request);

 private:
  Result<> open_node();
  Result<> read_version();
  Result<Reply> run_once(const Request& request, std::size_t room, int& error_number);
  std::string describe(const Request& request);

  std::string directory_;
  Call call_;
  Fd fd_;
  bool ready_ = false;
  std::uint32_t version_[3] = {0, 0, 0};
  std::size_t list_room_ = 16 * 1024;  // grows to what lists of all devices needed
  std::vector<std::byte> buffer_;
};

}  // namespace lvm::dm
