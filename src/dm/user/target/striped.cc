// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <atomic>
#include <vector>

#include "dm/text.h"
#include "dm/user/batch.h"
#include "dm/user/live_target.h"

// Chunk c of the volume is chunk c / N of leg c mod N.
namespace lvm::dm::user {
namespace {

class Striped final : public LiveTarget {
 public:
  Striped(Host& host, Bytes chunk, std::vector<Area> legs)
      : host_(host), chunk_(chunk), legs_(std::move(legs)), errors_(legs_.size()) {}

  Result<> read(Bytes offset, std::span<std::byte> out) override {
    auto first = piece_at(offset, Bytes(out.size()));
    if (first.length.n == out.size()) return watch(first.leg, legs_[first.leg].read(first.offset, out));
    std::vector<Result<>> results(legs_.size());
    Batch batch;
    for (Bytes done; done.n < out.size();) {
      auto piece = piece_at(offset + done, Bytes(out.size()) - done);
      legs_[piece.leg].start_read(piece.offset, out.subspan(done.n, piece.length.n), results[piece.leg], batch);
      done += piece.length;
    }
    batch.wait();
    Result<> result;
    for (std::size_t i = 0; i < results.size(); ++i) keep_error(result, watch(i, std::move(results[i])));
    return result;
  }

  Result<> change(const Change& change) override {
    for (Bytes done; done < change.length;) {
      auto piece = piece_at(change.offset + done, change.length - done);
      TRY(watch(piece.leg, legs_[piece.leg].change(change.part(done, piece.length, piece.offset))));
      done += piece.length;
    }
    return {};
  }

  Result<> flush() override {
    for (std::size_t i = 0; i < legs_.size(); ++i) TRY(watch(i, legs_[i].flush()));
    return {};
  }

  std::string status() override {
    auto text = fmt::format("{}", legs_.size());
    for (const auto& leg : legs_) text += " " + to_text(leg.number());
    text += " 1 ";
    for (const auto& errors : errors_) text += errors == 0 ? 'A' : 'D';
    return text;
  }

 private:
  struct Piece {
    std::size_t leg;
    Bytes offset, length;
  };
  Piece piece_at(Bytes offset, Bytes most) const {
    const auto number = offset / chunk_;
    const auto inside = offset % chunk_;
    return {number % legs_.size(), chunk_ * (number / legs_.size()) + inside, std::min(most, chunk_ - inside)};
  }
  Result<> watch(std::size_t leg, Result<> result) {
    // As the kernel, it stops telling after so many.
    constexpr unsigned kMostEvents = 15;
    if (!result && errors_[leg]++ < kMostEvents) host_.raise_event();
    return result;
  }

  Host& host_;
  Bytes chunk_;
  std::vector<Area> legs_;
  std::vector<std::atomic<unsigned>> errors_;
};

Result<std::unique_ptr<LiveTarget>> make(const TargetBody& body, Construction& construction) {
  const auto& striped = std::get<StripedTarget>(body);
  const auto length = to_sectors_floor(construction.length());
  if (striped.legs.empty()) return construction.wrong("no stripes");
  if (!striped.chunk) return construction.wrong("the chunk size is 0");
  if (length.n % striped.legs.size() != 0) return construction.wrong("the length is no multiple of the stripes");
  const auto width = length / striped.legs.size();
  if (width % striped.chunk != Sectors()) return construction.wrong("the length is no multiple of the chunk size");
  std::vector<Area> legs;
  for (const auto& leg : striped.legs) {
    auto area = TRY(construction.area(leg.device, leg.offset, width));
    legs.push_back(std::move(area));
  }
  return std::make_unique<Striped>(construction.host(), to_bytes(striped.chunk), std::move(legs));
}

}  // namespace

const LiveRow kLiveStriped = {{"striped", 1, 6, 0}, make};

}  // namespace lvm::dm::user
