// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/nvme_tcp/nvme_front_end.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "idm/system/small_file.h"

namespace lvm::idm::nvme_tcp {
namespace {

constexpr std::size_t kMostConnections = 256;
constexpr const char* kFabrics = "/dev/nvme-fabrics";

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Address socket_address(const Endpoint& endpoint) {
  Address out;
  sockaddr_in four{};
  sockaddr_in6 six{};
  if (::inet_pton(AF_INET, endpoint.address.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET, four.sin_port = htons(endpoint.port);
    std::memcpy(&out.storage, &four, sizeof four);
    out.size = sizeof four;
  } else if (::inet_pton(AF_INET6, endpoint.address.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6, six.sin6_port = htons(endpoint.port);
    std::memcpy(&out.storage, &six, sizeof six);
    out.size = sizeof six;
  }
  return out;
}

Result<std::uint16_t> port_of(const Fd& socket) {
  sockaddr_in6 bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0)
    return fail_errno("asking for the port", errno);
  return ntohs(bound.sin6_port);  // it stands at the same place in an IPv4 address
}

void set_option(const Fd& socket, int level, int option) {
  const int on = 1;
  (void)::setsockopt(socket.get(), level, option, &on, sizeof on);
}

}  // namespace

Result<Endpoint> Endpoint::parse(const std::string& text) {
  Endpoint out;
  const auto wrong = [&] {
    return fail(Code::usage,
                fmt::format("'{}' is no place to listen at: use 192.0.2.1:4420 or [2001:db8::1]:4420", text));
  };
  const bool six = text.starts_with('[');
  const auto end = six ? text.find(']') : text.rfind(':');
  if (six && end == std::string::npos) return wrong();
  out.address = six ? text.substr(1, end - 1) : text.substr(0, end);
  std::string_view port = end == std::string::npos ? std::string_view() : std::string_view(text).substr(end);
  if (six) port.remove_prefix(1);
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (error != std::errc{} || stop != port.data() + port.size()) return wrong();
  }
  if (socket_address(out).size == 0) return wrong();
  return out;
}

NvmeFrontEnd::NvmeFrontEnd(Endpoint endpoint, const front::DriveFacts& facts, front::Backing backing,
                           front::MutexQueue& mutexes)
    : endpoint_(std::move(endpoint)), subsystem_(facts, std::move(backing), mutexes) {}

Result<bool> NvmeFrontEnd::open() {
  const Address address = socket_address(endpoint_);
  listener_ = Fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener_) return fail_errno("making a socket", errno);
  set_option(listener_, SOL_SOCKET, SO_REUSEADDR);
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0 ||
      ::listen(listener_.get(), 64) != 0)
    return fail_errno(fmt::format("listening at {} port {}", endpoint_.address, endpoint_.port), errno);
  endpoint_.port = TRY(port_of(listener_));
  return false;
}

std::string NvmeFrontEnd::address() const {
  return fmt::format("{} port {}, {}", endpoint_.address, endpoint_.port, subsystem_.name());
}

// The kernel's own way to connect, which `nvme connect` uses: docs.kernel.org, "nvme-fabrics".
Result<> NvmeFrontEnd::attach() {
  front::load_module("nvme-tcp");
  Fd fabrics(::open(kFabrics, O_RDWR | O_CLOEXEC));
  if (!fabrics && errno == ENOENT)
    return fail(Code::unsupported, "this kernel cannot connect to NVMe drives over TCP: the module nvme-tcp is needed");
  if (!fabrics) return fail_errno(fmt::format("opening {}", kFabrics), errno);
  const std::string options = fmt::format("transport=tcp,traddr={},trsvcid={},nqn={},nr_io_queues=1,reconnect_delay=1",
                                          endpoint_.address, endpoint_.port, subsystem_.name());
  if (::write(fabrics.get(), options.data(), options.size()) < 0)
    return fail_errno("connecting the kernel to " + address(), errno);
  std::array<char, 256> answer{};
  const ssize_t got = ::read(fabrics.get(), answer.data(), answer.size() - 1);
  if (got < 0) return fail_errno(fmt::format("reading {}", kFabrics), errno);
  constexpr std::string_view kInstance = "instance=";
  const std::string_view text(answer.data(), static_cast<std::size_t>(got));
  if (!text.starts_with(kInstance)) return fail(Code::io, fmt::format("{} says '{}'", kFabrics, text));
  controller_ = fmt::format("nvme{}", text.substr(kInstance.size(), text.find(',') - kInstance.size()));
  return {};
}

Result<> NvmeFrontEnd::detach() {
  if (controller_.empty()) return {};
  const std::string file = fmt::format("/sys/class/nvme/{}/delete_controller", controller_);
  if (::access(file.c_str(), F_OK) != 0) return {};  // somebody else was quicker: nvme disconnect
  return write_small_file(file, "1");
}

void NvmeFrontEnd::watch(std::vector<pollfd>& out) const {
  out.push_back({listener_.get(), POLLIN, 0});
  for (const Connection& connection : connections_) {
    const bool waits = !connection.session->output().empty();
    out.push_back({connection.socket.get(), static_cast<short>(waits ? POLLIN | POLLOUT : POLLIN), 0});
  }
}

void NvmeFrontEnd::accept() {
  Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket || connections_.size() >= kMostConnections) return;
  set_option(socket, IPPROTO_TCP, TCP_NODELAY);
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE);
  connections_.push_back({std::move(socket), std::make_shared<Session>(subsystem_, controllers_)});
}

void NvmeFrontEnd::receive(Connection& connection, Time now) {
  std::array<std::byte, 65536> bytes;
  const ssize_t got = ::read(connection.socket.get(), bytes.data(), bytes.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return connection.socket.reset();
  connection.session->receive(std::span(bytes).first(static_cast<std::size_t>(got)), now);
}

void NvmeFrontEnd::transmit(Connection& connection) {
  std::vector<std::byte>& output = connection.session->output();
  while (connection.socket && !output.empty()) {
    const ssize_t sent = ::send(connection.socket.get(), output.data(), output.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) return connection.socket.reset();
    output.erase(output.begin(), output.begin() + sent);
  }
  if (connection.session->ended()) connection.socket.reset();
}

Result<> NvmeFrontEnd::serve(std::span<const pollfd> ready, Time now) {
  std::size_t at = 1;
  for (Connection& connection : connections_)
    if ((ready[at++].revents & ~POLLOUT) != 0) receive(connection, now);
  if (ready[0].revents != 0) accept();
  return {};
}

Result<> NvmeFrontEnd::flush() {
  for (Connection& connection : connections_) transmit(connection);
  connections_.remove_if([](const Connection& connection) { return !connection.socket; });
  return {};
}

}  // namespace lvm::idm::nvme_tcp
