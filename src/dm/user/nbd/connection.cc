// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/nbd/connection.h"

#include <fmt/format.h>
#include <unistd.h>
#ifdef LVM_HAVE_NBD
#include <libnbd.h>
#endif

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>

#include "base/shared_library.h"

namespace lvm::dm::user {

bool is_nbd_uri(std::string_view path) {
  const auto scheme = path.substr(0, path.find("://"));
  return scheme.size() < path.size() && (scheme.starts_with("nbd+") || scheme == "nbd" || scheme.starts_with("nbds"));
}

std::string absolute_nbd_uri(std::string uri) {
  constexpr std::string_view kSocket = "socket=";
  const auto query = uri.find('?');
  if (query == std::string::npos) return uri;
  const auto at = uri.find(kSocket, query);
  if (at == std::string::npos || (uri[at - 1] != '?' && uri[at - 1] != '&')) return uri;
  const auto path = std::string_view(uri).substr(at + kSocket.size());
  if (path.starts_with('/') || path.starts_with("%2F") || path.starts_with("%2f")) return uri;
  std::unique_ptr<char, decltype(&std::free)> here(::getcwd(nullptr, 0), &std::free);
  if (here) uri.insert(at + kSocket.size(), std::string(here.get()) + "/");
  return uri;
}

#ifdef LVM_HAVE_NBD

bool nbd_built_in() { return true; }

namespace {

// Commands that have no URI to open must not pay for what libnbd is linked with (TLS, XML).
struct Library {
  decltype(&::nbd_create) create;
  decltype(&::nbd_close) close;
  decltype(&::nbd_get_error) error;
  decltype(&::nbd_get_errno) error_number;
  decltype(&::nbd_aio_connect_uri) connect_uri;
  decltype(&::nbd_aio_is_ready) is_ready;
  decltype(&::nbd_aio_is_dead) is_dead;
  decltype(&::nbd_aio_is_closed) is_closed;
  decltype(&::nbd_poll) poll;
  decltype(&::nbd_aio_command_completed) completed;
  decltype(&::nbd_get_size) size;
  decltype(&::nbd_get_block_size) block_size;
  decltype(&::nbd_is_read_only) is_read_only;
  decltype(&::nbd_can_multi_conn) can_multi_conn;
  decltype(&::nbd_can_fua) can_fua;
  decltype(&::nbd_can_zero) can_zero;
  decltype(&::nbd_can_trim) can_trim;
  decltype(&::nbd_can_flush) can_flush;
  decltype(&::nbd_aio_pread) read;
  decltype(&::nbd_aio_pwrite) write;
  decltype(&::nbd_aio_zero) zero;
  decltype(&::nbd_aio_trim) trim;
  decltype(&::nbd_aio_flush) flush;
};

Result<Library> load() {
  SharedLibrary file("libnbd.so.0");
  Library out{};
  file.find(out.create, "nbd_create");
  file.find(out.close, "nbd_close");
  file.find(out.error, "nbd_get_error");
  file.find(out.error_number, "nbd_get_errno");
  file.find(out.connect_uri, "nbd_aio_connect_uri");
  file.find(out.is_ready, "nbd_aio_is_ready");
  file.find(out.is_dead, "nbd_aio_is_dead");
  file.find(out.is_closed, "nbd_aio_is_closed");
  file.find(out.poll, "nbd_poll");
  file.find(out.completed, "nbd_aio_command_completed");
  file.find(out.size, "nbd_get_size");
  file.find(out.block_size, "nbd_get_block_size");
  file.find(out.is_read_only, "nbd_is_read_only");
  file.find(out.can_multi_conn, "nbd_can_multi_conn");
  file.find(out.can_fua, "nbd_can_fua");
  file.find(out.can_zero, "nbd_can_zero");
  file.find(out.can_trim, "nbd_can_trim");
  file.find(out.can_flush, "nbd_can_flush");
  file.find(out.read, "nbd_aio_pread");
  file.find(out.write, "nbd_aio_pwrite");
  file.find(out.zero, "nbd_aio_zero");
  file.find(out.trim, "nbd_aio_trim");
  file.find(out.flush, "nbd_aio_flush");
  TRY(file.check("libnbd", "libnbd0", "for NBD URIs"));
  return out;
}

const Result<Library>& library() {
  static const Result<Library> loaded = load();
  return loaded;
}

// Of milliseconds, or without an end.
class Patience {
 public:
  explicit Patience(int milliseconds) {
    if (milliseconds > 0) end_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  }
  // For poll(): -1 is for ever, 0 is over.
  int left() const {
    if (!end_) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*end_ - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
  }

