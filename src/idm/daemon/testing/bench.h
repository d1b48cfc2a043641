// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "idm/daemon/service.h"
#include "idm/in_process_transport.h"
#include "idm/random.h"
#include "idm/virtual_timers.h"

// The daemon's service on virtual time and emulated drives, spoken to by bytes, as clients do.
namespace lvm::idm::testing {

class Bench final : public Resolver, public Machine {
 public:
  explicit Bench(std::size_t drives)
      : own_timers(std::make_unique<VirtualTimers>()), timers(*own_timers), transport(timers, 1) {
    for (std::size_t i = 0; i < drives; ++i) {
      DriveId id;
      id.bytes.assign(8, static_cast<std::uint8_t>(i + 1));
      ids.push_back(id);
      emulated.push_back(std::make_shared<Drive>());
    }
    see_drives();
  }
  // Another host that sees the same drives.
  explicit Bench(Bench& other)
      : timers(other.timers),
        numbers(other.numbers.next()),
        ids(other.ids),
        emulated(other.emulated),
        transport(timers, 2) {
    see_drives();
  }
  // The process ends and another begins: what was journaled is adopted, all connections are gone.
  void start() {
    service.reset();
    service = std::make_unique<Service>(transport, timers, *this, *this, Rules{}, "here");
    service->adopt(std::vector(journaled));
  }

  void cut_all(bool cut) {
    for (Link* link : links) link->cut = cut;
  }
  bool killed() const {
    return std::ranges::any_of(fenced, [](const auto& each) { return each.first == FenceStage::kill_path; });
  }

  // "/dev/d0" and so on, until the drives are found again under other names.
  Result<std::vector<DriveId>> drives_below(const std::string& path) override {
    for (std::size_t i = 0; i < ids.size(); ++i)
      if (path == names + std::to_string(i)) return std::vector{ids[i]};
    return fail(Code::not_found, "no such drive");
  }
  void look_again() override { ++looked_again; }
  void fence(const std::string&, FenceStage stage, const FencePlan& plan) override { fenced.emplace_back(stage, plan); }
  void journal(const JournalEntry& entry) override {
    std::erase_if(journaled,
                  [&](const JournalEntry& old) { return old.owner == entry.owner && old.lock == entry.lock; });
    if (entry.held) journaled.push_back(entry);
  }
  void say(const std::string& text) override { said.push_back(text); }
  std::uint64_t wall_milliseconds() override {
    return static_cast<std::uint64_t>(timers.now() / std::chrono::milliseconds(1)) + 1'000'000;
  }
  std::uint64_t random() override { return numbers.next(); }

  std::unique_ptr<VirtualTimers> own_timers;
  VirtualTimers& timers;
  Random numbers{7};
  std::string names = "/dev/d";
  int looked_again = 0;
  std::vector<DriveId> ids;
  std::vector<std::shared_ptr<Drive>> emulated;
  InProcessTransport transport;
  std::vector<Link*> links;
  std::vector<std::pair<FenceStage, FencePlan>> fenced;
  std::vector<JournalEntry> journaled;
  std::vector<std::string> said;
  std::unique_ptr<Service> service;

 private:
  void see_drives() {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      links.push_back(&transport.add_path(ids[i], emulated[i]));
      links.back()->request_latency = std::chrono::microseconds(100);
    }
    start();
  }
};

// A program built for Seagate's library: the calls of ilm.h, by their requests.
class Program {
 public:
  Program(Bench& bench, std::size_t drives, std::int32_t process = 1000)
      : bench_(bench), id(bench.service->connect(Service::Protocol::seagate, process)) {
    for (std::size_t i = 0; i < drives; ++i) paths.push_back(bench.names + std::to_string(i));
    call({.command = wire::Verb::add_lockspace});
  }

  std::int32_t call(const wire::Request& request) {
    const auto bytes = wire::encode(request);
    bench_.service->receive(id, bytes);
    std::string& out = bench_.service->output(id);
    while (out.size() < wire::kHeaderSize) CHECK(bench_.timers.run_one());
    std::int32_t result = 0;
    std::memcpy(&result, out.data() + 12, 4);
    data.assign(out.begin() + wire::kHeaderSize, out.end());
    out.clear();
    return result;
  }
  std::int32_t lock(char name, std::uint32_t mode, std::int32_t timeout = 60'000) {
    return call(
        {.command = wire::Verb::acquire, .mode = mode, .lock = id_of(name), .timeout = timeout, .drives = paths});
  }
  std::int32_t unlock(char name) { return call({.command = wire::Verb::release, .lock = id_of(name)}); }
  std::int32_t convert(char name, std::uint32_t mode) {
    return call({.command = wire::Verb::convert, .mode = mode, .lock = id_of(name)});
  }
  std::int32_t mode(char name) {
    const std::int32_t result = call({.command = wire::Verb::mode, .lock = id_of(name), .drives = paths});
    return result == 0 ? number(0) : result;
  }
  std::pair<int, int> count(char name) {
    if (call({.command = wire::Verb::host_count, .lock = id_of(name), .drives = paths}) != 0) return {-1, -1};
    return {number(0), number(4)};
  }
  std::string read(char name) {
    return call({.command = wire::Verb::read_lvb, .lock = id_of(name)}) == 0 ? data : "failed";
  }
  std::int32_t write(char name, const char* value) {
    wire::Request request{.command = wire::Verb::write_lvb, .lock = id_of(name)};
    std::memcpy(request.lvb.data(), value, 8);
    return call(request);
  }
  std::int32_t with_number(wire::Verb command, std::int32_t value) {
    return call({.command = command, .number = value});
  }
  std::int32_t inject(std::int32_t percent) { return with_number(wire::Verb::inject_fault, percent); }
  std::int32_t stop_renew() { return call({.command = wire::Verb::stop_renew}); }
  std::int32_t start_renew() { return call({.command = wire::Verb::start_renew}); }
  void die() { bench_.service->disconnect(id); }

  // For the VG's or an LV's lock on the drives with these numbers alone.
  void use(std::initializer_list<int> drives) {
    paths.clear();
    for (int drive : drives) paths.push_back(bench_.names + std::to_string(drive));
  }

  // A VG's lock: its value is kept.
  static LockId id_of(char name) {
    LockId out;
    out.bytes.fill(0);
    out.bytes[0] = static_cast<std::uint8_t>(name);
    return out;
  }

 private:
  int number(std::size_t offset) const {
    int out = 0;
    std::memcpy(&out, data.data() + offset, 4);
    return out;
  }
  Bench& bench_;

 public:
  Service::ClientId id;
  std::vector<std::string> paths;
  std::string data;
};

}  // namespace lvm::idm::testing
