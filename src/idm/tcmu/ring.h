// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "idm/scsi/codec.h"

namespace lvm::idm::tcmu {

// The shared memory through which the kernel's target hands SCSI commands to a program (TCMU: the kernel's
// Documentation/target/tcmu-design). Commands may be answered in any order.
class Ring {
 public:
  struct Command {
    std::uint16_t id = 0;
    std::array<std::uint8_t, 16> cdb{};
    std::vector<std::span<std::byte>> data;  // in the shared memory, until the command is answered
    std::size_t data_size() const;
    std::vector<std::byte> collect() const;
  };
  // The initiator gave up on these; their answers go nowhere, but the kernel waits for them.
  using Aborted = std::vector<std::uint16_t>;
  struct Entry {
    std::optional<Command> command;
    Aborted aborted;
  };

  // Maps the user-space I/O device whose name ends with "/NAME/CONFIG": "tcm-user/0/NAME/CONFIG".
  static Result<std::unique_ptr<Ring>> open(const std::string& name, const std::string& config);
  ~Ring();

  int fd() const;  // readable when there are new entries
  void acknowledge();
  // The next entry, or nullopt. Code::corrupt when the shared memory makes no sense.
  Result<std::optional<Entry>> next();
  void answer(const Command& command, const scsi::Answer& answer);
  // Tells the kernel about the answers since the last flush.
  Result<> flush();

 private:
  struct State;
  explicit Ring(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lvm::idm::tcmu
