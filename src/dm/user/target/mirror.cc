// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>

#include "dm/text.h"
#include "dm/user/live_target.h"
#include "dm/user/mirror/log.h"
#include "dm/user/range_lock.h"

// The old mirror target: legs, and a log of regions. pvmove stands on it too.
namespace lvm::dm::user {
namespace {

constexpr std::uint64_t kIdlePause = 1000;  // ms until a region counts as clean again
constexpr std::uint64_t kMostRegions = std::uint64_t{1} << 23;

class Mirror final : public LiveTarget {
 public:
  Mirror(Host& host, Bytes length, Bytes region, std::vector<Area> legs, std::optional<Area> log, InitialSync sync)
      : host_(host),
        length_(length),
        region_(region),
        log_(std::move(log), (length.n + region.n - 1) / region.n, sync) {
    for (auto& leg : legs) legs_.emplace_back(std::move(leg));
  }

  Result<> read(Bytes offset, std::span<std::byte> out) override {
    for (Bytes done; done.n < out.size();) {
      const auto region = (offset + done) / region_;
      const auto count = std::min(Bytes(out.size()) - done, region_ * (region + 1) - (offset + done));
      TRY(read_region(region, offset + done, out.subspan(done.n, count.n)));
      done += count;
    }
    return {};
  }

  Result<> change(const Change& change) override {
    for (Bytes done; done < change.length;) {
      const auto at = change.offset + done;
      const auto region = at / region_;
      const auto count = std::min(change.length - done, region_ * (region + 1) - at);
      TRY(change_region(region, change.part(done, count, at)));
      done += count;
    }
    return {};
  }

  Result<> flush() override {
    Result<> result = no_leg();
    bool flushed = false;
    for (std::size_t i = 0; i < legs_.size(); ++i) {
      if (legs_[i].dead()) continue;
      auto done = legs_[i].area.flush();
      flushed |= done.has_value();
      if (!done) {
        result = done;
        fail_leg(i, 'F');
      }
    }
    return flushed ? Result<>{} : result;
  }

  Result<> before_resume() override { return log_.load(); }
  void suspended() override {
    if (flush()) static_cast<void>(log_.settle());
  }

  bool has_work() const override { return true; }
  std::optional<std::uint64_t> work() override {
    if (auto region = log_.next_to_recover())
      if (legs_.size() > 1 && !degraded()) return recover(*region) ? 0 : kIdlePause;
    static_cast<void>(log_.clean_idle(host_.now(), kIdlePause, [this] { return flush(); }));
    return kIdlePause;
  }

  std::string status() override {
    auto text = fmt::format("{}", legs_.size());
    for (const auto& leg : legs_) text += " " + to_text(leg.area.number());
    text += fmt::format(" {}/{} 1 ", log_.in_sync_count(), log_.regions());
    for (const auto& leg : legs_) text += leg.state.load();
    return text + " " + log_.status();
  }

 private:
  struct Leg {
    explicit Leg(Area leg_area) : area(std::move(leg_area)) {}
    Area area;
    std::atomic<char> state{'A'};
    // R alone still takes writes.
    bool dead() const { return state == 'D' || state == 'F' || state == 'S'; }
  };

  static Result<> no_leg() { return fail(Code::io, "No leg of the mirror is left."); }

  bool degraded() const {
    return std::ranges::any_of(legs_, [](const Leg& leg) { return leg.dead(); });
  }

  void fail_leg(std::size_t index, char state) {
    char alive = 'A';
    if (!legs_[index].state.compare_exchange_strong(alive, state)) return;
    // Another leg may stand for it only when it holds all the same.
    if (index == default_leg_ && log_.all_in_sync())
      for (std::size_t i = 0; i < legs_.size(); ++i)
        if (!legs_[i].dead()) {
          default_leg_ = i;
          break;
        }
    host_.raise_event();
  }

  Result<> read_region(std::uint64_t region, Bytes offset, std::span<std::byte> out) {
    const std::size_t first = default_leg_;
    auto result = legs_[first].area.read(offset, out);
    if (result || !log_.in_sync(region)) return result;
    if (!legs_[first].dead()) fail_leg(first, 'R');
    for (std::size_t i = 0; i < legs_.size() && !result; ++i)
      if (i != first && !legs_[i].dead()) result = legs_[i].area.read(offset, out);
    return result;
  }

  Result<> change_region(std::uint64_t region, const Change& change) {
    RangeLock::Holder holder(ranges_, change.offset, change.length);
    // Where the legs differ anyway only the one that is copied from counts. A recovery holds the whole region.
    if (!log_.in_sync(region)) return legs_[default_leg_].area.change(change);
    TRY(log_.begin_write(region));
    Result<> result = no_leg();
    bool written = false, missed = false;
    for (std::size_t i = 0; i < legs_.size(); ++i) {
      if (legs_[i].dead()) {
        missed = true;
        continue;
      }
      auto done = legs_[i].area.change(change);
      if (done) {
        written = true;
        continue;
      }
      result = done;
      missed = true;
      fail_leg(i, 'D');
    }
    if (missed) log_.set_in_sync(region, false);
    log_.end_write(region, host_.now());
    return written && !legs_[default_leg_].dead() ? Result<>{} : result;
  }

  bool recover(std::uint64_t region) {
    const Bytes start = region_ * region, count = std::min(region_, length_ - start);
    RangeLock::Holder holder(ranges_, start, count);
    std::vector<std::byte> data, other;
    for (Bytes done; done < count; done += Bytes(data.size())) {
      data.resize(std::min<std::uint64_t>((count - done).n, 1 << 20));
      other.resize(data.size());
      if (!legs_[default_leg_].area.read(start + done, data)) return false;
      for (std::size_t i = 0; i < legs_.size(); ++i) {
        // What is equal, often a hole, stays as it is.
        if (i == default_leg_ || (legs_[i].area.read(start + done, other) && other == data)) continue;
        if (legs_[i].area.write(start + done, data)) continue;
        fail_leg(i, 'S');
        return false;
      }
    }
    log_.set_in_sync(region, true);
    if (log_.all_in_sync()) host_.raise_event();
    return true;
  }

  Host& host_;
  const Bytes length_, region_;
  std::deque<Leg> legs_;
  std::atomic<std::size_t> default_leg_{0};
  MirrorLog log_;
  RangeLock ranges_;
};

Result<std::unique_ptr<LiveTarget>> make(const TargetBody& body, Construction& construction) {
  const auto& mirror = std::get<MirrorTarget>(body);
  const auto length = to_sectors_floor(construction.length());
  if (mirror.legs.empty()) return construction.wrong("no legs");
  if (!is_power_of_two(mirror.region.n) || length.n / mirror.region.n >= kMostRegions)
    return construction.wrong(fmt::format("a region size of {} sectors", mirror.region.n));
  std::vector<Area> legs;
  for (const auto& leg : mirror.legs) {
    auto area = TRY(construction.area(leg.device, leg.offset, length));
    legs.push_back(std::move(area));
  }
  std::optional<Area> log;
  if (mirror.log) log = TRY(construction.whole(*mirror.log));
  return std::make_unique<Mirror>(construction.host(), construction.length(), to_bytes(mirror.region), std::move(legs),
                                  std::move(log), mirror.sync);
}

}  // namespace

const LiveRow kLiveMirror = {{"mirror", 1, 14, 0}, make};

}  // namespace lvm::dm::user
