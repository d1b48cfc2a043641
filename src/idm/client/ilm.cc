// SPDX-License-Identifier: LGPL-2.1-or-later
// The C interface of include/ilm.h over the socket. Nothing here throws across it.
#include <ilm.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "idm/daemon/wire.h"

#define ILM_EXPORT __attribute__((visibility("default")))

namespace {

using lvm::idm::wire::Request;
using lvm::idm::wire::Verb;
namespace wire = lvm::idm::wire;

bool transfer(int sock, std::span<std::uint8_t> bytes, bool out) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto rest = bytes.subspan(done);
    const ssize_t count =
        out ? ::send(sock, rest.data(), rest.size(), MSG_NOSIGNAL) : ::recv(sock, rest.data(), rest.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      if (count == 0) errno = ECONNRESET;
      return false;
    }
    done += static_cast<std::size_t>(count);
  }
  return true;
}

// Sends a request and waits for its reply; on success the reply's data fill `data`.
int exchange(int sock, const Request& request, std::span<std::uint8_t> data = {}) noexcept try {
  std::vector<std::uint8_t> bytes = wire::encode(request);
  if (!transfer(sock, bytes, true)) return -errno;
  std::uint32_t header[4];
  static_assert(sizeof header == wire::kHeaderSize);
  if (!transfer(sock, {reinterpret_cast<std::uint8_t*>(header), sizeof header}, false)) return -errno;
  if (header[0] != wire::kMagic || header[2] < wire::kHeaderSize || header[2] > 65536) return -EPROTO;
  std::vector<std::uint8_t> body(header[2] - wire::kHeaderSize);
  if (!transfer(sock, body, false)) return -errno;
  const auto result = static_cast<std::int32_t>(header[3]);
  if (result < 0) return result;
  if (body.size() < data.size()) return -EPROTO;
  std::copy_n(body.begin(), data.size(), data.begin());
  return 0;
} catch (...) {
  return -ENOMEM;
}

Request with_lock(Verb command, const idm_lock_id& id) {
  Request out{.command = command};
  static_assert(sizeof(idm_lock_id) == lvm::idm::LockId::kLength);
  std::memcpy(out.lock.bytes.data(), &id, sizeof id);
  return out;
}

int with_drives(Request& request, const idm_lock_op& op) {
  if (op.drive_num == 0 || op.drive_num > ILM_DRIVE_MAX_NUM) return -EINVAL;
  for (std::uint32_t i = 0; i < op.drive_num; ++i) {
    if (op.drives[i] == nullptr) return -EINVAL;
    request.drives.emplace_back(op.drives[i]);
    if (request.drives.back().size() >= wire::kPathSize) return -EINVAL;
  }
  request.mode = op.mode;
  request.timeout = op.timeout;
  return 0;
}

// Every entry point: no exception leaves it.
template <class Body>
int guarded(Body body) noexcept {
  try {
    return body();
  } catch (...) {
    return -ENOMEM;
  }
}

int number(const std::uint8_t* bytes) {
  int out = 0;
  std::memcpy(&out, bytes, sizeof out);
  return out;
}

}  // namespace

extern "C" {

ILM_EXPORT int ilm_connect(int* sock) {
  return guarded([&] {
    if (sock == nullptr) return -EINVAL;
    const char* folder = std::getenv("ILM_RUN_DIR");
    const std::string path =
        std::string(folder != nullptr && *folder != '\0' ? folder : "/run/seagate_ilm") + "/main.sock";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return -ENAMETOOLONG;
    std::ranges::copy(path, address.sun_path);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    int result = 0;
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) result = -errno;
    if (result == 0) result = exchange(fd, {.command = Verb::add_lockspace});
    if (result != 0) {
      ::close(fd);
      return result;
    }
    *sock = fd;
    return 0;
  });
}

ILM_EXPORT int ilm_disconnect(int sock) {
  return guarded([&] {
    const int result = exchange(sock, {.command = Verb::del_lockspace});
    ::close(sock);
    return result;
  });
}

ILM_EXPORT int ilm_version(int sock, char* drive, uint8_t* version_major, uint8_t* version_minor) {
  return guarded([&] {
    if (drive == nullptr || version_major == nullptr || version_minor == nullptr) return -EINVAL;
    std::uint8_t both[2];
    const int result = exchange(sock, {.command = Verb::version, .drives = {drive}}, both);
    if (result == 0) *version_major = both[0], *version_minor = both[1];
    return result;
  });
}

