// SPDX-License-Identifier: LGPL-2.1-or-later
// Any text as a request: what is accepted can be written and is read as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "lockd/protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto message = lvm::message::Message::parse(std::string(reinterpret_cast<const char*>(data), size));
  if (!message) return 0;
  (void)lvm::lockd::parse_reply(*message);
  auto request = lvm::lockd::parse_request(*message);
  if (!request) return 0;
  std::string wire = lvm::lockd::write_request(*request).encode();
  auto again = lvm::message::Message::parse(wire.substr(0, wire.size() - lvm::message::kEnd.size()));
  if (!again) std::abort();
  auto same = lvm::lockd::parse_request(*again);
  // The client does not say how often lvmlockd retries.
  if (!same || (same->max_retries = request->max_retries, *same != *request)) std::abort();
  return 0;
}
