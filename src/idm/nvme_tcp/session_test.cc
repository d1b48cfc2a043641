// SPDX-License-Identifier: LGPL-2.1-or-later
// A host's side of NVMe over TCP, byte by byte, against a drive in memory. The kernel's own side is asked in a QEMU
// guest (idm/nvme_tcp/kernel_test.cc).
#include "idm/nvme_tcp/session.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/fd.h"
#include "idm/nvme/codec.h"
#include "idm/testing/drive_text.h"

namespace lvm::idm::nvme_tcp {
namespace {

constexpr std::size_t kBlocks = 8192, kBlock = 512;

using Bytes = std::vector<std::byte>;

Bytes pattern(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::byte>(i * 7 + i / 256);
  return out;
}

// What came for one command.
struct Received {
  std::uint16_t status = 0;
  std::uint64_t result = 0;
  Bytes data;
  std::optional<DataPdu> ready;
};

class Host {
 public:
  Host(Subsystem& subsystem, Controllers& controllers)
      : session_(std::make_shared<Session>(subsystem, controllers)), name_(subsystem.name()) {}

  Session& session() { return *session_; }

  void feed(const void* bytes, std::size_t size) {
    // In pieces, as TCP may: no border means anything.
    auto rest = std::as_bytes(std::span(static_cast<const char*>(bytes), size));
    for (std::size_t piece = 1; !rest.empty(); piece = piece % 97 + 13) {
      const auto part = rest.first(std::min(piece, rest.size()));
      session_->receive(part, now);
      rest = rest.subspan(part.size());
    }
  }
  template <class Pdu>
  void feed(const Pdu& pdu, const Bytes& data = {}) {
    Bytes bytes(sizeof pdu + data.size());
    std::memcpy(bytes.data(), &pdu, sizeof pdu);
    std::ranges::copy(data, bytes.begin() + sizeof pdu);
    feed(bytes.data(), bytes.size());
  }

  void greet() {
    ConnectPdu request;
    request.header.type = kPduConnectRequest;
    feed(request);
    const auto response = take<ConnectPdu>();
    EXPECT_EQ(response.header.type, kPduConnectResponse);
    EXPECT_EQ(response.most.get(), kMostTransfer);
  }

  void send(Submission submission, const Bytes& data = {}, bool in_capsule = true) {
    submission.id.set(++last_id_);
    CommandPdu pdu{{kPduCommand, 0, sizeof(CommandPdu), 0, le32(sizeof(CommandPdu))}, submission};
    if (!data.empty() && in_capsule) {
      pdu.header.data_offset = sizeof pdu;
      pdu.header.length.set(static_cast<std::uint32_t>(sizeof pdu + data.size()));
      pdu.submission.data_descriptor = kInCapsule;
      return feed(pdu, data);
    }
    feed(pdu);
  }
  // Everything until the completion, or until a ready-to-transfer.
  Received receive() {
    Received out;
    while (!session_->output().empty()) {
      PduHeader header;
      std::memcpy(&header, session_->output().data(), sizeof header);
      if (header.type == kPduDataToHost) {
        const auto data = take<DataPdu>();
        auto& output = session_->output();
        const auto end = output.begin() + data.length.get();
        out.data.insert(out.data.end(), output.begin(), end);
        output.erase(output.begin(), end);
      } else if (header.type == kPduReadyToTransfer) {
        out.ready = take<DataPdu>();
        return out;
      } else {
        const auto response = take<ResponsePdu>();
        EXPECT_EQ(response.completion.id.get(), last_id_);
        out.status = response.completion.status.get() >> 1;
        out.result = response.completion.result.get();
        return out;
      }
    }
    ADD_FAILURE() << "no answer";
    return out;
  }
  Received ask(const Submission& submission, const Bytes& data = {}) {
    send(submission, data);
    return receive();
  }

