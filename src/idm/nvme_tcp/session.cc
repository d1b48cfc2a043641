// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/nvme_tcp/session.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace lvm::idm::nvme_tcp {
namespace {

enum FabricsType : std::uint8_t { kSetProperty = 0x00, kConnect = 0x01, kGetProperty = 0x04 };

constexpr std::size_t kLongestPdu = kMostTransfer + 4096;

template <class T>
std::optional<T> load(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T out;
  std::memcpy(&out, bytes.data(), sizeof out);
  return out;
}

// The data of a PDU stands where its header says.
std::optional<std::span<const std::byte>> data_of(std::span<const std::byte> pdu, std::size_t size) {
  const auto offset = std::to_integer<std::size_t>(pdu[offsetof(PduHeader, data_offset)]);
  if (offset < sizeof(PduHeader) || offset > pdu.size() || size > pdu.size() - offset) return std::nullopt;
  return pdu.subspan(offset, size);
}

std::string_view text_of(const char (&field)[256]) { return {field, ::strnlen(field, sizeof field)}; }

}  // namespace

template <class Pdu>
void Session::put(const Pdu& pdu) {
  const auto bytes = std::as_bytes(std::span(&pdu, 1));
  output_.insert(output_.end(), bytes.begin(), bytes.end());
}

void Session::receive(std::span<const std::byte> bytes, Time now) {
  if (ended_) return;
  input_.insert(input_.end(), bytes.begin(), bytes.end());
  std::size_t at = 0;
  while (const auto header = load<PduHeader>(std::span(input_).subspan(at))) {
    const std::size_t length = header->length.get();
    if (length < sizeof(PduHeader) || length > kLongestPdu || header->header_length > length) {
      ended_ = true;
      break;
    }
    if (input_.size() - at < length) break;
    if (!handle(std::span(input_).subspan(at, length), now)) {
      ended_ = true;
      break;
    }
    at += length;
  }
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(at));
  // A host that has lost its controller learns it by the end of its queues.
  if (joined_ && controller_.expired()) ended_ = true;
}

bool Session::handle(std::span<const std::byte> pdu, Time now) {
  switch (std::to_integer<std::uint8_t>(pdu[0])) {
    case kPduConnectRequest: return handle_connect(pdu);
    case kPduCommand: return greeted_ && handle_command(pdu, now);
    case kPduDataToController: return greeted_ && handle_data(pdu, now);
    default: return false;  // requests to end are among them
  }
}

bool Session::handle_connect(std::span<const std::byte> pdu) {
  const auto request = load<ConnectPdu>(pdu);
  if (!request || greeted_ || request->version.get() != 0) return false;
  greeted_ = true;
  ConnectPdu response;
  response.most.set(kMostTransfer);  // no padding, no digests, whatever was asked for
  put(response);
  return true;
}

bool Session::handle_command(std::span<const std::byte> pdu, Time now) {
  const auto command = load<CommandPdu>(pdu);
  if (!command) return false;
  const Submission& submission = command->submission;
  const std::size_t size = submission.sends_data() ? submission.data_length.get() : 0;
  if (size > kMostTransfer) {
    send(submission, {.status = kInvalidLength});
    return true;
  }
  if (size == 0 || submission.data_descriptor == kInCapsule) {
    const auto data = data_of(pdu, size);
    if (size != 0 && !data) return false;
    start(submission, data.value_or(std::span<const std::byte>{}), now);
    return true;
  }
  // A host that asks for more at once than the queue has room for cannot be told apart by the commands' ids.
  const std::uint16_t id = submission.id.get();
  if (incoming_.size() >= kQueueSize || incoming_.contains(id)) return false;
  incoming_[id] = {submission, std::vector<std::byte>(size)};
  DataPdu ready{{kPduReadyToTransfer, 0, sizeof(DataPdu), 0, le32(sizeof(DataPdu))}, le16(id), le16(id), {}, {}, {}};
  ready.length.set(static_cast<std::uint32_t>(size));
  put(ready);
  return true;
}

