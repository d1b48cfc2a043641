// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/signatures.h"

#include <fmt/format.h>

#ifdef LVM_HAVE_BLKID
#include <blkid/blkid.h>
#endif
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>

#include "base/fd.h"
#include "base/shared_library.h"

namespace lvm::device {

Result<> wipe_signature(Handle& handle, const Signature& signature) {
  return handle.zero(signature.offset, signature.length);
}

#ifdef LVM_HAVE_BLKID
namespace {

// Loaded by commands that wipe.
struct Library {
  decltype(&::blkid_new_probe) new_probe;
  decltype(&::blkid_free_probe) free_probe;
  decltype(&::blkid_probe_set_device) set_device;
  decltype(&::blkid_probe_enable_superblocks) enable_superblocks;
  decltype(&::blkid_probe_set_superblocks_flags) set_superblocks_flags;
  decltype(&::blkid_probe_enable_partitions) enable_partitions;
  decltype(&::blkid_probe_set_partitions_flags) set_partitions_flags;
  decltype(&::blkid_do_probe) probe;
  decltype(&::blkid_probe_lookup_value) lookup_value;
  decltype(&::blkid_probe_hide_range) hide_range;
  decltype(&::blkid_probe_step_back) step_back;
};

Result<Library> load() {
  SharedLibrary file("libblkid.so.1");
  Library out{};
  file.find(out.new_probe, "blkid_new_probe");
  file.find(out.free_probe, "blkid_free_probe");
  file.find(out.set_device, "blkid_probe_set_device");
  file.find(out.enable_superblocks, "blkid_probe_enable_superblocks");
  file.find(out.set_superblocks_flags, "blkid_probe_set_superblocks_flags");
  file.find(out.enable_partitions, "blkid_probe_enable_partitions");
  file.find(out.set_partitions_flags, "blkid_probe_set_partitions_flags");
  file.find(out.probe, "blkid_do_probe");
  file.find(out.lookup_value, "blkid_probe_lookup_value");
  file.find(out.hide_range, "blkid_probe_hide_range");
  file.find(out.step_back, "blkid_probe_step_back");
  TRY(file.check("libblkid", "libblkid1", "to look for signatures"));
  return out;
}

const Result<Library>& library() {
  static const Result<Library> loaded = load();
  return loaded;
}

struct FreeProbe {
  void operator()(blkid_probe probe) const { library()->free_probe(probe); }
};
using Probe = std::unique_ptr<std::remove_pointer_t<blkid_probe>, FreeProbe>;

std::optional<std::string> value_of(blkid_probe probe, const char* name, std::size_t* length = nullptr) {
  const char* data = nullptr;
  if (library()->lookup_value(probe, name, &data, length) != 0) return std::nullopt;
  return data;
}

// The signature that the last probing step found, by superblock (SB) or partition table (PT) names.
std::optional<Signature> found_signature(blkid_probe probe) {
  std::size_t length = 0;
  auto type = value_of(probe, "TYPE");
  bool table = !type;
  if (table) type = value_of(probe, "PTTYPE");
  auto offset = value_of(probe, table ? "PTMAGIC_OFFSET" : "SBMAGIC_OFFSET");
  if (!type || !offset || !value_of(probe, table ? "PTMAGIC" : "SBMAGIC", &length)) return std::nullopt;
  std::uint32_t block_size = 0;
  if (auto block = value_of(probe, "BLOCK_SIZE"))
    block_size = static_cast<std::uint32_t>(std::strtoul(block->c_str(), nullptr, 10));
  return Signature{*type, Bytes(std::strtoull(offset->c_str(), nullptr, 10)), Bytes(length), table, block_size};
}

// Some fifty pieces of a few bytes are looked at, one after the other, most of them near the edges: what lies between
// comes with them, in few reads.
void read_edges_ahead(int fd, Bytes start, Bytes size) {
  constexpr Bytes kHead(128u << 10), kTail(512u << 10), kPiece(256u << 10);  // the kernel cuts longer ones short
  if (!size) size = Bytes(static_cast<std::uint64_t>(std::max<off_t>(::lseek(fd, 0, SEEK_END), 0)));
  auto ahead = [&](Bytes from, Bytes to) {
    for (; from < to; from += kPiece)
      ::posix_fadvise(fd, static_cast<off_t>((start + from).n), static_cast<off_t>(std::min(kPiece, to - from).n),
                      POSIX_FADV_WILLNEED);
  };
  const Bytes head = std::min(kHead, size);
  ahead(Bytes(), head);
  ahead(std::max(head, size - std::min(kTail, size)), size);
}

// `size` 0: up to the end.
Result<std::vector<Signature>> probe_signatures(const std::string& name, int fd, Bytes start, Bytes size) {
  if (!library()) return fail(library().error().code(), fmt::format("{}: {}", name, library().error().message()));
  const Library& blkid = *library();
  read_edges_ahead(fd, start, size);
  Probe probe(blkid.new_probe());
  if (!probe ||
      blkid.set_device(probe.get(), fd, static_cast<blkid_loff_t>(start.n), static_cast<blkid_loff_t>(size.n)) != 0)
    return fail(Code::io, name + ": failed to look for existing signatures.");
  blkid.enable_superblocks(probe.get(), 1);
  blkid.set_superblocks_flags(probe.get(), BLKID_SUBLKS_TYPE | BLKID_SUBLKS_MAGIC | BLKID_SUBLKS_BADCSUM);
  blkid.enable_partitions(probe.get(), 1);
  blkid.set_partitions_flags(probe.get(), BLKID_PARTS_MAGIC);

  std::vector<Signature> out;
  // Each finding is hidden from the probe, which then finds what stood behind it; a bound, since what
  // cannot be hidden would be found for ever.
  constexpr std::size_t kMost = 256;
  int status = 0;
  while (out.size() < kMost && (status = blkid.probe(probe.get())) == 0) {
    std::optional<Signature> found = found_signature(probe.get());
    if (!found) continue;
    if (std::ranges::find(out, *found) != out.end()) continue;
    out.push_back(*found);
    if (blkid.hide_range(probe.get(), found->offset.n, found->length.n) == 0) blkid.step_back(probe.get());
  }
  if (status < 0) return fail(Code::io, name + ": failed to look for existing signatures.");
  return out;
}

// Where signatures stand: a few copies of what is there aside, in the first or last MiB.
constexpr std::uint64_t kEdge = 1u << 20;

Result<> copy(Handle& data, int fd, Bytes offset, Bytes length) {
  std::vector<std::byte> bytes(length.n);
  TRY(data.read(offset, bytes));
  if (::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset.n)) != static_cast<ssize_t>(bytes.size()))
    return fail_errno("cannot copy what is to be looked at", errno);
  return {};
}

}  // namespace

Result<std::vector<Signature>> find_signatures(const Device& device) {
  const std::string& path = device.image ? device.image->file : device.path;
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno("Error opening device " + device.path, errno);
  if (device.image) return probe_signatures(device.path, fd.get(), device.image->start, device.size);
  return probe_signatures(device.path, fd.get(), Bytes(), Bytes());
}

Result<std::vector<Signature>> find_signatures(const std::string& name, Handle& data) {
  Fd fd(::memfd_create("signatures", MFD_CLOEXEC));
  Bytes size = data.size();
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(size.n)) != 0)
    return fail_errno(name + ": failed to look for existing signatures", errno);
  Bytes head = std::min(size, Bytes(kEdge)), tail = std::min(size - head, Bytes(kEdge));
  TRY(copy(data, fd.get(), Bytes(), head));
  TRY(copy(data, fd.get(), size - tail, tail));
  return probe_signatures(name, fd.get(), Bytes(), size);
}

#else

Result<std::vector<Signature>> find_signatures(const Device&) { return std::vector<Signature>(); }
Result<std::vector<Signature>> find_signatures(const std::string&, Handle&) { return std::vector<Signature>(); }

#endif

}  // namespace lvm::device
