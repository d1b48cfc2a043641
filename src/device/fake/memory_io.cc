// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/fake/memory_io.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace lvm::device {

// --- MemoryDisk -------------------------------------------------------------------------------------

void MemoryDisk::read(std::uint64_t offset, std::span<std::byte> out) const {
  while (!out.empty()) {
    std::size_t within = offset % kPage;
    std::size_t length = std::min(out.size(), kPage - within);
    auto page = pages_.find(offset / kPage);
    if (page == pages_.end())
      std::memset(out.data(), 0, length);
    else
      std::memcpy(out.data(), page->second.data() + within, length);
    out = out.subspan(length);
    offset += length;
  }
}

void MemoryDisk::write(std::uint64_t offset, std::span<const std::byte> data) {
  while (!data.empty()) {
    std::size_t within = offset % kPage;
    std::size_t length = std::min(data.size(), kPage - within);
    Page& page = pages_.try_emplace(offset / kPage).first->second;
    std::memcpy(page.data() + within, data.data(), length);
    if (page == Page{}) pages_.erase(offset / kPage);
    data = data.subspan(length);
    offset += length;
  }
}

void MemoryDisk::zero(std::uint64_t offset, std::uint64_t length) {
  std::uint64_t end = offset + length;
  for (auto page = pages_.lower_bound(offset / kPage); page != pages_.end() && page->first * kPage < end;) {
    std::uint64_t from = std::max(offset, page->first * kPage);
    std::uint64_t to = std::min(end, (page->first + 1) * kPage);
    std::memset(page->second.data() + from % kPage, 0, to - from);
    page = page->second == Page{} ? pages_.erase(page) : std::next(page);
  }
}

bool operator==(const MemoryDisk& a, const MemoryDisk& b) { return a.pages_ == b.pages_; }

// --- handles ----------------------------------------------------------------------------------------

class MemoryHandle final : public Handle {
 public:
  MemoryHandle(MemoryIo& io, std::string path, Access access) : io_(io), path_(std::move(path)), access_(access) {}

  Bytes size() const override {
    const auto* disk = static_cast<const MemoryIo&>(io_).find(path_);
    return disk ? disk->device.size : Bytes();
  }
  Result<> read(Bytes offset, std::span<std::byte> out) override {
    auto* disk = TRY(disk_at(offset, Bytes(out.size())));
    disk->bytes.read(offset.n, out);
    return {};
  }
  Result<> write(Bytes offset, std::span<const std::byte> data) override {
    return effect({DiskEvent::Kind::write, path_, offset, Bytes(data.size()), {data.begin(), data.end()}});
  }
  Result<> zero(Bytes offset, Bytes length) override {
    return effect({DiskEvent::Kind::zero, path_, offset, length, {}});
  }
  Result<> discard(Bytes offset, Bytes length) override {
    return effect({DiskEvent::Kind::discard, path_, offset, length, {}});
  }
  Result<> flush() override { return effect({DiskEvent::Kind::flush, path_, Bytes(), Bytes(), {}}); }

 private:
  Result<MemoryIo::Disk*> disk_at(Bytes offset, Bytes length) {
    MemoryIo::Disk* disk = io_.find(path_);
    if (!disk || !disk->plugged) return fail(Code::io, fmt::format("{}: No such device", path_));
    if (offset > disk->device.size || length > disk->device.size - offset)
      return fail(Code::io, fmt::format("{}: {} bytes at {} lie beyond the end at {}", path_, length.n, offset.n,
                                        disk->device.size.n));
    return disk;
  }
  Result<> effect(DiskEvent event) {
    if (access_ == Access::read) return fail(Code::permission, fmt::format("{}: open for reading only", path_));
    auto* disk = TRY(disk_at(event.offset, event.length));
    return io_.effect(*disk, std::move(event));
  }

  MemoryIo& io_;
  std::string path_;
  Access access_;
};

// --- MemoryIo ---------------------------------------------------------------------------------------

Device MemoryIo::add(const std::string& path, Bytes size, Topology topology, std::vector<std::string> aliases) {
  CHECK(!disks_.contains(path));
  Disk disk;
  disk.device.path = path;
  disk.device.aliases = std::move(aliases);
  disk.device.number = {7, static_cast<std::uint32_t>(disks_.size())};
  disk.device.size = size;
  disk.topology = topology;
  return disks_.emplace(path, std::move(disk)).first->second.device;
}

const MemoryIo::Disk* MemoryIo::find(const std::string& path) const {
  auto disk = disks_.find(path);
  return disk == disks_.end() ? nullptr : &disk->second;
}
MemoryIo::Disk* MemoryIo::find(const std::string& path) { return const_cast<Disk*>(std::as_const(*this).find(path)); }
MemoryIo::Disk& MemoryIo::get(const std::string& path) {
  Disk* disk = find(path);
  CHECK(disk);
  return *disk;
}

void MemoryIo::unplug(const std::string& path) { get(path).plugged = false; }
void MemoryIo::plug(const std::string& path) { get(path).plugged = true; }
void MemoryIo::set_read_only(const std::string& path, bool read_only) { get(path).device.read_only = read_only; }
void MemoryIo::set_size(const std::string& path, Bytes size) { get(path).device.size = size; }

