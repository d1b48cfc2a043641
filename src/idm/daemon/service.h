// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "idm/daemon/wire.h"
#include "idm/manager/manager.h"
#include "idm/transport.h"

namespace lvm::idm {

// From the names clients use to drives. A device on several drives gives each of them a vote.
class Resolver {
 public:
  virtual ~Resolver() = default;
  virtual Result<std::vector<DriveId>> drives_below(const std::string& path) = 0;
  // A drive could not be reached: it may have come back under another name.
  virtual void look_again() {}
};

// What the service does to the machine.
class Machine {
 public:
  virtual ~Machine() = default;
  virtual void fence(const std::string& space, FenceStage stage, const FencePlan& plan) = 0;
  virtual void journal(const JournalEntry& entry) = 0;
  virtual void say(const std::string& text) = 0;
  virtual std::uint64_t wall_milliseconds() = 0;
  virtual std::uint64_t random() = 0;
};

// The lock manager daemon without its sockets: bytes of clients in and out, drives through a transport, the time from
// timers. Two kinds of clients: Seagate's protocol (wire.h), and ours, lines of text (text.cc).
class Service final : public ManagerPort {
 public:
  using ClientId = std::uint64_t;
  enum class Protocol : std::uint8_t { seagate, text };

  Service(Transport& transport, Timers& timers, Resolver& resolver, Machine& machine, const Rules& rules,
          std::string host_name);
  ~Service() override;

  // `process` is the peer's, from its credentials.
  ClientId connect(Protocol protocol, std::int32_t process);
  void receive(ClientId client, std::span<const std::uint8_t> bytes);
  // The connection ended. What the client holds is kept: see Manager::orphan_space.
  void disconnect(ClientId client);
  // What is to be sent; the caller takes it away. `hang_up`: close the connection behind it.
  std::string& output(ClientId client) { return clients_.at(client).output; }
  bool hang_up(ClientId client) const { return clients_.at(client).hang_up; }
  // Reads of a client that waits for an answer can be left to the kernel.
  bool busy(ClientId client) const { return clients_.at(client).pending != 0; }

  // Locks of a former process, before any client.
  void adopt(const std::vector<JournalEntry>& entries);
  // Calls of the manager that only time brings; arms the timers itself.
  Manager& manager() { return manager_; }
  Time safe_until() { return manager_.safe_until(timers_.now()); }

  // ManagerPort.
  void send(const CommandTicket& ticket, const DriveId& drive, Command command) override;
  void answer(RequestId request, const Answer& answer) override;
  void journal(const JournalEntry& entry) override { machine_.journal(entry); }
  void fence(SpaceId space, const std::string& name, FenceStage stage, const FencePlan& plan) override;
  std::uint64_t wall_milliseconds() override { return machine_.wall_milliseconds(); }
  std::uint64_t random() override { return machine_.random(); }

 private:
  struct Client {
    Protocol protocol = Protocol::seagate;
    std::int32_t process = 0;
    SpaceId space = 0;
    bool greeted = false, hang_up = false;
    std::vector<std::uint8_t> input;
    std::string output;
    RequestId pending = 0;
    wire::Verb command{};  // of the pending request
    std::string verb;
  };

  void arm();
  void advance(ClientId client);
  Result<Placement> place(const std::vector<std::string>& paths);
  HostId new_host(std::int32_t process);
  bool injected(std::size_t index) const;
  RequestId begin(ClientId id);

  // seagate.cc
  void serve(ClientId id, const wire::Request& request);
  void serve_drives(ClientId id, const wire::Request& request);
  void serve_space(ClientId id, const wire::Request& request);
  void serve_version(ClientId id, const wire::Request& request);
  void reply(ClientId id, std::int32_t result, std::span<const std::uint8_t> data = {});
  void answer_seagate(ClientId id, const Answer& answer);

  // text.cc
  using Words = std::map<std::string, std::string, std::less<>>;
  void serve_line(ClientId id, std::string_view line);
  void serve_lock_verb(ClientId id, const std::string& verb, const Words& words);
  void open_named(ClientId id, const Words& words);
  void say_state(std::string& out);
  void say_drives(std::string& out);
  void reply_text(ClientId id, std::string_view first, std::string_view rest = {});
  void answer_text(ClientId id, const Answer& answer);
  Result<Placement> placement_of(const Words& words);

  Transport& transport_;
  Timers& timers_;
  Resolver& resolver_;
  Machine& machine_;
  Manager manager_;
  std::string host_name_;
  std::array<std::uint8_t, 16> instance_{};
  std::unordered_map<ClientId, Client> clients_;
  std::unordered_map<RequestId, ClientId> pending_;
  std::unordered_map<std::uint64_t, Transport::Ticket> under_way_;
  ClientId last_client_ = 0;
  RequestId last_request_ = 0;
  std::uint64_t last_command_ = 0;
  std::uint32_t hosts_made_ = 0;
  std::int32_t inject_percent_ = 0;
  Timers::Id armed_ = 0;
  Time armed_at_ = Time::max();
};

}  // namespace lvm::idm
