// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "base/endian.h"

// NVMe over TCP as it stands on the wire. Sources: NVM Express Base Specification 2.0 (commands, fabrics), NVM Express
// TCP Transport Specification 1.0 (PDUs).
namespace lvm::idm::nvme_tcp {

// TCP Transport 3.6.2
struct PduHeader {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint8_t header_length = 0;
  std::uint8_t data_offset = 0;
  le32 length;  // of all of it
};
enum PduType : std::uint8_t {
  kPduConnectRequest = 0x00,
  kPduConnectResponse = 0x01,
  kPduCommand = 0x04,
  kPduResponse = 0x05,
  kPduDataToController = 0x06,
  kPduDataToHost = 0x07,
  kPduReadyToTransfer = 0x09,
};
inline constexpr std::uint8_t kPduLast = 0x04;  // a flag of data: nothing of this command follows

// The request and the response have the same form.
struct ConnectPdu {
  PduHeader header{kPduConnectResponse, 0, 128, 0, le32(128)};
  le16 version;              // 0
  std::uint8_t padding = 0;  // alignment of data that the sender wants, in dwords less one
  std::uint8_t digests = 0;
  le32 most;  // request: ready-to-transfers at once, less one; response: bytes of a data PDU
  std::uint8_t reserved[112]{};
};

// Base 3.3.3.1
struct Submission {
  std::uint8_t opcode = 0;
  std::uint8_t flags = 0;
  le16 id;
  le32 namespace_id;  // fabrics: their command's type in the first byte
  std::uint8_t reserved_8[24]{};
  le32 data_length;
  std::uint8_t reserved_36[3]{};
  std::uint8_t data_descriptor = 0;  // 01h: the data is in the capsule
  le32 cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;

  std::uint8_t fabrics_type() const { return static_cast<std::uint8_t>(namespace_id.get()); }
  // Bits 0 and 1 of the opcode, or of a fabrics command's type.
  bool sends_data() const { return ((opcode == kFabrics ? fabrics_type() : opcode) & 3) == 1; }
  static constexpr std::uint8_t kFabrics = 0x7F;
};
inline constexpr std::uint8_t kInCapsule = 0x01;

// Base 3.3.3.2
struct Completion {
  le64 result;
  le16 queue_head;
  le16 queue_id;
  le16 id;
  le16 status;  // shifted by one bit: see Answer
};

struct CommandPdu {
  PduHeader header;
  Submission submission;
};
struct ResponsePdu {
  PduHeader header{kPduResponse, 0, 24, 0, le32(24)};
  Completion completion;
};
// Data of both directions, and ready-to-transfer.
struct DataPdu {
  PduHeader header;
  le16 id;   // of the command
  le16 tag;  // of the ready-to-transfer
  le32 offset;
  le32 length;
  le32 reserved;
};
static_assert(sizeof(ConnectPdu) == 128 && sizeof(Submission) == 64 && sizeof(CommandPdu) == 72 &&
              sizeof(ResponsePdu) == 24 && sizeof(DataPdu) == 24);

// Of Connect (Fabrics): what the command sends along.
struct ConnectData {
  std::uint8_t host_id[16]{};
  le16 controller;
  std::uint8_t reserved[238]{};
  char subsystem[256]{};
  char host[256]{};
  std::uint8_t reserved_768[256]{};
};
static_assert(sizeof(ConnectData) == 1024);

// Status code, its type in bits 10-8, "do not retry" in bit 14.
inline constexpr std::uint16_t kDoNotRetry = 0x4000;
enum StatusCode : std::uint16_t {
  kSuccess = 0,
  kInvalidOpcode = kDoNotRetry | 0x001,
  kInvalidField = kDoNotRetry | 0x002,
  kInvalidNamespace = kDoNotRetry | 0x00B,
  kCommandSequence = kDoNotRetry | 0x00C,
  kInvalidLength = kDoNotRetry | 0x00F,
  kWriteProtected = kDoNotRetry | 0x020,
  kLbaOutOfRange = kDoNotRetry | 0x080,
  kNotReady = 0x082,
  kInvalidLogPage = kDoNotRetry | 0x109,
  kConnectInvalid = kDoNotRetry | 0x182,
  kWriteFault = 0x280,
  kUnrecoveredRead = 0x281,
};

}  // namespace lvm::idm::nvme_tcp