std::vector<std::byte> MemoryIo::peek(const std::string& path, Bytes offset, std::size_t length) const {
  const Disk* disk = find(path);
  CHECK(disk);
  std::vector<std::byte> out(length);
  disk->bytes.read(offset.n, out);
  return out;
}

void MemoryIo::poke(const std::string& path, Bytes offset, std::span<const std::byte> data) {
  get(path).bytes.write(offset.n, data);
}

void MemoryIo::plant(const std::string& path, Signature signature) {
  poke(path, signature.offset, std::vector<std::byte>(signature.length.n, std::byte{0x5a}));
  signatures_[path].push_back(std::move(signature));
}

std::size_t MemoryIo::write_count() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(events_, [](const DiskEvent& event) { return event.kind != DiskEvent::Kind::flush; }));
}

const std::vector<Discarded>& MemoryIo::discarded(const std::string& path) const {
  const Disk* disk = find(path);
  CHECK(disk);
  return disk->discarded;
}

void MemoryIo::forget_discards() {
  for (auto& [path, disk] : disks_) disk.discarded.clear();
}

void MemoryIo::apply(Disk& disk, const DiskEvent& event) {
  if (event.kind == DiskEvent::Kind::write) disk.bytes.write(event.offset.n, event.data);
  if (event.kind == DiskEvent::Kind::zero || event.kind == DiskEvent::Kind::discard)
    disk.bytes.zero(event.offset.n, event.length.n);
  if (event.kind == DiskEvent::Kind::discard) disk.discarded.push_back({event.offset, event.offset + event.length});
}

Result<> MemoryIo::effect(Disk& disk, DiskEvent event) {
  if (event.kind == DiskEvent::Kind::discard && no_discards_.contains(event.path))
    return fail(Code::unsupported, fmt::format("{}: discard failed: Operation not supported", event.path));
  if (event.kind != DiskEvent::Kind::flush) {
    bool hit = fail_at_ && *fail_at_ == 0;
    if (fail_at_) {
      if (hit)
        fail_at_.reset();
      else
        --*fail_at_;
    }
    if (hit || failing_.contains(event.path))
      return fail(Code::io, fmt::format("{}: write failed: Input/output error", event.path));
  }
  if (event.kind == DiskEvent::Kind::flush && failing_flushes_)
    return fail(Code::io, fmt::format("{}: flush failed: Input/output error", event.path));
  apply(disk, event);
  events_.push_back(std::move(event));
  return {};
}

MemoryIo MemoryIo::after(std::span<const DiskEvent> events, std::size_t count, std::optional<std::size_t> torn) const {
  MemoryIo out;
  out.disks_ = disks_;
  out.signatures_ = signatures_;
  count = std::min(count, events.size());
  for (const DiskEvent& event : events.first(count)) apply(out.get(event.path), event);
  if (torn && count < events.size()) {
    DiskEvent part = events[count];
    part.length = Bytes(std::min<std::uint64_t>(part.length.n, *torn));
    if (part.data.size() > part.length.n) part.data.resize(part.length.n);
    apply(out.get(part.path), part);
  }
  return out;
}

Result<std::vector<Device>> MemoryIo::enumerate() {
  std::vector<Device> out;
  for (const auto& [path, disk] : disks_)
    if (disk.plugged) out.push_back(disk.device);
  std::ranges::sort(out, {}, [](const Device& device) { return device.number; });
  return out;
}

Result<std::unique_ptr<Handle>> MemoryIo::open(const Device& device, Access access) {
  const Disk* disk = find(device.path);
  if (!disk || !disk->plugged)
    return fail(Code::not_found, fmt::format("{}: open failed: No such device or address", device.path));
  if (disk->device.read_only && access != Access::read)
    return fail(Code::permission, fmt::format("{}: open failed: Read-only file system", device.path));
  return std::make_unique<MemoryHandle>(*this, device.path, access);
}

Result<Topology> MemoryIo::topology(const Device& device) {
  const Disk* disk = find(device.path);
  if (!disk) return fail(Code::not_found, fmt::format("{}: No such device", device.path));
  return disk->topology;
}

Result<std::vector<Signature>> MemoryIo::signatures(const Device& device) {
  std::vector<Signature> out;
  auto planted = signatures_.find(device.path);
  if (planted == signatures_.end()) return out;
  for (const Signature& signature : planted->second) {
    auto magic = peek(device.path, signature.offset, signature.length.n);
    if (std::ranges::any_of(magic, [](std::byte byte) { return byte != std::byte{}; })) out.push_back(signature);
  }
  return out;
}

void MemoryIo::read_heads(std::span<HeadRead> reads) {
  for (HeadRead& head : reads) {
    auto handle = open(*head.device, Access::read);
    if (!handle) {
      head.error = handle.error();
      continue;
    }
    head.data.resize(std::min(head.length, (*handle)->size()).n);
    auto done = (*handle)->read(Bytes(), head.data);
    if (!done) head.error = done.error();
  }
}

DeviceIds MemoryIo::ids(const Device& device) {
  auto known = ids_.find(device.path);
  DeviceIds out = known == ids_.end() ? DeviceIds() : known->second;
  out.all.push_back({"devname", device.path});
  return out;
}

}  // namespace lvm::device
