// SPDX-License-Identifier: LGPL-2.1-or-later
// Bytes of two clients of one lvmlockd, in pieces, with clients that vanish half-way and time that passes. Whatever
// they send, another host keeps what it holds, and nobody here gets it beside; and the daemon goes on serving.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lockd/protocol.h"
#include "lockd/testing/host.h"
#include "message/message.h"

namespace {

using namespace lvm::lockd;
using namespace lvm::lockd::testing;

constexpr std::size_t kLongest = 1 << 16;

// What the daemon has for a connection: one request at a time, and none behind a malformed one.
struct Peer {
  lvm::message::Framer input{kLongest};
  ClientId client = 0;
  bool waits = false, ended = false;
};

class Session {
 public:
  explicit Session(Host& host) : host_(host) {
    for (Peer& peer : peers_) peer.client = host_.core->connect();
  }

  void receive(std::size_t which, std::string_view bytes) {
    Peer& peer = peers_[which];
    if (peer.ended || peer.waits) return;
    if (!peer.input.add(bytes)) {
      peer.ended = true;
      return;
    }
    auto body = peer.input.take();
    if (!body) return;
    auto message = lvm::message::Message::parse(std::move(*body));
    auto request = message ? parse_request(*message) : std::unexpected(message.error());
    if (!request) {
      peer.ended = true;
      return;
    }
    // These say of another host's lock that it is none.
    if (request->op == Op::free || request->op == Op::set_remote_lv_lock) return;
    peer.waits = true;
    const ClientId client = peer.client;
    host_.core->submit(client, *request, [&peer, client](const Request& asked, const Reply& reply) {
      if (peer.client != client || peer.ended) return false;
      peer.waits = false;
      const bool locks = asked.op == Op::lock && (asked.mode == Mode::shared || asked.mode == Mode::exclusive);
      CHECK(!(locks && asked.resource == ResourceKind::lv && asked.vg_name == "vg" && asked.lv_uuid == "held" &&
              reply.result == 0));
      (void)write_reply(asked, reply).encode();
      return true;
    });
  }

  void vanish(std::size_t which) {
    host_.core->disconnect(peers_[which].client);
    peers_[which] = Peer{};
    peers_[which].client = host_.core->connect();
  }

 private:
  Host& host_;
  std::array<Peer, 2> peers_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  VirtualExecutor executor;
  auto cluster = std::make_shared<Cluster>();
  Host here(executor, cluster, 1, {ManagerKind::dlm}), far(executor, cluster, 2, {ManagerKind::dlm});
  const ClientId keeper = far.core->connect();
  CHECK(far.ask(keeper, start_vg(ManagerKind::dlm, "vg")) == 0);
  CHECK(far.ask(keeper, lock_lv("vg", "held", Mode::exclusive)) == 0);
  const ClientId first = here.core->connect();
  CHECK(here.ask(first, start_vg(ManagerKind::dlm, "vg")) == 0);
  Session session(here);
  for (std::size_t at = 0; at + 1 < size;) {
    const std::size_t which = data[at] & 1;
    if ((data[at] & 0x0E) == 0x0E) session.vanish(which);
    if ((data[at] & 0x30) == 0x30) here.run(Time{2000});
    const std::size_t length = std::min<std::size_t>(size - at - 1, 1 + data[at] * std::size_t{8});
    session.receive(which, {reinterpret_cast<const char*>(data) + at + 1, length});
    here.run(Time{20});
    at += 1 + length;
  }
  here.run(Time{10'000});
  for (std::size_t which : {0u, 1u}) session.vanish(which);
  Request query = vg_op(Op::query_lock, "vg");
  query.resource = ResourceKind::lv;
  query.lv_uuid = "held";
  auto held = far.send(keeper, query);
  far.run();
  CHECK(*held && (*held)->result == 0 && (*held)->mode == Mode::exclusive && cluster->holds(2, "lvm_vg", "held"));
  auto info = here.send(here.core->connect(), vg_op(Op::vg_status, "vg"));
  here.run();
  CHECK(info->has_value());
  return 0;
}