  Received connect(std::uint16_t queue, std::uint16_t controller, std::string name = {}) {
    if (name.empty()) name = name_;
    Submission submission{.opcode = Submission::kFabrics, .namespace_id = le32(0x01), .data_length = le32(1024)};
    submission.cdw10.set(std::uint32_t{queue} << 16);
    submission.cdw11.set(31);
    ConnectData data;
    data.controller.set(controller);
    std::ranges::copy(name, data.subsystem);
    Bytes bytes(sizeof data);
    std::memcpy(bytes.data(), &data, sizeof data);
    return ask(submission, bytes);
  }
  Received property(std::uint32_t offset, std::optional<std::uint32_t> value = {}) {
    Submission submission{.opcode = Submission::kFabrics, .namespace_id = le32(value ? 0x00 : 0x04)};
    submission.cdw11.set(offset);
    submission.cdw12.set(value.value_or(0));
    return ask(submission);
  }
  // As an admin queue that is ready for everything.
  std::uint16_t become_ready() {
    greet();
    const auto joined = connect(0, 0xFFFF);
    EXPECT_EQ(joined.status, kSuccess);
    EXPECT_EQ(property(0x14, 1).status, kSuccess);
    EXPECT_EQ(property(0x1C).result, 1u);
    return static_cast<std::uint16_t>(joined.result);
  }

  Time now{0};

 private:
  template <class Pdu>
  Pdu take() {
    Pdu out{};
    auto& output = session_->output();
    if (output.size() < sizeof out) {
      ADD_FAILURE() << "no answer";
      return out;
    }
    std::memcpy(&out, output.data(), sizeof out);
    output.erase(output.begin(), output.begin() + sizeof out);
    return out;
  }

  std::shared_ptr<Session> session_;
  std::string name_;
  std::uint16_t last_id_ = 0;
};

class UnitIdmNvmeTcp : public ::testing::Test {
 protected:
  UnitIdmNvmeTcp() {
    char name[] = "/tmp/idm-nvme-XXXXXX";
    Fd file(::mkstemp(name));
    path_ = name;
    EXPECT_EQ(::ftruncate(file.get(), kBlocks * kBlock), 0);
    restart(false);
  }
  ~UnitIdmNvmeTcp() override { ::unlink(path_.c_str()); }

  void restart(bool read_only) {
    subsystem_.emplace(
        front::DriveFacts{*DriveId::parse("eui.00112233445566778899aabbccddeeff"), "serial-1", kBlocks, kBlock},
        front::Backing::open(path_, read_only).value(), mutexes_);
    admin_.emplace(*subsystem_, controllers_);
    const std::uint16_t controller = admin_->become_ready();
    io_.emplace(*subsystem_, controllers_);
    io_->greet();
    EXPECT_EQ(io_->connect(1, controller).status, kSuccess);
  }
  static Submission transfer(std::uint8_t opcode, std::uint64_t first, std::uint32_t count) {
    Submission out{.opcode = opcode, .namespace_id = le32(1), .data_length = le32(count * kBlock)};
    out.cdw10.set(static_cast<std::uint32_t>(first));
    out.cdw11.set(static_cast<std::uint32_t>(first >> 32));
    out.cdw12.set(count - 1);
    return out;
  }
  static std::pair<Submission, Bytes> mutex(const Command& command) {
    const nvme::Request request = nvme::encode(command);
    Submission out{.opcode = request.opcode};
    out.data_length.set(static_cast<std::uint32_t>(request.out.size() + request.in_size));
    out.cdw10.set(request.cdw10);
    out.cdw12.set(request.cdw12);
    return {out, request.out};
  }
  Outcome run(const Command& command) {
    const auto [submission, data] = mutex(command);
    const Received got = admin_->ask(submission, data);
    constexpr std::uint16_t kVendors[] = {nvme::kVendorSeagate};
    return nvme::decode(command, {.status = got.status, .data = got.data}, kVendors);
  }

