// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/signatures.h"

#ifdef LVM_HAVE_BLKID
#include <blkid.h>
#endif
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>

#include "base/fd.h"

namespace lvm::device {

Result<> wipe_signature(Handle& handle, const Signature& signature) {
  return handle.zero(signature.offset, signature.length);
}

Result<std::vector<Signature>> find_signatures(Io& io, const Device& device) {
  if (auto* source = dynamic_cast<SignatureSource*>(&io)) return source->signatures(device);
  return find_signatures(device);
}

#ifdef LVM_HAVE_BLKID
namespace {

struct FreeProbe {
  void operator()(blkid_probe probe) const { ::blkid_free_probe(probe); }
};
using Probe = std::unique_ptr<std::remove_pointer_t<blkid_probe>, FreeProbe>;

std::optional<std::string> value_of(blkid_probe probe, const char* name, std::size_t* length = nullptr) {
  const char* data = nullptr;
  if (::blkid_probe_lookup_value(probe, name, &data, length) != 0) return std::nullopt;
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
  return Signature{*type, Bytes(std::strtoull(offset->c_str(), nullptr, 10)), Bytes(length), table};
}

}  // namespace

Result<std::vector<Signature>> find_signatures(const Device& device) {
  Fd fd(::open(device.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno("Error opening device " + device.path, errno);
  Probe probe(::blkid_new_probe());
  if (!probe || ::blkid_probe_set_device(probe.get(), fd.get(), 0, 0) != 0)
    return fail(Code::io, device.path + ": failed to look for existing signatures.");
  ::blkid_probe_enable_superblocks(probe.get(), 1);
  ::blkid_probe_set_superblocks_flags(probe.get(), BLKID_SUBLKS_TYPE | BLKID_SUBLKS_MAGIC | BLKID_SUBLKS_BADCSUM);
  ::blkid_probe_enable_partitions(probe.get(), 1);
  ::blkid_probe_set_partitions_flags(probe.get(), BLKID_PARTS_MAGIC);

  std::vector<Signature> out;
  // Each finding is hidden from the probe, which then finds what stood behind it; a bound, since what
  // cannot be hidden would be found for ever.
  constexpr std::size_t kMost = 256;
  int status = 0;
  while (out.size() < kMost && (status = ::blkid_do_probe(probe.get())) == 0) {
    std::optional<Signature> found = found_signature(probe.get());
    if (!found) continue;
    if (std::ranges::find(out, *found) != out.end()) continue;
    out.push_back(*found);
    if (::blkid_probe_hide_range(probe.get(), found->offset.n, found->length.n) == 0)
      ::blkid_probe_step_back(probe.get());
  }
  if (status < 0) return fail(Code::io, device.path + ": failed to look for existing signatures.");
  return out;
}

#else

Result<std::vector<Signature>> find_signatures(const Device&) { return std::vector<Signature>(); }

#endif

}  // namespace lvm::device
