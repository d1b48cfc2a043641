// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "crash/simulation.h"

// The parts of a simulated machine: each does what the fake below it does, through the machine's gate.
namespace lvm::crash {

class GatedEngine final : public dm::Engine {
 public:
  explicit GatedEngine(Simulation& machine) : machine_(machine) {}

  Result<> available() override { return fake().available(); }
  Result<std::string> driver_version() override { return fake().driver_version(); }
  Result<std::vector<dm::TargetVersion>> targets() override { return fake().targets(); }
  Result<> require_target(std::string_view type) override { return fake().require_target(type); }
  Result<std::vector<dm::ListEntry>> list() override { return fake().list(); }
  Result<std::optional<dm::Info>> info(std::string_view uuid) override { return fake().info(uuid); }
  Result<std::optional<dm::Info>> info(dm::DeviceNumber device) override { return fake().info(device); }
  Result<dm::Table> table(std::string_view uuid, bool inactive) override { return fake().table(uuid, inactive); }
  Result<std::vector<dm::StatusLine>> status(std::string_view uuid) override;
  Result<std::vector<dm::DeviceNumber>> dependencies(std::string_view uuid) override {
    return fake().dependencies(uuid);
  }
  Result<> create(const dm::CreateRequest& request) override;
  Result<> load(std::string_view uuid, const dm::Table& table, bool read_only) override;
  Result<> clear(std::string_view uuid) override;
  Result<> suspend(std::string_view uuid, dm::SuspendOptions options) override;
  Result<dm::Info> resume(std::string_view uuid, dm::UdevFlags flags, const std::optional<dm::NodeLink>& link) override;
  Result<> remove(std::string_view uuid, dm::UdevFlags flags, const std::optional<dm::NodeLink>& link,
                  bool retry) override;
  Result<> rename(std::string_view uuid, const std::string& new_name, dm::UdevFlags flags,
                  const std::optional<dm::NodeLink>& old_link, const std::optional<dm::NodeLink>& new_link) override;
  Result<std::string> message(std::string_view uuid, Sectors sector, std::string_view text) override;
  Result<> set_read_ahead(std::string_view uuid, Sectors value, bool at_least) override;
  Result<Sectors> read_ahead(dm::DeviceNumber device) override { return fake().read_ahead(device); }
  Result<> settle() override;
  Result<> sync_nodes(const std::vector<std::pair<std::string, dm::NodeLink>>& wanted) override;

 private:
  dm::FakeEngine& fake() { return machine_.state().engine; }
  std::string name_of(std::string_view uuid);

  Simulation& machine_;
};

// Disks, and the volumes that the engine's tables make of them.
class GatedIo final : public device::Io {
 public:
  explicit GatedIo(Simulation& machine) : machine_(machine) {}
  Result<std::vector<device::Device>> enumerate() override;
  Result<std::unique_ptr<device::Handle>> open(const device::Device& device, device::Access access) override;
  Result<device::Topology> topology(const device::Device& device) override;
  Result<std::vector<device::Signature>> signatures(const device::Device& device) override;
  void read_heads(std::span<device::HeadRead> reads) override;

 private:
  Simulation& machine_;
};

class GatedFiles final : public Files {
 public:
  explicit GatedFiles(Simulation& machine) : machine_(machine) {}
  Result<std::string> read(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<std::int64_t> modified(const std::string& path) override;
  Result<> replace(const std::string& path, std::string_view content, std::uint32_t mode) override;
  Result<> create_new(const std::string& path, std::string_view content, std::uint32_t mode) override;
  Result<> remove(const std::string& path) override;
  Result<> make_directories(const std::string& path, std::uint32_t mode) override;

 private:
  FileMap& map() { return machine_.state().files; }
  Simulation& machine_;
};

class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(Simulation& machine) : machine_(machine) {}
  std::int64_t unix_seconds() override { return machine_.now(); }
  void random_bytes(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(machine_.random()());
  }
  void sleep_milliseconds(std::uint64_t) override {}

 private:
  Simulation& machine_;
};

// Programs of other packages do nothing here: starting one is an effect that a cut can come before.
class GatedPrograms final : public Programs {
 public:
  explicit GatedPrograms(Simulation& machine) : machine_(machine) {}
  Result<int> run(const std::vector<std::string>& words) override;
  Result<> start(const std::vector<std::string>& words) override;

 private:
  Simulation& machine_;
};

// Grants everything, and knows whether somebody may write.
class CountedLocks final : public lock::Locks {
 public:
  explicit CountedLocks(Simulation& machine) : machine_(machine) {}
  Result<std::unique_ptr<lock::Guard>> acquire(const lock::Key& key, lock::Mode mode) override;

 private:
  Simulation& machine_;
};

}  // namespace lvm::crash