  std::string path_;
  Drive drive_;
  front::MutexQueue mutexes_{drive_};
  std::optional<Subsystem> subsystem_;
  Controllers controllers_;
  std::optional<Host> admin_, io_;
};

TEST_F(UnitIdmNvmeTcp, SaysWhatItIs) {
  EXPECT_EQ(run(Probe{})->version.major, 8);
  const auto identify = [&](std::uint32_t what, std::uint32_t id) {
    Submission command{.opcode = 0x06, .namespace_id = le32(id), .data_length = le32(4096)};
    command.cdw10.set(what);
    return admin_->ask(command);
  };
  const Received controller = identify(1, 0);
  ASSERT_EQ(controller.data.size(), 4096u);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(controller.data.data()) + 4, 8), "serial-1");
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(controller.data.data()) + 768), subsystem_->name());
  EXPECT_EQ(subsystem_->name(), "nqn.2014-08.org.nvmexpress:uuid:00112233-4455-6677-8899-aabbccddeeff");
  EXPECT_EQ(identify(2, 0).data[0], std::byte{1});
  EXPECT_EQ(identify(2, 1).data[0], std::byte{0});  // none above the first
  const Received drive = identify(0, 1);
  EXPECT_EQ(drive.data[1], std::byte{kBlocks >> 8});
  EXPECT_EQ(drive.data[104], std::byte{0x00});
  EXPECT_EQ(drive.data[105], std::byte{0x11});
  EXPECT_EQ(drive.data[130], std::byte{9});
  EXPECT_EQ(identify(3, 1).data[4 + 15], std::byte{0xFF});
  EXPECT_EQ(identify(0, 2).status, kInvalidNamespace);
  EXPECT_EQ(identify(0x1C, 1).status, kInvalidField);
}

TEST_F(UnitIdmNvmeTcp, DataComesBack) {
  const Bytes small = pattern(3 * kBlock), large = pattern(kMostTransfer);
  EXPECT_EQ(io_->ask(transfer(0x01, 5, 3), small).status, kSuccess);
  EXPECT_EQ(io_->ask(transfer(0x02, 5, 3)).data, small);
  // More than a capsule holds: the drive asks for it.
  io_->send(transfer(0x01, 100, kMostTransfer / kBlock), large, false);
  const Received asked = io_->receive();
  ASSERT_TRUE(asked.ready);
  EXPECT_EQ(asked.ready->length.get(), kMostTransfer);
  for (std::size_t at = 0; at < large.size(); at += large.size() / 4) {
    const auto part = std::span(large).subspan(at, large.size() / 4);
    DataPdu data{{kPduDataToController, 0, sizeof(DataPdu), sizeof(DataPdu),
                  le32(static_cast<std::uint32_t>(sizeof(DataPdu) + part.size()))},
                 asked.ready->id,
                 asked.ready->tag,
                 le32(static_cast<std::uint32_t>(at)),
                 le32(static_cast<std::uint32_t>(part.size())),
                 {}};
    if (at + part.size() == large.size()) data.header.flags = kPduLast;
    io_->feed(data, {part.begin(), part.end()});
  }
  EXPECT_EQ(io_->receive().status, kSuccess);
  EXPECT_EQ(io_->ask(transfer(0x02, 100, kMostTransfer / kBlock)).data, large);
  EXPECT_EQ(io_->ask(transfer(0x08, 5, 3)).status, kSuccess);
  EXPECT_EQ(io_->ask(transfer(0x02, 5, 3)).data, Bytes(3 * kBlock));
  EXPECT_EQ(io_->ask({.opcode = 0x00, .namespace_id = le32(1)}).status, kSuccess);
}

