// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/live_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "dm/target/row.h"
#include "dm/text.h"
#include "dm/user/batch.h"

namespace lvm::dm::user {
namespace {

// Sectors whose bytes can be counted, with room for sums.
constexpr std::uint64_t kMostSectors = std::uint64_t{1} << 52;

}  // namespace

// Makes one target after the other.
class LiveTable::Builder final : public Construction {
 public:
  Builder(LiveTable& table, TableSite& site) : table_(table), site_(site) {}

  Host& host() override { return site_.host(); }
  Bytes length() override { return to_bytes(current_->length); }
  bool read_only() override { return table_.read_only_; }

  Result<Area> area(const DeviceRef& device, Sectors start, Sectors length) override {
    if (start.n > kMostSectors || length.n > kMostSectors) return wrong("a range that no device can have");
    auto lower = TRY(open(device));
    Area area(lower.block, lower.number, to_bytes(start), to_bytes(length));
    if (lower.fixed_size) {
      auto fits = area.check_size();
      if (!fits) return wrong(fits.error().message());
    }
    table_.areas_.push_back(area);
    return area;
  }

  Result<Area> whole(const DeviceRef& device) override {
    auto lower = TRY(open(device));
    return Area(lower.block, lower.number);
  }

  std::unexpected<Error> wrong(std::string_view why) override {
    return fail(Code::io, fmt::format("device-mapper: reload of {} failed: {} (\"{}\").", table_.name_, why,
                                      current_ == nullptr ? std::string("no targets") : describe_target(*current_)));
  }

  Result<> add(Target& target) {
    current_ = &target;
    if (target.start != to_sectors_floor(table_.size_)) return wrong("the targets leave a gap or overlap");
    if (!target.length || target.length.n > kMostSectors || target.start.n > kMostSectors)
      return wrong("a length that no device can have");
    const auto type = target_type(target.body);
    const LiveRow* row = live_row(type);
    if (row == nullptr) {
      auto why = fail_no_target(type);
      return fail(why.error().code(), fmt::format("{}: {}", table_.name_, why.error().message()));
    }
    TRY(open_all(type, target.body));
    auto made = TRY(row->make(target.body, *this));
    table_.entries_.push_back({table_.size_, to_bytes(target.length), std::move(made)});
    table_.size_ += to_bytes(target.length);
    return {};
  }

 private:
  // Devices below become numbers, as the kernel shows them.
  Result<> open_all(std::string_view type, TargetBody& body) {
    const auto& row = target_row(type);
    if (row.devices == nullptr) return {};
    Result<> opened;
    row.devices(body, [&](DeviceRef& device) {
      if (!opened) return;
      auto lower = open(device);
      if (lower)
        device = lower->number;
      else
        opened = std::unexpected(lower.error());
    });
    return opened;
  }

  Result<TableSite::Lower> open(const DeviceRef& device) {
    // A table opens a device once, however many targets name it.
    if (const auto* number = std::get_if<DeviceNumber>(&device))
      for (const auto& lower : table_.lowers_)
        if (lower.number == *number) return lower;
    auto lower = TRY(site_.open_lower(device, !table_.read_only_));
    if (!table_.read_only_ && lower.fixed_size && lower.block->read_only())
      return fail(Code::permission, fmt::format("device-mapper: reload of {} failed: {} is read-only, and the table is "
                                                "to be writable.",
                                                table_.name_, to_text(lower.number)));
    for (const auto& known : table_.lowers_)
      if (known.number == lower.number) return known;
    table_.lowers_.push_back(lower);
    return lower;
  }