bool Session::handle_data(std::span<const std::byte> pdu, Time now) {
  const auto header = load<DataPdu>(pdu);
  if (!header) return false;
  const auto found = incoming_.find(header->tag.get());
  if (found == incoming_.end() || header->id.get() != found->first) return false;
  Incoming& incoming = found->second;
  const std::size_t offset = header->offset.get(), length = header->length.get();
  const auto data = data_of(pdu, length);
  // In order and without gaps, as the transport demands.
  if (!data || offset != incoming.received || length > incoming.data.size() - offset) return false;
  std::ranges::copy(*data, incoming.data.begin() + static_cast<std::ptrdiff_t>(offset));
  incoming.received += length;
  const bool last = (header->header.flags & kPduLast) != 0;
  if (incoming.received < incoming.data.size()) return !last;
  const Incoming whole = std::move(incoming_.extract(found).mapped());
  start(whole.submission, whole.data, now);
  return true;
}

void Session::start(const Submission& submission, std::span<const std::byte> data, Time now) {
  if (submission.opcode == Submission::kFabrics) return send(submission, run_fabrics(submission, data));
  const auto controller = controller_.lock();
  if (!controller || !controller->enabled()) return send(submission, {.status = kCommandSequence});
  if (queue_ != 0) return send(submission, subsystem_.run_io(submission, data));
  controller->run_admin(submission, data, now, [self = weak_from_this(), submission](Answer answer) {
    if (const auto session = self.lock()) session->send(submission, answer);
  });
}

Answer Session::run_fabrics(const Submission& submission, std::span<const std::byte> data) {
  if (submission.fabrics_type() == kConnect) return join(submission, data);
  const auto controller = controller_.lock();
  if (!controller || queue_ != 0) return {.status = kCommandSequence};
  switch (submission.fabrics_type()) {
    case kGetProperty: return controller->get_property(submission);
    case kSetProperty: return controller->set_property(submission);
    default: return {.status = kInvalidOpcode};
  }
}

// Base 6.3 (Fabrics Connect): which controller the queue belongs to.
Answer Session::join(const Submission& submission, std::span<const std::byte> bytes) {
  constexpr std::uint16_t kAny = 0xFFFF;
  const auto data = load<ConnectData>(bytes);
  const auto queue = static_cast<std::uint16_t>(submission.cdw10.get() >> 16);
  const auto format = static_cast<std::uint16_t>(submission.cdw10.get());
  const auto size = static_cast<std::uint16_t>(submission.cdw11.get());
  if (joined_) return {.status = kCommandSequence};
  if (!data || format != 0 || size == 0 || size >= kQueueSize || queue > kMostQueues ||
      text_of(data->subsystem) != subsystem_.name())
    return {.status = kConnectInvalid};
  std::shared_ptr<Controller> controller;
  if (queue == 0) {
    if (data->controller.get() != kAny) return {.status = kConnectInvalid};
    controller = owned_ = controllers_.add(subsystem_);
  } else {
    controller = controllers_.find(data->controller.get());
    if (controller && !controller->enabled()) controller = nullptr;
  }
  if (!controller) return {.status = kConnectInvalid};
  controller_ = controller;
  queue_ = queue;
  queue_size_ = static_cast<std::uint16_t>(size + 1);
  joined_ = true;
  return {.result = controller->id()};
}

void Session::send(const Submission& submission, const Answer& answer) {
  if (!answer.data.empty()) {
    const auto size = static_cast<std::uint32_t>(answer.data.size());
    DataPdu data{{kPduDataToHost, kPduLast, sizeof(DataPdu), sizeof(DataPdu), le32(sizeof(DataPdu) + size)},
                 submission.id,
                 {},
                 {},
                 le32(size),
                 {}};
    put(data);
    output_.insert(output_.end(), answer.data.begin(), answer.data.end());
  }
  if (queue_size_ != 0) head_ = static_cast<std::uint16_t>((head_ + 1) % queue_size_);
  ResponsePdu response;
  response.completion.result.set(answer.result);
  response.completion.queue_head.set(head_);
  response.completion.queue_id.set(queue_);
  response.completion.id = submission.id;
  response.completion.status.set(static_cast<std::uint16_t>(answer.status << 1));
  put(response);
}

}  // namespace lvm::idm::nvme_tcp