TEST_F(UnitIdmNvmeTcp, DeallocatedBlocksAreZero) {
  EXPECT_EQ(io_->ask(transfer(0x01, 8, 8), pattern(8 * kBlock)).status, kSuccess);
  Submission command{.opcode = 0x09, .namespace_id = le32(1), .data_length = le32(16)};
  command.cdw11.set(1u << 2);
  Bytes range(16);
  range[4] = std::byte{8}, range[8] = std::byte{8};
  EXPECT_EQ(io_->ask(command, range).status, kSuccess);
  EXPECT_EQ(io_->ask(transfer(0x02, 8, 8)).data, Bytes(8 * kBlock));
  range[11] = std::byte{1};  // behind the end
  EXPECT_EQ(io_->ask(command, range).status, kLbaOutOfRange);
}

TEST_F(UnitIdmNvmeTcp, WrongRangesAreRefused) {
  EXPECT_EQ(io_->ask(transfer(0x02, kBlocks - 1, 2)).status, kLbaOutOfRange);
  EXPECT_EQ(io_->ask(transfer(0x02, ~std::uint64_t{0}, 1)).status, kLbaOutOfRange);
  EXPECT_EQ(io_->ask(transfer(0x01, kBlocks, 1), pattern(kBlock)).status, kLbaOutOfRange);
  Submission short_read = transfer(0x02, 0, 2);
  short_read.data_length.set(kBlock);
  EXPECT_EQ(io_->ask(short_read).status, kInvalidLength);
  Submission other = transfer(0x02, 0, 1);
  other.namespace_id.set(2);
  EXPECT_EQ(io_->ask(other).status, kInvalidNamespace);
  EXPECT_EQ(io_->ask({.opcode = 0x55, .namespace_id = le32(1)}).status, kInvalidOpcode);
  restart(true);
  EXPECT_EQ(io_->ask(transfer(0x01, 0, 1), pattern(kBlock)).status, kWriteProtected);
}

TEST_F(UnitIdmNvmeTcp, FaultsOfTheDrive) {
  using Kind = TransportError::Kind;
  const Command lock = testing::command("try ex", 'A'), unlock = testing::command("unlock ex", 'A');
  drive_.faults.nonsense = 2;
  EXPECT_EQ(run(lock).error().kind, Kind::malformed);
  EXPECT_EQ(run(ReadRecords{1}).error().kind, Kind::malformed);
  drive_.faults.gone = true;
  EXPECT_EQ(run(unlock).error().kind, Kind::no_path);
  EXPECT_FALSE(run(unlock).error().may_have_run);
  EXPECT_EQ(io_->ask(transfer(0x02, 0, 1)).status, kNotReady);
  drive_.faults.gone = false;
  drive_.faults.busy = 1;
  EXPECT_EQ(run(unlock)->status, Status::busy);
  // Late: nothing comes before its time.
  drive_.faults.delay = std::chrono::seconds(2);
  const auto [submission, data] = mutex(unlock);
  admin_->send(submission, data);
  EXPECT_EQ(mutexes_.run_due(std::chrono::seconds(1)), std::chrono::seconds(1));
  EXPECT_TRUE(admin_->session().output().empty());
  EXPECT_EQ(drive_.record_count(), 1u);
  EXPECT_EQ(mutexes_.run_due(std::chrono::seconds(2)), std::nullopt);
  EXPECT_EQ(admin_->receive().status, kSuccess);
}

// Found by the fuzzer: 16 GiB were set aside for it.
TEST_F(UnitIdmNvmeTcp, MoreRecordsThanATransferHoldsAreRefused) {
  auto [submission, data] = mutex(ReadRecords{kMostTransfer / kRecordSize});
  EXPECT_EQ(admin_->ask(submission).data.size(), kMostTransfer);
  submission.data_length.set(kMostTransfer - 512);
  EXPECT_EQ(admin_->ask(submission).status, kInvalidLength);
  EXPECT_EQ(admin_->ask(mutex(ReadRecords{1u << 20}).first).status, kInvalidLength);
}

