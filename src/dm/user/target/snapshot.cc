// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "dm/user/live_target.h"
#include "dm/user/snapshot/family.h"
#include "dm/user/snapshot/store.h"

// Snapshots of an origin, and the merge of one back into it. Both stand on a store of exceptions.
namespace lvm::dm::user {
namespace {

struct Parts {
  Area cow, origin;
  Sectors chunk;
  bool overflow_is_told = false;
  std::shared_ptr<SnapshotStore> store;
  std::shared_ptr<SnapshotOrigin> family;
};

Result<Parts> parts_of(const SnapshotTarget& snapshot, Construction& construction) {
  if (snapshot.store != "P" && snapshot.store != "PO")
    return fail(Code::unsupported,
                fmt::format("This engine keeps no snapshots of store type {} yet: it has P and PO.", snapshot.store));
  if (snapshot.discard_zeroes_cow || snapshot.discard_passdown_origin)
    return fail(Code::unsupported, "This engine has no discard features of snapshots yet.");
  Parts parts;
  parts.origin = TRY(construction.area(snapshot.origin, Sectors(), to_sectors_floor(construction.length())));
  parts.cow = TRY(construction.whole(snapshot.cow));
  parts.chunk = snapshot.chunk ? snapshot.chunk : Sectors(32);
  parts.overflow_is_told = snapshot.store == "PO";
  if (parts.origin.number() == parts.cow.number()) return construction.wrong("origin and copy-on-write device are one");
  if (auto good = SnapshotStore::probe(parts.cow, parts.chunk); !good) return construction.wrong(good.error().text());
  auto& family = construction.host().snapshots();
  parts.store = family.store(parts.cow.number());
  parts.family = family.origin(parts.origin.number());
  return parts;
}

class Snapshot final : public LiveTarget {
 public:
  Snapshot(Host& host, Parts parts) : host_(host), parts_(std::move(parts)) {}
  ~Snapshot() override { parts_.family->leave(this); }

  Result<> read(Bytes offset, std::span<std::byte> out) override { return parts_.store->read(offset, out); }
  Result<> change(const Change& change) override { return parts_.store->change(change); }
  Result<> flush() override { return parts_.cow.flush(); }

  Result<> before_resume() override {
    if (parts_.store->merging()) return fail(Code::busy, "The snapshot is being merged into its origin.");
    // Writers of the origin use the store too.
    return parts_.family->alone(
        [&] { return parts_.store->open(parts_.cow, parts_.origin, parts_.chunk, parts_.overflow_is_told); });
  }
  void resumed() override {
    parts_.store->on_event([this] { host_.raise_event(); });
    parts_.family->join(parts_.store, this);
  }
  std::string status() override { return parts_.store->status(); }

 private:
  Host& host_;
  Parts parts_;
};

class SnapshotMerge final : public LiveTarget {
 public:
  SnapshotMerge(Host& host, Parts parts) : host_(host), parts_(std::move(parts)) {}
  ~SnapshotMerge() override { parts_.store->set_merging(false); }

  Result<> read(Bytes offset, std::span<std::byte> out) override { return parts_.store->read_merging(offset, out); }
  Result<> change(const Change& change) override {
    return parts_.store->change_merging(change, [&](const Change& part) {
      return parts_.family->change(part.offset, part.length, parts_.store.get(),
                                   [&] { return parts_.origin.change(part); });
    });
  }
  Result<> flush() override {
    TRY(parts_.cow.flush());
    return parts_.origin.flush();
  }

  Result<> before_resume() override {
    return parts_.family->alone([&]() -> Result<> {
      TRY(parts_.store->open(parts_.cow, parts_.origin, parts_.chunk, parts_.overflow_is_told));
      parts_.store->set_merging(true);
      return {};
    });
  }
  void resumed() override {
    parts_.store->on_event([this] { host_.raise_event(); });
  }
  bool has_work() const override { return true; }
  std::optional<std::uint64_t> work() override {
    auto put = [&](Bytes offset, Bytes length, const std::function<Result<>()>& copy) {
      return parts_.family->change(offset, length, parts_.store.get(), copy);
    };
    if (parts_.store->merge_some(put) == SnapshotStore::Merged::some) return 0;
    return std::nullopt;
  }
  std::string status() override { return parts_.store->status(); }

 private:
  Host& host_;
  Parts parts_;
};

Result<std::unique_ptr<LiveTarget>> make_snapshot(const TargetBody& body, Construction& construction) {
  auto parts = TRY(parts_of(std::get<SnapshotTarget>(body), construction));
  return std::make_unique<Snapshot>(construction.host(), std::move(parts));
}

Result<std::unique_ptr<LiveTarget>> make_merge(const TargetBody& body, Construction& construction) {
  auto parts = TRY(parts_of(std::get<SnapshotMergeTarget>(body).merged, construction));
  return std::make_unique<SnapshotMerge>(construction.host(), std::move(parts));
}

}  // namespace

const LiveRow kLiveSnapshot = {{"snapshot", 1, 16, 0}, make_snapshot};
const LiveRow kLiveSnapshotMerge = {{"snapshot-merge", 1, 5, 0}, make_merge};

}  // namespace lvm::dm::user
