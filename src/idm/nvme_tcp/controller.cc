// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/nvme_tcp/controller.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "idm/nvme/codec.h"
#include "idm/nvme_tcp/page.h"

namespace lvm::idm::nvme_tcp {
namespace {

enum Opcode : std::uint8_t {
  kGetLogPage = 0x02,
  kIdentify = nvme::kIdentifyOpcode,
  kAbort = 0x08,
  kSetFeatures = 0x09,
  kAsynchronousEvent = 0x0C,
  kKeepAlive = 0x18,
};

// Base 3.1.3
constexpr std::uint32_t kCapabilities = 0x00, kVersion = 0x08, kConfiguration = 0x14, kControllerStatus = 0x1C;
constexpr std::uint32_t kVersion14 = 0x00010400;

void put_text(std::vector<std::byte>& page, std::size_t offset, std::size_t size, std::string_view text) {
  std::memset(page.data() + offset, ' ', size);
  std::memcpy(page.data() + offset, text.data(), std::min(size, text.size()));
}

// Of the mutexes, once they are parsed.
class Request final : public front::MutexRequest {
 public:
  Request(Command command, Done done) : command_(std::move(command)), done_(std::move(done)) {}

  void run(Drive& drive, Time now) override {
    nvme::Answer answer = nvme::make_answer(command_, drive.execute(command_, now));
    answer_ = {.status = answer.status, .data = std::move(answer.data)};
  }
  void spoil() override {
    std::ranges::fill(answer_.data, std::byte{0xA5});
    if (answer_.data.empty()) answer_.status = 0x7A5;  // the vendor's, and no answer of a mutex
  }
  void answer() override { done_(std::move(answer_)); }
  void refuse() override { done_({.status = kNotReady}); }
  void busy() override { done_(busy_answer()); }

 private:
  Answer busy_answer() const {
    const Reply reply{.status = Status::busy};
    return {.status = nvme::make_answer(command_, reply).status};
  }

