// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/emulator/control.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace lvm::idm::emulator {
namespace {

enum class Unit : std::uint8_t { flag, count, milliseconds, millionths, jump };

// A fault: where it stands in DriveFaults, or the clock.
struct Fault {
  std::string_view key;
  Unit unit;
  std::string_view help;
  bool DriveFaults::* flag = nullptr;
  std::uint64_t DriveFaults::* count = nullptr;
  Time DriveFaults::* time = nullptr;
};
constexpr Fault kFaults[] = {
    {"gone", Unit::flag, "1: the drive is not ready for anything but telling what it is", &DriveFaults::gone},
    {"delay", Unit::milliseconds, "before a mutex command runs", nullptr, nullptr, &DriveFaults::delay},
    {"reply-delay", Unit::milliseconds, "between running and answering", nullptr, nullptr, &DriveFaults::reply_delay},
    {"lose-requests", Unit::count, "mutex commands that neither run nor are answered", nullptr,
     &DriveFaults::lose_requests},
    {"lose-replies", Unit::count, "mutex commands that run and are not answered", nullptr, &DriveFaults::lose_replies},
    {"busy", Unit::count, "mutex commands answered with status BUSY", nullptr, &DriveFaults::busy},
    {"nonsense", Unit::count, "mutex commands answered with broken data", nullptr, &DriveFaults::nonsense},
    {"clock", Unit::millionths, "how much faster than this machine's its clock runs; may be negative"},
    {"clock-jump", Unit::jump, "its clock jumps ahead by that much; it keeps its speed"},
};

std::string_view unit_text(Unit unit) {
  switch (unit) {
    case Unit::flag: return "0|1";
    case Unit::count: return "NUMBER|always";
    case Unit::milliseconds:
    case Unit::jump: return "MILLISECONDS";
    case Unit::millionths: return "MILLIONTHS";
  }
  return "";
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// At most a day, so that no sum of times overflows.
std::optional<Time> milliseconds(std::string_view text) {
  const auto value = number<double>(text);
  if (!value || !(*value >= 0 && *value <= 86'400'000)) return std::nullopt;
  return Time(static_cast<Time::rep>(*value * 1e6));
}

std::string_view next_word(std::string_view& line) {
  const auto first = std::min(line.find_first_not_of(' '), line.size());
  const auto end = std::min(line.find(' ', first), line.size());
  const std::string_view word = line.substr(first, end - first);
  line.remove_prefix(end);
  return word;
}

std::string fault_value(const DriveFaults& faults, const Fault& fault) {
  if (fault.flag != nullptr) return faults.*fault.flag ? "1" : "0";
  if (fault.time != nullptr) return fmt::format("{}", static_cast<double>((faults.*fault.time).count()) / 1e6);
  if (fault.count == nullptr) return "";
  const std::uint64_t count = faults.*fault.count;
  return count == DriveFaults::kAlways ? "always" : fmt::format("{}", count);
}

std::string status(const front::DriveFacts& facts, const Drive& drive) {
  std::string out = fmt::format(
      "process {}\nid {}\nserial {}\nblocks {}\nblock-size {}\nversion {}.{}\nrecords {}\nmost-records {}\n",
      ::getpid(), facts.id.text(), facts.serial, facts.blocks, facts.block_size, drive.behaviour().version.major,
      drive.behaviour().version.minor, drive.record_count(), drive.limits().records);
  for (const Fault& fault : kFaults)
    if (const std::string value = fault_value(drive.faults, fault); !value.empty())
      out += fmt::format("{} {}\n", fault.key, value);
  return out;
}

std::string_view state_text(State state) {
  switch (state) {
    case State::locked: return "locked";
    case State::multiple_locked: return "shared";
    case State::timed_out: return "expired";
    case State::unlocked: return "unlocked";
    default: return "unknown";
  }
}

std::string table(Drive& drive, Time now) {
  std::string out;
  for (const Record& record : drive.records(now))
    out += fmt::format("{} {} {} host={} lease={} time={} value={}\n", record.lock.hex(),
                       record.lock_class == LockClass::exclusive ? "ex" : "sh", state_text(record.state),
                       record.host.hex(), record.countdown, record.time, hex_text(record.lvb));
  return out;
}

}  // namespace

Result<> set_fault(Drive& drive, Time now, std::string_view key, std::string_view value) {
  const auto* fault = std::ranges::find(kFaults, key, &Fault::key);
  if (fault == std::end(kFaults)) return fail(Code::usage, fmt::format("there is no fault '{}'", key));
  const auto wrong = [&] {
    return fail(Code::usage, fmt::format("'{}' is no value of {}: {} is", value, key, unit_text(fault->unit)));
  };
  if (fault->flag != nullptr) {
    if (value != "0" && value != "1") return wrong();
    drive.faults.*fault->flag = value == "1";
  } else if (fault->count != nullptr) {
    const auto count = value == "always" ? DriveFaults::kAlways : number<std::uint64_t>(value);
    if (!count) return wrong();
    drive.faults.*fault->count = *count;
  } else if (fault->time != nullptr || fault->unit == Unit::jump) {
    const auto time = milliseconds(value);
    if (!time) return wrong();
    if (fault->time != nullptr)
      drive.faults.*fault->time = *time;
    else
      drive.set_clock(now, drive.clock_millionths(), *time);
  } else {
    const auto millionths = number<std::int64_t>(value);
    if (!millionths || *millionths <= -1'000'000 || *millionths > 10'000'000) return wrong();
    drive.set_clock(now, *millionths);
  }
  return {};
}

std::string describe_faults() {
  std::string out;
  for (const Fault& fault : kFaults)
    out += fmt::format("  {:<14}{:<15}{}\n", fault.key, unit_text(fault.unit), fault.help);
  return out;
}

Result<std::string> control(const front::DriveFacts& facts, Drive& drive, Time now, std::string_view line) {
  const std::string_view verb = next_word(line);
  if (verb == "status") return status(facts, drive);
  if (verb == "table") return table(drive, now);
  if (verb == "drop") {
    drive.drop_records();
    return std::string();
  }
  if (verb == "set") {
    const std::string_view key = next_word(line), value = next_word(line);
    TRY(set_fault(drive, now, key, value));
    return std::string();
  }
  return fail(Code::usage, fmt::format("a drive cannot '{}'", verb));
}

}  // namespace lvm::idm::emulator
