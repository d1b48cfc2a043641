// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/testing/drive_harness.h"

#include <map>
#include <mutex>

#include "idm/in_process_transport.h"
#include "idm/nvme/codec.h"
#include "idm/scsi/codec.h"
#include "idm/testing/system_harness.h"
#include "idm/virtual_timers.h"

namespace lvm::idm::testing {
namespace {

using namespace std::chrono_literals;

const std::vector<DriveId>& two_drives() {
  static const std::vector<DriveId> kDrives = {*DriveId::parse("naa.5000c500a1b2c3d4"),
                                               *DriveId::parse("naa.5000c500a1b2c3d5")};
  return kDrives;
}

class InProcessHarness final : public DriveHarness {
 public:
  InProcessHarness() {
    for (const DriveId& id : two_drives()) transport_.add_path(id, std::make_shared<Drive>()).request_latency = 1us;
  }
  Transport& transport() override { return transport_; }
  std::vector<DriveId> drives() const override { return two_drives(); }
  void run_until(const std::function<bool()>& done) override {
    while (!done() && timers_.run_one()) continue;
    CHECK(done());
  }
  void wait(Time duration) override { timers_.run_for(duration); }

 private:
  VirtualTimers timers_;
  InProcessTransport transport_{timers_, 1};
};

// An emulated drive that several threads ask.
struct SharedDrive {
  std::mutex mutex;
  Drive drive;
  Time now{0};

  Reply execute(const Command& command) {
    std::lock_guard lock(mutex);
    return drive.execute(command, now);
  }
};
using SharedDrives = std::map<DriveId, SharedDrive>;

// Everything a host sends and gets goes through the bytes of the protocol.
class ScsiNode final : public Node {
 public:
  explicit ScsiNode(SharedDrive& drive) : drive_(drive) {}
  Outcome run(const Command& command) override {
    const scsi::Request request = scsi::encode(command);
    if (request.cdb[0] == scsi::kInquiryOpcode)
      return scsi::decode(command, scsi::make_answer(command, drive_.execute(command))).outcome;
    const auto parsed = scsi::parse_mutex_command(request.cdb, request.out);
    CHECK(parsed);
    return scsi::decode(command, scsi::make_answer(*parsed, drive_.execute(*parsed))).outcome;
  }

 private:
  SharedDrive& drive_;
};

class NvmeNode final : public Node {
 public:
  explicit NvmeNode(SharedDrive& drive) : drive_(drive) {}
  Outcome run(const Command& command) override {
    constexpr std::uint16_t kVendors[] = {nvme::kVendorSeagate};
    const nvme::Request request = nvme::encode(command);
    const auto parsed = nvme::parse_command(request.opcode, request.cdw10, request.cdw12, request.out);
    CHECK(parsed);
    return nvme::decode(command, nvme::make_answer(*parsed, drive_.execute(*parsed)), kVendors);
  }

 private:
  SharedDrive& drive_;
};

class EmulatedHarness final : public SystemHarness {
 public:
  EmulatedHarness(SystemTransportOptions options, const std::vector<DrivePath>& paths,
                  std::shared_ptr<SharedDrives> drives)
      : SystemHarness(std::move(options), paths), drives_(std::move(drives)) {}
  void wait(Time duration) override {
    for (auto& [id, drive] : *drives_) {
      std::lock_guard lock(drive.mutex);
      drive.now += duration;
    }
  }

 private:
  std::shared_ptr<SharedDrives> drives_;
};

template <class KindOfNode>
std::unique_ptr<DriveHarness> make_with_nodes() {
  auto drives = std::make_shared<SharedDrives>();
  SystemTransportOptions options;
  std::vector<DrivePath> paths;
  for (const DriveId& id : two_drives()) {
    (*drives)[id];
    paths.push_back({id, id.text(), "/dev/" + id.text(), DrivePath::Kind::scsi});
  }
  options.open = [drives](const DrivePath& path) -> OpenedNode {
    return std::make_unique<KindOfNode>(drives->at(path.drive));
  };
  return std::make_unique<EmulatedHarness>(std::move(options), paths, drives);
}

}  // namespace

Outcome DriveHarness::ask(Command command, std::size_t drive) {
  std::optional<Outcome> got;
  transport().submit(drives().at(drive), std::move(command), kCommandTimeout,
                     [&got](Outcome outcome) { got = std::move(outcome); });
  run_until([&] { return got.has_value(); });
  return *std::move(got);
}

void DriveHarness::reset() {
  for (std::size_t i = 0; i < drives().size(); ++i) CHECK(ask(ResetTable{}, i).has_value());
}

std::unique_ptr<DriveHarness> make_in_process_harness() { return std::make_unique<InProcessHarness>(); }
std::unique_ptr<DriveHarness> make_scsi_harness() { return make_with_nodes<ScsiNode>(); }
std::unique_ptr<DriveHarness> make_nvme_harness() { return make_with_nodes<NvmeNode>(); }

}  // namespace lvm::idm::testing