  Command command_;
  Done done_;
  Answer answer_;
};

}  // namespace

void Controller::run_admin(const Submission& command, std::span<const std::byte> data, Time now, Done done) {
  if (command.opcode == kAsynchronousEvent) return;
  const bool mutex = command.opcode == nvme::kWriteOpcode || command.opcode == nvme::kReadOpcode;
  if (!mutex || !subsystem_.mutexes().drive().behaviour().supported) return done(run_now(command));
  auto parsed = nvme::parse_command(command.opcode, command.cdw10.get(), command.cdw12.get(), data);
  if (!parsed) return done({.status = static_cast<std::uint16_t>(parsed.error() | kDoNotRetry)});
  // Answers are as long as cdw10 says, in words of four bytes.
  const std::size_t room = std::min<std::size_t>(command.data_length.get(), kMostTransfer);
  if (command.opcode == nvme::kReadOpcode && command.cdw10.get() > room / 4) return done({.status = kInvalidLength});
  subsystem_.mutexes().take(std::make_unique<Request>(*std::move(parsed), std::move(done)), now);
}

Answer Controller::run_now(const Submission& command) const {
  switch (command.opcode) {
    case kGetLogPage: return log_page(command);
    case kIdentify: return identify(command);
    case kAbort: return {.result = 1};  // it was not aborted
    case kSetFeatures: return set_feature(command);
    case kKeepAlive: return {};
    default: return {.status = kInvalidOpcode};
  }
}

Answer Controller::get_property(const Submission& command) const {
  // All queues in one piece, up to 7.5 s to become ready, the NVM command set, pages of 4 KiB.
  constexpr std::uint64_t kWhatItCan = (kQueueSize - 1u) | 1u << 16 | 15u << 24 | std::uint64_t{1} << 37;
  switch (command.cdw11.get()) {
    case kCapabilities: return {.result = kWhatItCan};
    case kVersion: return {.result = kVersion14};
    case kConfiguration: return {.result = configuration_};
    // Ready as soon as enabled; a shutdown, asked for in bits 14 and 15, is complete.
    case kControllerStatus: return {.result = (configuration_ & 1) | ((configuration_ >> 14 & 3) != 0 ? 8u : 0u)};
    default: return {.status = kInvalidField};
  }
}

Answer Controller::set_property(const Submission& command) {
  if (command.cdw11.get() != kConfiguration) return {.status = kInvalidField};
  configuration_ = command.cdw12.get();
  return {};
}

Answer Controller::identify(const Submission& command) const {
  constexpr std::uint32_t kNamespace = 0, kController = 1, kNamespaces = 2, kDescriptors = 3;
  const std::uint32_t what = command.cdw10.get() & 0xFF, id = command.namespace_id.get();
  switch (what) {
    case kController: return identify_controller();
    case kNamespaces: {
      Answer answer{.data = std::vector<std::byte>(nvme::kIdentifySize)};
      if (id == 0) put(answer.data, 0, le32(1));
      return answer;
    }
    case kNamespace: return id == 1 ? subsystem_.identify_namespace() : Answer{.status = kInvalidNamespace};
    case kDescriptors: return id == 1 ? subsystem_.describe_namespace() : Answer{.status = kInvalidNamespace};
    default: return {.status = kInvalidField};
  }
}

// Base 5.17.2.1. The vendor and the version of in-drive mutexes are where the mutex codec puts them.
Answer Controller::identify_controller() const {
  const Drive& drive = subsystem_.mutexes().drive();
  nvme::Answer of_mutexes = nvme::make_answer(Probe{}, Reply{.version = drive.behaviour().version});
  std::vector<std::byte>& page = of_mutexes.data;
  if (!drive.behaviour().supported) page[nvme::kVersionOffset] = std::byte{0};
  const front::DriveFacts& facts = subsystem_.facts();
  put_text(page, 4, 20, facts.serial);
  put_text(page, 24, 40, "lvm++ IDM");
  put_text(page, 64, 8, "1");
  page[77] = std::byte{std::countr_zero(kMostTransfer / 4096)};  // the exponent of the pages
  put(page, 78, le16(id_));
  put(page, 80, le32(kVersion14));
  page[111] = std::byte{1};          // a controller of a drive
  page[258] = std::byte{3};          // aborts at once, less one
  page[259] = std::byte{3};          // events waited for at once, less one
  put(page, 320, le16(10));          // keep-alive by the second
  page[512] = std::byte{0x66};       // a submission has 2^6 bytes
  page[513] = std::byte{0x44};       // a completion 2^4
  put(page, 514, le16(kQueueSize));  // commands at once
  put(page, 516, le32(1));           // namespaces
  put(page, 520, le16(0x0C));        // dataset management, write zeroes
  page[525] = std::byte{1};          // a cache that flush writes out
  put(page, 536, le32(1));           // scatter-gather lists
  std::memcpy(page.data() + 768, subsystem_.name().data(), std::min<std::size_t>(subsystem_.name().size(), 223));
  put(page, 1792, le32((sizeof(Submission) + kInCapsuleSize) / 16));
  put(page, 1796, le32(sizeof(Completion) / 16));
  page[1803] = std::byte{1};  // data descriptors
  return {.data = std::move(page)};
}

// Errors, health, firmware: there is nothing to say but a temperature (300 K) and that all spare room is left.
Answer Controller::log_page(const Submission& command) const {
  const std::uint32_t what = command.cdw10.get() & 0xFF;
  if (what < 1 || what > 3) return {.status = kInvalidLogPage};
  const std::uint64_t words = (command.cdw10.get() >> 16 | std::uint64_t{command.cdw11.get() & 0xFFFF} << 16) + 1;
  if (words * 4 > kMostTransfer || words * 4 > command.data_length.get()) return {.status = kInvalidLength};
  Answer answer{.data = std::vector<std::byte>(words * 4)};
  if (what == 2 && answer.data.size() >= 4) {
    put(answer.data, 1, le16(300));
    answer.data[3] = std::byte{100};
  }
  return answer;
}

Answer Controller::set_feature(const Submission& command) const {
  constexpr std::uint32_t kWriteCache = 0x06, kQueues = 0x07, kEvents = 0x0B, kKeepAliveTimer = 0x0F;
  switch (command.cdw10.get() & 0xFF) {
    case kQueues: {
      const std::uint32_t wanted = std::min<std::uint32_t>(command.cdw11.get() & 0xFFFF, kMostQueues - 1);
      return {.result = wanted | wanted << 16};
    }
    case kWriteCache:
    case kEvents:
    case kKeepAliveTimer: return {};
    default: return {.status = kInvalidField};
  }
}

std::shared_ptr<Controller> Controllers::add(Subsystem& subsystem) {
  std::erase_if(controllers_, [](const auto& entry) { return entry.second.expired(); });
  constexpr std::uint16_t kMost = 1000;
  for (std::uint16_t id = 1; id <= kMost; ++id) {
    if (controllers_.contains(id)) continue;
    auto out = std::make_shared<Controller>(subsystem, id);
    controllers_[id] = out;
    return out;
  }
  return nullptr;
}

std::shared_ptr<Controller> Controllers::find(std::uint16_t id) const {
  const auto found = controllers_.find(id);
  return found == controllers_.end() ? nullptr : found->second.lock();
}

}  // namespace lvm::idm::nvme_tcp
