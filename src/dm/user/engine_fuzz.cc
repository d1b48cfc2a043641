// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cstring>
#include <memory>

#include "dm/text.h"
#include "dm/user/local_engine.h"
#include "dm/user/machine.h"
#include "dm/user/testing/memory_block.h"
#include "dm/user/wire/session.h"

// What an engine reads that others wrote: requests of clients, table lines, and what is on disk below RAID sets,
// snapshots and mirror logs. The first byte says which.
namespace lvm::dm::user {
namespace {

constexpr Sectors kDisk{2048};

struct Engine {
  Engine() {
    MachineOptions options;
    options.threads = false;
    options.now = [this] { return now += 1000; };
    machine = std::make_shared<Machine>(options);
    for (std::uint32_t i = 0; i < 4; ++i) {
      disks.push_back(std::make_shared<testing::MemoryBlock>(kDisk));
      machine->attach({kImageMajor, i}, disks.back());
    }
    engine = std::make_unique<LocalEngine>(machine);
  }
  ~Engine() { machine->remove_all(); }

  void run(std::string_view text) {
    auto table = parse_table(text);
    if (!table || !engine->create({"a", "LVM-a", std::nullopt})) return;
    if (engine->load("LVM-a", *table, false) && engine->resume("LVM-a", {}, std::nullopt)) {
      auto info = engine->info("LVM-a");
      auto block = engine->open((*info)->device, true);
      std::vector<std::byte> buffer(4096, std::byte{0x5a});
      if (block && (*block)->size() >= Bytes(65536)) {
        for (std::uint64_t at : {std::uint64_t{0}, std::uint64_t{1000}, (*block)->size().n - 4096}) {
          static_cast<void>((*block)->read(Bytes(at), buffer));
          static_cast<void>((*block)->write(Bytes(at), buffer));
        }
        static_cast<void>((*block)->flush());
      }
      for (int i = 0; i < 20; ++i) machine->work();
      static_cast<void>(engine->status("LVM-a"));
      block = fail(Code::io, "closed");
    }
    static_cast<void>(engine->remove("LVM-a", {}, std::nullopt, false));
  }

  std::uint64_t now = 0;
  std::vector<std::shared_ptr<testing::MemoryBlock>> disks;
  std::shared_ptr<Machine> machine;
  std::unique_ptr<LocalEngine> engine;
};

// A request after the other: operation, length, body.
void requests(Engine& engine, std::span<const std::byte> bytes) {
  Session session(*engine.engine, {[] { return DaemonInfo(); }, [] { return true; }});
  std::vector<std::byte> answer;
  const auto hello = [] {
    std::vector<std::byte> body;
    Encoder(body).u32(kProtocolVersion);
    return body;
  }();
  static_cast<void>(session.handle(static_cast<std::uint16_t>(Operation::hello), hello, answer));
  static_cast<void>(engine.engine->create({"a", "LVM-a", std::nullopt}));
  while (bytes.size() >= 3) {
    const auto operation = std::to_integer<std::uint16_t>(bytes[0]);
    const auto length = std::min<std::size_t>(
        std::to_integer<std::size_t>(bytes[1]) | std::to_integer<std::size_t>(bytes[2]) << 8, bytes.size() - 3);
    // Files of the machine are no business of a fuzzer.
    if (operation != static_cast<std::uint16_t>(Operation::attach))
      static_cast<void>(session.handle(operation, bytes.subspan(3, length), answer));
    bytes = bytes.subspan(3 + length);
  }
}

}  // namespace
}  // namespace lvm::dm::user

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace lvm;
  using namespace lvm::dm::user;
  if (size < 1 || size > 65536) return 0;
  Engine engine;
  const auto bytes = std::as_bytes(std::span(data + 1, size - 1));
  static_cast<void>(unpack_frame_header(bytes));
  auto fill = [&](std::size_t disk) {
    static_cast<void>(
        engine.disks[disk]->write(Bytes(), bytes.first(std::min<std::size_t>(bytes.size(), 65536)), true));
  };
  switch (data[0] % 5) {
    case 0: requests(engine, bytes); break;
    case 1: engine.run({reinterpret_cast<const char*>(data + 1), size - 1}); break;
    case 2:
      fill(0);
      fill(2);
      engine.run("0 512 raid raid1 3 0 region_size 16 2 4096:0 4096:1 4096:2 4096:3");
      break;
    case 3:
      fill(1);
      engine.run(data[0] & 0x80 ? "0 512 snapshot-merge 4096:0 4096:1 P 8" : "0 512 snapshot 4096:0 4096:1 P 8");
      break;
    case 4:
      fill(2);
      engine.run("0 512 mirror disk 2 4096:2 16 2 4096:0 0 4096:1 0");
      break;
    default: break;
  }
  return 0;
}
