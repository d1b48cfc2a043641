// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "dm/user/daemon.h"
#include "dm/user/wire/codec.h"
#include "dm/user/wire/protocol.h"

namespace lvm::dm::user {

// What one client may ask for, and what it has open. No sockets here: a request's body in, an answer's body out.
class Session {
 public:
  struct Surroundings {
    std::function<DaemonInfo()> info;
    // True once the client is gone: whatever waits on its behalf stops.
    std::function<bool()> gone;
  };
  Session(UserEngine& engine, Surroundings surroundings) : engine_(engine), around_(std::move(surroundings)) {}

  // Carries out a request and fills `answer`. On an error nothing was changed, unless the error says so.
  Result<> handle(std::uint16_t operation, std::span<const std::byte> body, std::vector<std::byte>& answer);

 private:
  friend struct Handlers;
  Result<Block*> volume();

  UserEngine& engine_;
  Surroundings around_;
  bool greeted_ = false;
  std::unique_ptr<Block> volume_;
};

}  // namespace lvm::dm::user
