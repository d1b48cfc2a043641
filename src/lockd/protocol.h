// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "lockd/request.h"
#include "message/message.h"

// Requests and replies as text (docs/formats/lvmlockd.md).
namespace lvm::lockd {

// Code::usage: no such request, or a field that cannot be.
Result<Request> parse_request(const message::Message& message);
message::Message write_reply(const Request& request, const Reply& reply);

// A client's side of the same.
struct RequestName {
  Op op;
  ResourceKind resource;
  std::string_view name;
};
std::string_view request_name(Op op, ResourceKind resource);
std::string options_text(const RequestOptions& options);
message::Message write_request(const Request& request);
Reply parse_reply(const message::Message& message);

}  // namespace lvm::lockd
