// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "dm/target/words.h"

// "core|disk LOG_WORDS [LOG_DEVICE] REGION [sync|nosync] LEGS (DEVICE OFFSET)*LEGS [FEATURES handle_errors
// [keep_log]]". Logs kept by a program ("userspace") are not LVM's any more and stay text.
namespace lvm::dm {
namespace {

Result<std::string> format_mirror(const MirrorTarget& mirror, const DeviceText& device) {
  std::string log;
  if (mirror.log) log = " " + TRY(device(*mirror.log));
  log += fmt::format(" {}", mirror.region.n);
  append_flag(log, "sync", mirror.sync == InitialSync::sync);
  append_flag(log, "nosync", mirror.sync == InitialSync::nosync);
  auto text = fmt::format("{} {}{} {}", mirror.log ? "disk" : "core", count_words(log), log, mirror.legs.size());
  TRY(append_legs(text, mirror.legs, device));
  std::string features;
  append_flag(features, "handle_errors", mirror.handle_errors);
  append_flag(features, "keep_log", mirror.keep_log);
  if (!features.empty()) text += fmt::format(" {}{}", count_words(features), features);
  return text;
}

Result<> parse_log(Words& words, MirrorTarget& mirror) {
  auto type = TRY(words.word("log type"));
  if (type != "core" && type != "disk") return words.wrong("log type is neither core nor disk");
  auto count = TRY(words.count("number of log words"));
  std::size_t least = type == "disk" ? 2 : 1;
  if (count != least && count != least + 1) return words.wrong("number of log words is wrong");
  if (type == "disk") {
    auto device = TRY(words.device());
    mirror.log = device;
  }
  mirror.region = TRY(words.sectors("region size"));
  if (count == least) return {};
  auto sync = TRY(words.word("sync"));
  if (sync != "sync" && sync != "nosync") return words.wrong("neither sync nor nosync");
  mirror.sync = sync == "sync" ? InitialSync::sync : InitialSync::nosync;
  return {};
}

Result<MirrorTarget> parse_mirror(Words& words) {
  MirrorTarget mirror;
  TRY(parse_log(words, mirror));
  auto count = TRY(words.count("number of legs", 2));
  if (count == 0) return words.wrong("number of legs is 0");
  mirror.legs = TRY(words.legs(count));
  if (words.at_end()) return mirror;
  auto features = TRY(words.count("number of features"));
  for (std::size_t i = 0; i < features; ++i) {
    auto feature = TRY(words.word("feature"));
    if (feature == "handle_errors")
      mirror.handle_errors = true;
    else if (feature == "keep_log")
      mirror.keep_log = true;
    else
      return words.wrong(fmt::format("feature {} is not known", feature));
  }
  return mirror;
}

void devices_of(MirrorTarget& mirror, const DeviceVisitor& visit) {
  visit_if(mirror.log, visit);
  for (auto& leg : mirror.legs) visit(leg.device);
}

// "LEGS DEVICE*LEGS IN_SYNC/REGIONS HEALTH_WORDS HEALTH LOG_WORDS core" or "... disk DEVICE HEALTH".
Result<MirrorStatus> parse_status_words(Words& words) {
  MirrorStatus status;
  auto legs = TRY(words.count("number of legs"));
  for (std::size_t i = 0; i < legs; ++i) {
    auto leg = TRY(words.device());
    status.legs.push_back(leg);
  }
  status.in_sync = TRY(words.usage("regions in sync"));
  auto count = TRY(words.count("number of health words"));
  if (count == 0) return words.wrong("health is missing");
  status.health = TRY(words.word("health"));
  for (std::size_t i = 1; i < count; ++i) TRY(words.word("health word"));
  if (status.health.size() != legs) return words.wrong("health has not a letter for each leg");
  auto log = TRY(words.count("number of log words"));
  auto type = log == 0 ? std::string_view() : TRY(words.word("log type"));
  if (type != "disk" || log < 3) return status;
  status.log = TRY(words.device());
  auto health = TRY(words.word("log health"));
  status.log_health = health.front();
  return status;
}

}  // namespace

constinit const TargetRow kMirrorRow =
    with_status(make_row<MirrorTarget, format_mirror, parse_mirror, devices_of>("mirror"),
                status_of<MirrorStatus, parse_status_words>);

}  // namespace lvm::dm