 private:
  std::optional<std::chrono::steady_clock::time_point> end_;
};

}  // namespace

Result<std::unique_ptr<NbdConnection>> NbdConnection::open(const std::string& uri, Limits limits) {
  if (!library()) return fail(library().error().code(), fmt::format("{}: {}", uri, library().error().message()));
  nbd_handle* const handle = library()->create();
  if (handle == nullptr) return fail(Code::io, fmt::format("{}: {}.", uri, library()->error()));
  std::unique_ptr<NbdConnection> connection(new NbdConnection(uri, limits, handle));
  TRY(connection->connect());
  connection->ask_for_properties();
  return connection;
}

NbdConnection::~NbdConnection() { library()->close(handle_); }

Result<> NbdConnection::connect() {
  const Library& nbd = *library();
  const Patience patience(limits_.connect_milliseconds);
  if (nbd.connect_uri(handle_, uri_.c_str()) != 0) return failed("connecting");
  while (nbd.is_ready(handle_) != 1) {
    if (nbd.is_dead(handle_) == 1 || nbd.is_closed(handle_) == 1) return failed("connecting");
    const int left = patience.left();
    const int polled = left == 0 ? 0 : nbd.poll(handle_, left);
    if (polled < 0 && nbd.error_number() != EINTR) return failed("connecting");
    if (polled == 0)
      return fail(Code::io, fmt::format("{}: the NBD server does not answer (waited {} s). Does it serve one client at "
                                        "a time? (qemu-nbd needs --shared=0 --persistent.)",
                                        uri_, limits_.connect_milliseconds / 1000));
  }
  return {};
}

void NbdConnection::ask_for_properties() {
  const Library& nbd = *library();
  export_.size = Bytes(static_cast<std::uint64_t>(std::max<std::int64_t>(nbd.size(handle_), 0)));
  export_.read_only = nbd.is_read_only(handle_) != 0;
  export_.shared = nbd.can_multi_conn(handle_) == 1;
  export_.fua = nbd.can_fua(handle_) == 1;
  export_.zero = nbd.can_zero(handle_) == 1;
  export_.trim = nbd.can_trim(handle_) == 1;
  export_.flush = nbd.can_flush(handle_) == 1;
  const auto block = nbd.block_size(handle_, LIBNBD_SIZE_MINIMUM);
  if (block > 0) export_.block = static_cast<std::uint64_t>(block);
}

std::unexpected<Error> NbdConnection::failed(std::string_view what) const {
  const int number = library()->error_number();
  const Code code = number == ENOSPC                      ? Code::no_space
                    : number == EPERM || number == EACCES ? Code::permission
                                                          : Code::io;
  const char* text = library()->error();
  return fail(code, fmt::format("{}: {} failed: {}.", uri_, what, text == nullptr ? "the connection is gone" : text));
}

Result<> NbdConnection::finish(std::string_view what, std::int64_t cookie) {
  const Library& nbd = *library();
  if (cookie < 0) {
    broken_ = nbd.is_dead(handle_) == 1 || nbd.is_closed(handle_) == 1;
    return failed(what);
  }
  const Patience patience(limits_.answer_milliseconds);
  for (;;) {
    const int done = nbd.completed(handle_, static_cast<std::uint64_t>(cookie));
    if (done == 1) return {};
    if (done < 0) {
      auto result = failed(what);
      broken_ = nbd.is_ready(handle_) != 1;
      return result;
    }
    const int left = patience.left();
    const int polled = left == 0 ? 0 : nbd.poll(handle_, left);
    if (polled == 0) {
      // The buffers of the request are the caller's: this connection must never be polled again.
      broken_ = true;
      return fail(Code::io, fmt::format("{}: {} failed: the NBD server does not answer (waited {} s).", uri_, what,
                                        limits_.answer_milliseconds / 1000));
    }
    // A connection that broke completes its requests; one that did not, was interrupted.
    if (polled < 0 && nbd.error_number() != EINTR && nbd.is_dead(handle_) != 1) {
      broken_ = true;
      return failed(what);
    }
  }
}

Result<> NbdConnection::read(Bytes offset, std::span<std::byte> out) {
  return finish("read", library()->read(handle_, out.data(), out.size(), offset.n, {}, 0));
}

Result<> NbdConnection::write(Bytes offset, std::span<const std::byte> data, bool fua) {
  const std::uint32_t flags = fua ? LIBNBD_CMD_FLAG_FUA : 0;
  return finish("write", library()->write(handle_, data.data(), data.size(), offset.n, {}, flags));
}

Result<> NbdConnection::zero(Bytes offset, Bytes length, bool fua) {
  const std::uint32_t flags = fua ? LIBNBD_CMD_FLAG_FUA : 0;
  return finish("write of zeros", library()->zero(handle_, length.n, offset.n, {}, flags));
}

Result<> NbdConnection::trim(Bytes offset, Bytes length) {
  return finish("discard", library()->trim(handle_, length.n, offset.n, {}, 0));
}

Result<> NbdConnection::flush() { return finish("flush", library()->flush(handle_, {}, 0)); }

#else

bool nbd_built_in() { return false; }

Result<std::unique_ptr<NbdConnection>> NbdConnection::open(const std::string& uri, Limits) {
  return fail(Code::unsupported, uri +
                                     ": this program was built without libnbd. `nbdfuse FILE URI' (package "
                                     "libnbd-bin) shows the image as a file that can be used.");
}
NbdConnection::~NbdConnection() = default;
Result<> NbdConnection::read(Bytes, std::span<std::byte>) { return {}; }
Result<> NbdConnection::write(Bytes, std::span<const std::byte>, bool) { return {}; }
Result<> NbdConnection::zero(Bytes, Bytes, bool) { return {}; }
Result<> NbdConnection::trim(Bytes, Bytes) { return {}; }
Result<> NbdConnection::flush() { return {}; }

#endif

}  // namespace lvm::dm::user
