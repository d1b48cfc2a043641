// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crash/parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "crash/allocation.h"
#include "crash/kernel.h"
#include "crash/raid_set.h"
#include "crash/volume.h"

namespace lvm::crash {

using Kind = Effect::Kind;

// --- the kernel ---------------------------------------------------------------------------------------

std::string GatedEngine::name_of(std::string_view uuid) {
  Unlimited machine_work;
  auto info = fake().info(uuid);
  return info && *info ? (*info)->name : std::string(uuid);
}

Result<> GatedEngine::create(const dm::CreateRequest& request) {
  Unlimited machine_work;
  bool go = TRY(machine_.pass(Kind::kernel, "create " + request.name));
  if (!go) return {};
  return fake().create(request);
}

Result<> GatedEngine::load(std::string_view uuid, const dm::Table& table, bool read_only) {
  Unlimited machine_work;
  bool go = TRY(machine_.pass(Kind::kernel, "load " + name_of(uuid)));
  if (!go) return {};
  TRY(construct_targets(machine_, table));
  return fake().load(uuid, table, read_only);
}

Result<std::vector<dm::StatusLine>> GatedEngine::status(std::string_view uuid) {
  Unlimited machine_work;
  return status_of_targets(machine_, uuid);
}

Result<> GatedEngine::clear(std::string_view uuid) {
  Unlimited machine_work;
  bool go = TRY(machine_.pass(Kind::kernel, "clear " + name_of(uuid)));
  if (!go) return {};
  return fake().clear(uuid);
}

Result<> GatedEngine::suspend(std::string_view uuid, dm::SuspendOptions options) {
  Unlimited machine_work;
  bool go = TRY(machine_.pass(Kind::kernel, "suspend " + name_of(uuid)));
  if (!go) return {};
  return fake().suspend(uuid, options);
}

Result<dm::Info> GatedEngine::resume(std::string_view uuid, dm::UdevFlags flags,
                                     const std::optional<dm::NodeLink>& link) {
  Unlimited machine_work;
  bool go = TRY(machine_.pass(Kind::kernel, "resume " + name_of(uuid)));
  if (!go) return TRY(fake().info(uuid)).value_or(dm::Info());
  dm::Info info = TRY(fake().resume(uuid, flags, link));
  TRY(resume_raid(machine_, uuid));
  return info;
}

Result<> GatedEngine::remove(std::string_view uuid, dm::UdevFlags flags, const std::optional<dm::NodeLink>& link,
                             bool retry) {
  Unlimited machine_work;
  bool go = TRY(machine_.pass(Kind::kernel, "remove " + name_of(uuid)));
  if (!go) return {};
  return fake().remove(uuid, flags, link, retry);
}

Result<> GatedEngine::rename(std::string_view uuid, const std::string& new_name, dm::UdevFlags flags,
                             const std::optional<dm::NodeLink>& old_link, const std::optional<dm::NodeLink>& new_link) {
  Unlimited machine_work;
  bool go = TRY(machine_.pass(Kind::kernel, "rename " + name_of(uuid) + " " + new_name));
  if (!go) return {};
  return fake().rename(uuid, new_name, flags, old_link, new_link);
}

Result<std::string> GatedEngine::message(std::string_view uuid, Sectors sector, std::string_view text) {
  Unlimited machine_work;
  bool go = TRY(machine_.pass(Kind::kernel, fmt::format("message {} {}", name_of(uuid), text)));
  if (!go) return std::string();
  return send_message(machine_, uuid, sector, text);
}

Result<> GatedEngine::set_read_ahead(std::string_view uuid, Sectors value, bool at_least) {
  Unlimited machine_work;
  bool go = TRY(machine_.pass(Kind::kernel, "read-ahead " + name_of(uuid)));
  if (!go) return {};
  return fake().set_read_ahead(uuid, value, at_least);
}

Result<> GatedEngine::settle() {
  Unlimited machine_work;
  bool go = TRY(machine_.pass(Kind::kernel, "settle"));
  if (!go) return {};
  return fake().settle();
}

Result<> GatedEngine::sync_nodes(const std::vector<std::pair<std::string, dm::NodeLink>>& wanted) {
  Unlimited machine_work;
  bool go = TRY(machine_.pass(Kind::kernel, "sync-nodes"));
  if (!go) return {};
  return fake().sync_nodes(wanted);
}

// --- devices ------------------------------------------------------------------------------------------

namespace {

class GatedDisk final : public device::Handle {
 public:
  GatedDisk(Simulation& machine, std::string path, std::unique_ptr<device::Handle> below)
      : machine_(machine), path_(std::move(path)), below_(std::move(below)) {}
  Bytes size() const override { return below_->size(); }
  Result<> read(Bytes offset, std::span<std::byte> out) override { return below_->read(offset, out); }
  Result<> write(Bytes offset, std::span<const std::byte> data) override {
    Unlimited machine_work;
    bool go = TRY(gate("write", offset, Bytes(data.size())));
    if (!go) return {};
    return below_->write(offset, data);
  }
  Result<> zero(Bytes offset, Bytes length) override {
    Unlimited machine_work;
    bool go = TRY(gate("zero", offset, length));
    if (!go) return {};
    return below_->zero(offset, length);
  }
  Result<> discard(Bytes offset, Bytes length) override {
    Unlimited machine_work;
    bool go = TRY(gate("discard", offset, length));
    if (!go) return {};
    return below_->discard(offset, length);
  }
  Result<> flush() override {
    Unlimited machine_work;
    bool go = TRY(machine_.pass(Kind::disk, "flush " + path_));
    if (!go) return {};
    return below_->flush();
  }