ILM_EXPORT int ilm_lock(int sock, struct idm_lock_id* id, struct idm_lock_op* op) {
  return guarded([&] {
    if (id == nullptr || op == nullptr) return -EINVAL;
    if (op->mode != IDM_MODE_EXCLUSIVE && op->mode != IDM_MODE_SHAREABLE) return -EINVAL;
    Request request = with_lock(Verb::acquire, *id);
    if (const int bad = with_drives(request, *op); bad != 0) return bad;
    return exchange(sock, request);
  });
}

ILM_EXPORT int ilm_unlock(int sock, struct idm_lock_id* id) {
  return guarded([&] { return id == nullptr ? -EINVAL : exchange(sock, with_lock(Verb::release, *id)); });
}

ILM_EXPORT int ilm_convert(int sock, struct idm_lock_id* id, uint32_t mode) {
  return guarded([&] {
    if (id == nullptr) return -EINVAL;
    Request request = with_lock(Verb::convert, *id);
    request.mode = mode;
    return exchange(sock, request);
  });
}

ILM_EXPORT int ilm_write_lvb(int sock, struct idm_lock_id* id, char* lvb, int lvb_len) {
  return guarded([&] {
    if (id == nullptr || lvb == nullptr || lvb_len != IDM_VALUE_LEN) return -EINVAL;
    Request request = with_lock(Verb::write_lvb, *id);
    std::memcpy(request.lvb.data(), lvb, IDM_VALUE_LEN);
    return exchange(sock, request);
  });
}

ILM_EXPORT int ilm_read_lvb(int sock, struct idm_lock_id* id, char* lvb, int lvb_len) {
  return guarded([&] {
    if (id == nullptr || lvb == nullptr || lvb_len != IDM_VALUE_LEN) return -EINVAL;
    return exchange(sock, with_lock(Verb::read_lvb, *id), {reinterpret_cast<std::uint8_t*>(lvb), IDM_VALUE_LEN});
  });
}

ILM_EXPORT int ilm_set_signal(int sock, int signo) {
  return guarded([&] { return exchange(sock, {.command = Verb::set_signal, .number = signo}); });
}

ILM_EXPORT int ilm_set_killpath(int sock, char* killpath, char* killargs) {
  return guarded([&] {
    if (killpath == nullptr || std::strlen(killpath) >= IDM_FAILURE_PATH_LEN) return -EINVAL;
    if (killargs != nullptr && std::strlen(killargs) >= IDM_FAILURE_ARGS_LEN) return -EINVAL;
    return exchange(
        sock, {.command = Verb::set_killpath, .path = killpath, .arguments = killargs == nullptr ? "" : killargs});
  });
}

ILM_EXPORT int ilm_get_host_count(int sock, struct idm_lock_id* id, struct idm_lock_op* op, int* count, int* self) {
  return guarded([&] {
    if (id == nullptr || op == nullptr || count == nullptr || self == nullptr) return -EINVAL;
    Request request = with_lock(Verb::host_count, *id);
    if (const int bad = with_drives(request, *op); bad != 0) return bad;
    std::uint8_t both[8] = {};
    const int result = exchange(sock, request, both);
    if (result == 0 || result == -ENOENT) *count = number(both), *self = number(both + 4);
    return result;
  });
}

ILM_EXPORT int ilm_get_mode(int sock, struct idm_lock_id* id, struct idm_lock_op* op, int* mode) {
  return guarded([&] {
    if (id == nullptr || op == nullptr || mode == nullptr) return -EINVAL;
    Request request = with_lock(Verb::mode, *id);
    if (const int bad = with_drives(request, *op); bad != 0) return bad;
    std::uint8_t bytes[4] = {};
    const int result = exchange(sock, request, bytes);
    if (result == 0 || result == -ENOENT) *mode = number(bytes);
    return result;
  });
}

ILM_EXPORT int ilm_set_host_id(int sock, char* id, int id_len) {
  return guarded([&] {
    if (id == nullptr || id_len != static_cast<int>(lvm::idm::HostId::kLength)) return -EINVAL;
    Request request{.command = Verb::set_host_id};
    std::memcpy(request.host.bytes.data(), id, request.host.bytes.size());
    return exchange(sock, request);
  });
}

ILM_EXPORT int ilm_stop_renew(int sock) {
  return guarded([&] { return exchange(sock, {.command = Verb::stop_renew}); });
}

ILM_EXPORT int ilm_start_renew(int sock) {
  return guarded([&] { return exchange(sock, {.command = Verb::start_renew}); });
}

ILM_EXPORT int ilm_inject_fault(int sock, int percentage) {
  return guarded([&] { return exchange(sock, {.command = Verb::inject_fault, .number = percentage}); });
}

}  // extern "C"
