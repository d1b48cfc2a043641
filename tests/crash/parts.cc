// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crash/parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "crash/allocation.h"
#include "dm/text.h"

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
  return fake().load(uuid, table, read_only);
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

Result<> GatedEngine::resume(std::string_view uuid, dm::UdevFlags flags, const std::optional<dm::NodeLink>& link) {
  Unlimited machine_work;
  bool go = TRY(machine_.pass(Kind::kernel, "resume " + name_of(uuid)));
  if (!go) return {};
  return fake().resume(uuid, flags, link);
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
  return fake().message(uuid, sector, text);
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

// A device-mapper device: each access goes through the live table to the disks, or to where it cannot be
// followed (targets with a mind of their own), which takes everything and holds nothing.
class Volume final : public device::Handle {
 public:
  Volume(Simulation& machine, dm::Info info) : machine_(machine), info_(std::move(info)) {}
  Bytes size() const override {
    auto table = machine_.state().engine.table(info_.uuid);
    return table ? to_bytes(dm::table_length(*table)) : Bytes();
  }
  Result<> read(Bytes offset, std::span<std::byte> out) override {
    Unlimited machine_work;
    std::fill(out.begin(), out.end(), std::byte{});
    return on_pieces(info_, offset, Bytes(out.size()),
                     [&](device::Handle& disk, Bytes at, Bytes length, std::size_t from) {
                       return disk.read(at, out.subspan(from, length.n));
                     });
  }
  Result<> write(Bytes offset, std::span<const std::byte> data) override {
    Unlimited machine_work;
    return change("write", offset, Bytes(data.size()),
                  [&](device::Handle& disk, Bytes at, Bytes length, std::size_t from) {
                    return disk.write(at, data.subspan(from, length.n));
                  });
  }
  Result<> zero(Bytes offset, Bytes length) override {
    Unlimited machine_work;
    return change("zero", offset, length,
                  [](device::Handle& disk, Bytes at, Bytes part, std::size_t) { return disk.zero(at, part); });
  }
  Result<> discard(Bytes offset, Bytes length) override {
    Unlimited machine_work;
    return change("discard", offset, length,
                  [](device::Handle& disk, Bytes at, Bytes part, std::size_t) { return disk.discard(at, part); });
  }
  Result<> flush() override {
    Unlimited machine_work;
    bool go = TRY(machine_.pass(Kind::disk, "flush " + info_.name));
    if (!go) return {};
    return on_pieces(info_, Bytes(), size(),
                     [](device::Handle& disk, Bytes, Bytes, std::size_t) { return disk.flush(); });
  }

 private:
  using Piece = std::function<Result<>(device::Handle&, Bytes, Bytes, std::size_t)>;

  Result<> change(std::string_view verb, Bytes offset, Bytes length, const Piece& piece) {
    Unlimited machine_work;
    bool go = TRY(machine_.pass(Kind::disk, fmt::format("{} {} {}+{}", verb, info_.name, offset.n, length.n)));
    if (!go) return {};
    return on_pieces(info_, offset, length, piece);
  }

  Result<> on_pieces(const dm::Info& device, Bytes offset, Bytes length, const Piece& piece, std::size_t from = 0) {
    Unlimited machine_work;
    auto now = TRY(machine_.state().engine.info(device.uuid));
    if (!now) return fail(Code::io, device.name + ": No such device");
    if (now->suspended) {
      machine_.violate("I/O on the suspended device " + device.name + " would never end");
      return fail(Code::io, device.name + ": suspended");
    }
    dm::Table table = TRY(machine_.state().engine.table(device.uuid));
    if (offset + length > to_bytes(dm::table_length(table)))
      return fail(Code::io, fmt::format("{}: {} bytes at {} lie beyond the end", device.name, length.n, offset.n));
    for (const dm::Target& target : table) {
      Bytes start = to_bytes(target.start), end = to_bytes(target.start + target.length);
      Bytes first = std::max(start, offset), last = std::min(end, offset + length);
      if (first >= last) continue;
      if (std::holds_alternative<dm::ErrorTarget>(target.body))
        return fail(Code::io, device.name + ": Input/output error");
      TRY(on_target(target, first - start, last - first, piece, from + (first - offset).n));
    }
    return {};
  }

  Result<> on_target(const dm::Target& target, Bytes offset, Bytes length, const Piece& piece, std::size_t from) {
    Unlimited machine_work;
    if (const auto* linear = std::get_if<dm::LinearTarget>(&target.body))
      return on_leg(*linear, offset, length, piece, from);
    const auto* striped = std::get_if<dm::StripedTarget>(&target.body);
    if (!striped) return {};
    std::uint64_t chunk = to_bytes(striped->chunk).n;
    while (length.n != 0) {
      std::uint64_t number = offset.n / chunk, within = offset.n % chunk;
      Bytes part(std::min(length.n, chunk - within));
      const auto& leg = striped->legs[number % striped->legs.size()];
      TRY(on_leg(leg, Bytes(number / striped->legs.size() * chunk + within), part, piece, from));
      offset += part;
      length = length - part;
      from += part.n;
    }
    return {};
  }

  Result<> on_leg(const dm::LinearTarget& leg, Bytes offset, Bytes length, const Piece& piece, std::size_t from) {
    Unlimited machine_work;
    const auto* number = std::get_if<dm::DeviceNumber>(&leg.device);
    CHECK(number);
    Bytes at = to_bytes(leg.offset) + offset;
    auto below = TRY(machine_.state().engine.info(*number));
    if (below) return on_pieces(*below, at, length, piece, from);
    std::vector<device::Device> disks = TRY(machine_.state().disks.enumerate());
    for (const device::Device& disk : disks) {
      if (disk.number != *number) continue;
      auto handle = TRY(machine_.state().disks.open(disk, device::Access::write));
      return piece(*handle, at, length, from);
    }
    return fail(Code::io, dm::to_text(*number) + ": Input/output error");
  }

  Simulation& machine_;
  dm::Info info_;
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

Result<std::vector<DirectoryEntry>> GatedFiles::list(const std::string& directory) {
  Unlimited machine_work;
  std::string prefix = directory + "/";
  std::vector<DirectoryEntry> out;
  for (const auto& [path, file] : map())
    if (path.starts_with(prefix) && path.find('/', prefix.size()) == std::string::npos)
      out.push_back({path.substr(prefix.size()), file.modified});
  if (out.empty()) return fail(Code::not_found, directory + ": No such file or directory");
  return out;
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