 private:
  Result<bool> gate(std::string_view verb, Bytes offset, Bytes length) {
    Unlimited machine_work;
    if (!machine_.locked()) machine_.violate(fmt::format("{} of {} without an exclusive lock", verb, path_));
    return machine_.pass(Kind::disk, fmt::format("{} {} {}+{}", verb, path_, offset.n, length.n));
  }
  Simulation& machine_;
  std::string path_;
  std::unique_ptr<device::Handle> below_;
};

}  // namespace

Result<std::vector<device::Device>> GatedIo::enumerate() {
  Unlimited machine_work;
  std::vector<device::Device> out = TRY(machine_.state().disks.enumerate());
  auto& engine = machine_.state().engine;
  std::vector<dm::ListEntry> entries = TRY(engine.list());
  for (const dm::ListEntry& entry : entries) {
    device::Device device;
    device.path = "/dev/mapper/" + entry.name;
    device.number = entry.device;
    device.dm_uuid = entry.uuid;
    if (auto table = engine.table(entry.uuid)) device.size = to_bytes(dm::table_length(*table));
    out.push_back(std::move(device));
  }
  return out;
}

Result<std::unique_ptr<device::Handle>> GatedIo::open(const device::Device& device, device::Access access) {
  Unlimited machine_work;
  TRY(machine_.open_one(device.path));
  auto volume = TRY(machine_.state().engine.info(device.number));
  if (volume) return std::make_unique<Volume>(machine_, *std::move(volume));
  auto handle = TRY(machine_.state().disks.open(device, access));
  return std::make_unique<GatedDisk>(machine_, device.path, std::move(handle));
}

Result<device::Topology> GatedIo::topology(const device::Device& device) {
  Unlimited machine_work;
  auto volume = TRY(machine_.state().engine.info(device.number));
  if (volume) return device::Topology{};
  return machine_.state().disks.topology(device);
}

Result<std::vector<device::Signature>> GatedIo::signatures(const device::Device& device) {
  Unlimited machine_work;
  auto volume = TRY(machine_.state().engine.info(device.number));
  if (volume) return std::vector<device::Signature>();
  return machine_.state().disks.signatures(device);
}

void GatedIo::read_heads(std::span<device::HeadRead> reads) {
  Unlimited machine_work;
  for (device::HeadRead& head : reads) {
    auto handle = open(*head.device, device::Access::read);
    if (!handle) {
      head.error = handle.error();
      continue;
    }
    head.data.resize(std::min(head.length, (*handle)->size()).n);
    auto done = (*handle)->read(Bytes(), head.data);
    if (!done) head.error = done.error();
  }
}

// --- files --------------------------------------------------------------------------------------------

Result<std::string> GatedFiles::read(const std::string& path) {
  Unlimited machine_work;
  auto file = map().find(path);
  if (file == map().end()) return fail(Code::not_found, path + ": No such file or directory");
  return file->second.content;
}

Result<std::vector<std::string>> GatedFiles::list(const std::string& directory) {
  Unlimited machine_work;
  std::string prefix = directory + "/";
  std::vector<std::string> out;
  for (const auto& [path, file] : map())
    if (path.starts_with(prefix) && path.find('/', prefix.size()) == std::string::npos)
      out.push_back(path.substr(prefix.size()));
  if (out.empty()) return fail(Code::not_found, directory + ": No such file or directory");
  return out;
}

Result<std::int64_t> GatedFiles::modified(const std::string& path) {
  Unlimited machine_work;
  auto file = map().find(path);
  if (file == map().end()) return fail(Code::not_found, path + ": No such file or directory");
  return file->second.modified;
}

Result<> GatedFiles::replace(const std::string& path, std::string_view content, std::uint32_t) {
  Unlimited machine_work;
  bool go = TRY(machine_.pass(Kind::file, "replace " + path));
  if (!go) return {};
  map()[path] = {std::string(content), machine_.now()};
  return {};
}

Result<> GatedFiles::create_new(const std::string& path, std::string_view content, std::uint32_t) {
  Unlimited machine_work;
  if (map().contains(path)) return fail(Code::exists, path + ": File exists");
  bool go = TRY(machine_.pass(Kind::file, "create " + path));
  if (!go) return {};
  map()[path] = {std::string(content), machine_.now()};
  return {};
}

Result<> GatedFiles::remove(const std::string& path) {
  Unlimited machine_work;
  if (!map().contains(path)) return fail(Code::not_found, path + ": No such file or directory");
  bool go = TRY(machine_.pass(Kind::file, "remove " + path));
  if (!go) return {};
  map().erase(path);
  return {};
}

Result<int> GatedPrograms::run(const std::vector<std::string>& words) {
  TRY(machine_.pass(Kind::file, "run " + command_text(words)));
  return 0;
}

Result<> GatedPrograms::start(const std::vector<std::string>& words) {
  TRY(machine_.pass(Kind::file, "start " + command_text(words)));
  return {};
}

Result<> GatedFiles::make_directories(const std::string&, std::uint32_t) { return {}; }

// --- locks --------------------------------------------------------------------------------------------

Result<std::unique_ptr<lock::Guard>> CountedLocks::acquire(const lock::Key&, lock::Mode mode) {
  Unlimited machine_work;
  class Counted final : public lock::Guard {
   public:
    Counted(Simulation& machine, int count) : machine_(machine), count_(count) { machine_.lock(count_); }
    ~Counted() override { machine_.lock(-count_); }

   private:
    Simulation& machine_;
    int count_;
  };
  return std::make_unique<Counted>(machine_, mode == lock::Mode::exclusive ? 1 : 0);
}

}  // namespace lvm::crash
