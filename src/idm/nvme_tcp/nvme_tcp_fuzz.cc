// SPDX-License-Identifier: LGPL-2.1-or-later
// Any bytes from a host: before the queue has joined, and as an admin and an I/O queue that have.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/fd.h"
#include "idm/nvme_tcp/session.h"

namespace {

using namespace lvm;
using namespace lvm::idm;
using namespace lvm::idm::nvme_tcp;

constexpr std::size_t kBlocks = 256;

Subsystem make_subsystem(front::MutexQueue& mutexes) {
  static const int file = ::memfd_create("drive", 0);
  CHECK(::ftruncate(file, kBlocks * 512) == 0);
  return Subsystem({*DriveId::parse("eui.0011223344556677"), "s", kBlocks, 512},
                   front::Backing::open(fmt::format("/proc/self/fd/{}", file), false).value(), mutexes);
}

template <class Pdu>
void feed(Session& session, const Pdu& pdu) {
  session.receive(std::as_bytes(std::span(&pdu, 1)), Time{0});
}

void join(Session& session, const Subsystem& subsystem, std::uint16_t queue, std::uint16_t controller) {
  ConnectPdu greeting;
  greeting.header.type = kPduConnectRequest;
  feed(session, greeting);
  struct {
    CommandPdu command{{kPduCommand, 0, sizeof(CommandPdu), sizeof(CommandPdu), le32(sizeof(CommandPdu) + 1024)}, {}};
    ConnectData data;
  } connect;
  connect.command.submission = {.opcode = Submission::kFabrics,
                                .namespace_id = le32(1),
                                .data_length = le32(1024),
                                .data_descriptor = kInCapsule};
  connect.command.submission.cdw10.set(std::uint32_t{queue} << 16);
  connect.command.submission.cdw11.set(31);
  connect.data.controller.set(controller);
  subsystem.name().copy(connect.data.subsystem, sizeof connect.data.subsystem);
  feed(session, connect);
  CommandPdu enable{{kPduCommand, 0, sizeof(CommandPdu), 0, le32(sizeof(CommandPdu))}, {}};
  enable.submission = {.opcode = Submission::kFabrics};
  enable.submission.cdw11.set(0x14);
  enable.submission.cdw12.set(1);
  if (queue == 0) feed(session, enable);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Drive drive;
  front::MutexQueue mutexes(drive);
  Subsystem subsystem = make_subsystem(mutexes);
  Controllers controllers;
  const auto admin = std::make_shared<Session>(subsystem, controllers);
  const auto other = std::make_shared<Session>(subsystem, controllers);
  if (data[0] % 3 != 0) join(*admin, subsystem, 0, 0xFFFF);
  if (data[0] % 3 == 2) join(*other, subsystem, 1, 1);
  Session& asked = data[0] % 3 == 2 ? *other : *admin;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  asked.receive(bytes.first(bytes.size() / 2), Time{0});
  asked.receive(bytes.subspan(bytes.size() / 2), Time{0});
  CHECK(asked.output().size() < 512u << 20);
  (void)mutexes.run_due(std::chrono::seconds(100));
  return 0;
}
