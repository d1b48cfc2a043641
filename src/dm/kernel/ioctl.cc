// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/kernel/ioctl.h"

#include <fmt/format.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/units.h"
#include "dm/ioctl_error.h"
#include "dm/kernel/control_node.h"
#include "dm/text.h"

namespace lvm::dm {
namespace {

// 16 KiB doubled this often is 1 GiB: a driver that still wants more is broken.
constexpr int kGrowthLimit = 16;
// The driver allocates and copies all of a buffer: with the room of a list, thousands of questions would be slow.
constexpr std::size_t kRoomForOne = 4 * 1024;

void append_bytes(std::vector<std::byte>& data, const void* from, std::size_t size) {
  auto* bytes = static_cast<const std::byte*>(from);
  data.insert(data.end(), bytes, bytes + size);
}

template <std::size_t N>
void copy_text(char (&field)[N], std::string_view text) {
  std::memcpy(field, text.data(), std::min(text.size(), N - 1));
}

}  // namespace

void append_text(std::vector<std::byte>& data, std::string_view text) {
  append_bytes(data, text.data(), text.size());
  data.push_back(std::byte{0});
}

void append_target(std::vector<std::byte>& data, Sectors start, Sectors length, std::string_view type,
                   std::string_view params) {
  dm_target_spec spec{};
  spec.sector_start = start.n;
  spec.length = length.n;
  copy_text(spec.target_type, type);
  // Relative to this specification; the next one begins at a multiple of 8.
  spec.next = static_cast<std::uint32_t>(round_up(sizeof spec + params.size() + 1, 8));
  auto end = data.size() + spec.next;
  append_bytes(data, &spec, sizeof spec);
  append_bytes(data, params.data(), params.size());
  data.resize(end);
}

void append_message(std::vector<std::byte>& data, Sectors sector, std::string_view text) {
  append_bytes(data, &sector.n, sizeof sector.n);
  append_text(data, text);
}

Result<> Driver::open() {
  if (ready_) return {};
  if (!call_) TRY(open_node());
  TRY(read_version());
  ready_ = true;
  return {};
}

Result<> Driver::open_node() {
  fd_ = TRY(open_control_node(directory_));
  return {};
}

Result<> Driver::read_version() {
  Request request;
  request.command = DM_VERSION;
  request.operation = "version";
  int error_number = 0;
  auto reply = run_once(request, 0, error_number);
  if (reply) {
    std::ranges::copy(reply->header.version, version_);
    return {};
  }
  fd_.reset();
  if (error_number == EACCES || error_number == EPERM)
    return fail(Code::permission,
                fmt::format("{}/control: the device-mapper refuses us: {}. It needs root (CAP_SYS_ADMIN).", directory_,
                            std::strerror(error_number)));
  return fail(Code::unsupported,
              fmt::format("{}/control: version ioctl failed: {}. Incompatible with kernel device-mapper driver, "
                          "or not its control node.",
                          directory_, std::strerror(error_number)));
}

Result<Driver::Reply> Driver::run_once(const Request& request, std::size_t room, int& error_number) {
  auto size = std::max(sizeof(dm_ioctl) + request.data.size(), room);
  // Zeroed: what the driver does not write must not be what an earlier reply held.
  buffer_.assign(size, std::byte{0});
  dm_ioctl header{};
  header.version[0] = DM_VERSION_MAJOR;
  header.data_size = static_cast<std::uint32_t>(size);
  header.data_start = sizeof header;
  header.target_count = request.target_count;
  header.flags = request.flags;
  header.event_nr = request.event_number;
  header.dev = encode_device(request.device);
  copy_text(header.name, request.name);
  copy_text(header.uuid, request.uuid);
  std::memcpy(buffer_.data(), &header, sizeof header);
  std::ranges::copy(request.data, buffer_.begin() + sizeof header);

  int result;
  do {
    result = call_ ? call_(request.command, buffer_.data()) : ::ioctl(fd_.get(), request.command, buffer_.data());
  } while (result != 0 && errno == EINTR);
  if (result != 0) {
    error_number = errno;
    return fail_ioctl(request.operation, request.name.empty() ? request.uuid : request.name, error_number);
  }
  std::span<const std::byte> bytes(buffer_);
  auto parsed = TRY(parse_header(bytes));
  return Reply{std::move(parsed), bytes};
}

Result<Driver::Reply> Driver::run(const Request& request) {
  TRY(open());
  std::size_t room_for_one = kRoomForOne;
  std::size_t& room = request.command == DM_LIST_DEVICES ? list_room_ : room_for_one;
  for (int attempt = 0; attempt < kGrowthLimit; ++attempt) {
    int error_number = 0;
    auto reply = run_once(request, request.expects_data ? room : 0, error_number);
    if (!reply) {
      if (error_number == 0) return reply;
      return fail_ioctl(request.operation, describe(request), error_number);
    }
    if (!(reply->header.flags & DM_BUFFER_FULL_FLAG)) return reply;
    room *= 2;
  }
  return fail(Code::io, fmt::format("device-mapper: {} ioctl: the reply of the driver is larger than {} bytes.",
                                    request.operation, room / 2));
}

// Only when something failed: who is it that the request names by UUID or number?
std::string Driver::describe(const Request& request) {
  if (!request.name.empty()) return request.uuid.empty() ? request.name : request.name + " " + request.uuid;
  auto known = request.uuid.empty() ? fmt::format("({})", to_text(request.device)) : request.uuid;
  if (request.command == DM_DEV_STATUS) return known;
  Request question;
  question.command = DM_DEV_STATUS;
  question.operation = "info";
  question.uuid = request.uuid;
  question.device = request.device;
  int error_number = 0;
  auto reply = run_once(question, 0, error_number);
  if (!reply) return known;
  return fmt::format("{} ({})", reply->header.info.name, to_text(reply->header.info.device));
}

}  // namespace lvm::dm
