// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/tcmu/tcmu_front_end.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace lvm::idm::tcmu {
namespace {

class Request final : public front::MutexRequest {
 public:
  Request(Ring& ring, ScsiDisk& disk, Ring::Command&& command)
      : ring_(ring), disk_(disk), command_(std::move(command)) {}

  void run(Drive&, Time now) override {
    const std::vector<std::byte> data = command_.collect();
    answer_ = disk_.execute(command_.cdb, data, data.size(), now);
  }
  void spoil() override {
    std::ranges::fill(answer_.data, std::byte{0xA5});
    if (answer_.data.empty())
      answer_ = {.status = scsi::kCheckCondition, .sense = {0x7F, 0xA5, 0xA5, 0xA5}, .data = {}};
  }
  void answer() override { ring_.answer(command_, answer_); }
  void refuse() override { ring_.answer(command_, check_condition(kNotReady)); }
  void busy() override { ring_.answer(command_, {.status = scsi::kBusy, .sense = {}, .data = {}}); }

 private:
  Ring& ring_;
  ScsiDisk& disk_;
  Ring::Command command_;
  scsi::Answer answer_;
};

}  // namespace

TcmuFrontEnd::TcmuFrontEnd(const std::string& name, const front::DriveFacts& facts, front::Backing backing,
                           front::MutexQueue& mutexes)
    : name_(name),
      mutexes_(mutexes),
      disk_(facts, std::move(backing), mutexes.drive()),
      target_({name, facts.id, facts.size(), facts.block_size}) {}

Result<bool> TcmuFrontEnd::open() {
  const bool taken_over = TRY(target_.make_backstore());
  ring_ = TRY(Ring::open(name_, Target::kConfig));
  return taken_over;
}

void TcmuFrontEnd::start(Ring::Command&& command, Time now) {
  const Drive& drive = mutexes_.drive();
  const std::uint64_t id = command.id;
  if (ScsiDisk::is_mutex(command.cdb) && drive.behaviour().supported)
    return mutexes_.take(std::make_unique<Request>(*ring_, disk_, std::move(command)), now, id);
  const bool refused = drive.faults.gone && !ScsiDisk::tells_identity(command.cdb);
  Request request(*ring_, disk_, std::move(command));
  if (refused) return request.refuse();
  request.run(mutexes_.drive(), now);
  request.answer();
}

Result<> TcmuFrontEnd::serve(std::span<const pollfd> ready, Time now) {
  if (ready[0].revents == 0) return {};
  ring_->acknowledge();
  for (;;) {
    std::optional<Ring::Entry> entry = TRY(ring_->next());
    if (!entry) return {};
    if (entry->command)
      start(*std::move(entry->command), now);
    else
      for (std::uint16_t id : entry->aborted) mutexes_.give_up(id);
  }
}

}  // namespace lvm::idm::tcmu