  LiveTable& table_;
  TableSite& site_;
  const Target* current_ = nullptr;
};

Result<std::shared_ptr<LiveTable>> LiveTable::make(const Table& table, bool read_only, TableSite& site,
                                                   std::string_view device_name) {
  std::shared_ptr<LiveTable> live(new LiveTable);
  live->name_ = device_name;
  live->values_ = table;
  live->read_only_ = read_only;
  Builder builder(*live, site);
  if (table.empty()) return builder.wrong("a table needs a target");
  for (auto& target : live->values_) TRY(builder.add(target));
  return live;
}

LiveTable::~LiveTable() = default;

std::vector<DeviceNumber> LiveTable::dependencies() const {
  std::vector<DeviceNumber> numbers;
  for (const auto& lower : lowers_) numbers.push_back(lower.number);
  return numbers;
}

Result<> LiveTable::check_sizes() const {
  for (const auto& area : areas_) {
    auto fits = area.check_size();
    if (!fits)
      return fail(fits.error().code(),
                  fmt::format("device-mapper: the table of {} does not fit: {}.", name_, fits.error().message()));
  }
  return {};
}

LiveTable::Entry& LiveTable::entry_at(Bytes offset) {
  auto after = std::ranges::upper_bound(entries_, offset, {}, &Entry::start);
  CHECK(after != entries_.begin());
  return *std::prev(after);
}

Result<> LiveTable::read(Bytes offset, std::span<std::byte> out) {
  auto& entry = entry_at(offset);
  const Bytes inside = offset - entry.start;
  if (Bytes(out.size()) <= entry.length - inside) return entry.target->read(inside, out);
  Result<> result;
  Batch batch;
  start_read(offset, out, result, batch);
  batch.wait();
  return result;
}

void LiveTable::start_read(Bytes offset, std::span<std::byte> out, Result<>& result, Batch& batch) {
  for (std::size_t done = 0; done < out.size();) {
    auto& entry = entry_at(offset + Bytes(done));
    const Bytes inside = offset + Bytes(done) - entry.start;
    const auto count = std::min<std::uint64_t>(out.size() - done, (entry.length - inside).n);
    entry.target->start_read(inside, out.subspan(done, count), result, batch);
    done += count;
  }
}

Result<> LiveTable::change(const Change& change) {
  for (Bytes done; done < change.length;) {
    auto& entry = entry_at(change.offset + done);
    const Bytes inside = change.offset + done - entry.start;
    const auto count = std::min(change.length - done, entry.length - inside);
    TRY(entry.target->change(change.part(done, count, inside)));
    done += count;
  }
  return {};
}

Result<> LiveTable::flush() {
  for (auto& entry : entries_) TRY(entry.target->flush());
  return {};
}

Result<> LiveTable::before_resume() {
  for (auto& entry : entries_) TRY(entry.target->before_resume());
  return {};
}

void LiveTable::resumed() {
  for (auto& entry : entries_) entry.target->resumed();
}

void LiveTable::before_suspend(bool flush) {
  for (auto& entry : entries_) entry.target->before_suspend(flush);
}

void LiveTable::suspended() {
  for (auto& entry : entries_) entry.target->suspended();
}

bool LiveTable::has_work() const {
  return std::ranges::any_of(entries_, [](const Entry& entry) { return entry.target->has_work(); });
}

std::optional<std::uint64_t> LiveTable::work() {
  std::optional<std::uint64_t> next;
  for (auto& entry : entries_)
    if (entry.target->has_work())
      if (auto pause = entry.target->work()) next = std::min(next.value_or(*pause), *pause);
  return next;
}

std::vector<StatusLine> LiveTable::status() {
  std::vector<StatusLine> lines;
  for (std::size_t i = 0; i < entries_.size(); ++i)
    lines.push_back(
        {values_[i].start, values_[i].length, std::string(target_type(values_[i].body)), entries_[i].target->status()});
  return lines;
}

Result<std::string> LiveTable::message(Sectors sector, std::string_view text) {
  if (sector >= to_sectors_floor(size_))
    return fail(Code::io, fmt::format("device-mapper: message to {}: there is no sector {}.", name_, sector.n));
  std::vector<std::string_view> words;
  for (auto rest = text; !rest.empty();) {
    auto word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (!word.empty()) words.push_back(word);
  }
  auto& entry = entry_at(to_bytes(sector));
  if (!words.empty())
    if (auto answer = entry.target->message(words)) return *std::move(answer);
  const auto index = static_cast<std::size_t>(&entry - entries_.data());
  return fail(Code::io, fmt::format("device-mapper: message to {}: target {} does not know \"{}\".", name_,
                                    target_type(values_[index].body), text));
}

}  // namespace lvm::dm::user