TEST_F(UnitIdmNvmeTcp, AnAnswerForAHostThatHasGone) {
  drive_.faults.delay = std::chrono::seconds(2);
  const auto [submission, data] = mutex(testing::command("try ex", 'A'));
  admin_->send(submission, data);
  admin_.reset();
  EXPECT_EQ(mutexes_.run_due(std::chrono::seconds(3)), std::nullopt);
  // Its other queues end with its controller.
  io_->feed(CommandPdu{{kPduCommand, 0, sizeof(CommandPdu), 0, le32(sizeof(CommandPdu))}, transfer(0x02, 0, 1)});
  EXPECT_TRUE(io_->session().ended());
}

TEST_F(UnitIdmNvmeTcp, AnOrdinaryDrive) {
  Drive ordinary({}, {.supported = false});
  front::MutexQueue mutexes(ordinary);
  Subsystem subsystem({*DriveId::parse("eui.0011223344556677"), "s", kBlocks, kBlock},
                      front::Backing::open(path_, false).value(), mutexes);
  Host host(subsystem, controllers_);
  host.become_ready();
  const auto [submission, data] = mutex(testing::command("try ex", 'A'));
  EXPECT_EQ(host.ask(submission, data).status, kInvalidOpcode);
  Submission identify{.opcode = 0x06, .data_length = le32(4096)};
  identify.cdw10.set(1);
  EXPECT_EQ(host.ask(identify).data[nvme::kVersionOffset], std::byte{0});
}

TEST_F(UnitIdmNvmeTcp, QueuesJoinWhatThereIs) {
  Host other(*subsystem_, controllers_);
  other.greet();
  EXPECT_EQ(other.ask({.opcode = 0x06}).status, kCommandSequence);
  EXPECT_EQ(other.connect(0, 0xFFFF, "nqn.2014-08.org.nvmexpress.discovery").status, kConnectInvalid);
  EXPECT_EQ(other.connect(1, 77).status, kConnectInvalid);
  EXPECT_EQ(other.connect(0, 1).status, kConnectInvalid);
  const Received joined = other.connect(0, 0xFFFF);
  EXPECT_EQ(joined.status, kSuccess);
  EXPECT_EQ(other.connect(0, 0xFFFF).status, kCommandSequence);  // once is enough
  Host early(*subsystem_, controllers_);
  early.greet();
  EXPECT_EQ(early.connect(1, static_cast<std::uint16_t>(joined.result)).status, kConnectInvalid);  // not enabled yet
  EXPECT_FALSE(other.session().ended());
}

TEST_F(UnitIdmNvmeTcp, NonsenseEndsTheConnection) {
  const auto ends = [&](const auto& pdu, bool greeted) {
    Host host(*subsystem_, controllers_);
    if (greeted) host.greet();
    host.feed(pdu);
    return host.session().ended();
  };
  EXPECT_TRUE(ends(PduHeader{kPduConnectRequest, 0, 128, 0, le32(4)}, false));
  EXPECT_TRUE(ends(PduHeader{kPduConnectRequest, 0, 128, 0, le32(~0u)}, false));
  EXPECT_TRUE(ends(PduHeader{0x42, 0, 8, 0, le32(8)}, true));
  const CommandPdu early{{kPduCommand, 0, sizeof(CommandPdu), 0, le32(sizeof(CommandPdu))}, {}};
  EXPECT_TRUE(ends(early, false));
  const DataPdu unasked{{kPduDataToController, 0, sizeof(DataPdu), 0, le32(sizeof(DataPdu))}, {}, {}, {}, {}, {}};
  EXPECT_TRUE(ends(unasked, true));
  // Data that the capsule does not have.
  CommandPdu empty = early;
  empty.submission = {.opcode = 0x01, .data_length = le32(512), .data_descriptor = kInCapsule};
  empty.header.data_offset = sizeof empty;
  EXPECT_TRUE(ends(empty, true));
  ConnectPdu twice;
  twice.header.type = kPduConnectRequest;
  EXPECT_TRUE(ends(twice, true));
}

}  // namespace
}  // namespace lvm::idm::nvme_tcp
