// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/crc.h"
#include "base/endian.h"
#include "scan/scan.h"
#include "system/fake/fake_system.h"

// A device of arbitrary bytes beside a sound one: scanning ends, and what it says holds together. The
// first byte chooses which checksums are made right, so that what stands behind them is reached too.
namespace {

constexpr std::size_t kSector = 512, kArea = 4096;

void put_crc(std::vector<std::byte>& bytes, std::size_t at, std::size_t from, std::size_t length) {
  if (from + length > bytes.size() || at + 4 > bytes.size()) return;
  lvm::le32 crc(lvm::crc32(std::span(bytes).subspan(from, length)));
  std::memcpy(bytes.data() + at, &crc, sizeof crc);
}

std::uint64_t get(const std::vector<std::byte>& bytes, std::size_t at) {
  lvm::le64 value(0);
  if (at + 8 <= bytes.size()) std::memcpy(&value, bytes.data() + at, 8);
  return value.get();
}

void mend(std::vector<std::byte>& bytes, std::uint8_t what) {
  if (what & 1) put_crc(bytes, kSector + 16, kSector + 20, kSector - 20);
  if (what & 2) {
    std::uint64_t offset = get(bytes, kArea + 40), size = get(bytes, kArea + 48);
    if (offset < bytes.size() && size < bytes.size()) put_crc(bytes, kArea + 56, kArea + offset, size);
  }
  if (what & 4) put_crc(bytes, kArea, kArea + 4, kSector - 4);
}

void check(bool condition) {
  if (!condition) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  std::vector<std::byte> bytes(size - 1);
  std::memcpy(bytes.data(), data + 1, size - 1);
  mend(bytes, data[0]);
  lvm::FakeSystem machine;
  // The device ends with the bytes, or not.
  std::size_t length = data[0] & 8 ? std::max<std::size_t>(bytes.size(), 4u << 20) : bytes.size();
  machine.io.add("/dev/a", lvm::Bytes(std::max<std::size_t>(length, 2u << 20)));
  machine.io.poke("/dev/a", lvm::Bytes(0), bytes);
  if (data[0] & 16) {
    machine.io.add("/dev/b", lvm::Bytes(4u << 20));
    machine.io.poke("/dev/b", lvm::Bytes(0), bytes);
  }
  lvm::config::Config config;
  auto world = lvm::scan::discover(machine.system, config, {});
  check(world.has_value());
  auto done = lvm::scan::read(machine.system, config, {}, *world);
  check(done.has_value());
  for (const lvm::world::VgView& view : world->vgs) {
    check(view.vg != nullptr);
    if (view.unusable || view.summary_only) continue;
    check(view.devices.size() == view.vg->pvs.size());
    for (const auto& device : view.devices) check(!device || *device < world->pvs.size());
    check(world->find_vg(view.vg->id) != nullptr);
  }
  return 0;
}
