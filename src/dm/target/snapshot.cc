// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "dm/target/words.h"

// "ORIGIN COW P|PO|N CHUNK [FEATURES discard_zeroes_cow [discard_passdown_origin]]": source kernel
// Documentation/admin-guide/device-mapper/snapshot.rst. The target snapshot-merge has the same parameters.
namespace lvm::dm {
namespace {

Result<std::string> format_snapshot(const SnapshotTarget& snapshot, const DeviceText& device) {
  auto origin = TRY(device(snapshot.origin));
  auto cow = TRY(device(snapshot.cow));
  auto text = fmt::format("{} {} {} {}", origin, cow, snapshot.store, snapshot.chunk.n);
  std::string features;
  append_flag(features, "discard_zeroes_cow", snapshot.discard_zeroes_cow);
  append_flag(features, "discard_passdown_origin", snapshot.discard_passdown_origin);
  if (!features.empty()) text += fmt::format(" {}{}", count_words(features), features);
  return text;
}

Result<SnapshotTarget> parse_snapshot(Words& words) {
  SnapshotTarget snapshot;
  snapshot.origin = TRY(words.device());
  snapshot.cow = TRY(words.device());
  snapshot.store = TRY(words.word("store"));
  if (snapshot.store != "P" && snapshot.store != "PO" && snapshot.store != "N")
    return words.wrong("store is none of P, PO and N");
  snapshot.chunk = TRY(words.sectors("chunk size"));
  if (words.at_end()) return snapshot;
  auto features = TRY(words.count("number of features"));
  for (std::size_t i = 0; i < features; ++i) {
    auto feature = TRY(words.word("feature"));
    if (feature == "discard_zeroes_cow")
      snapshot.discard_zeroes_cow = true;
    else if (feature == "discard_passdown_origin")
      snapshot.discard_passdown_origin = true;
    else
      return words.wrong(fmt::format("feature {} is not known", feature));
  }
  return snapshot;
}

void devices_of(SnapshotTarget& snapshot, const DeviceVisitor& visit) {
  visit(snapshot.origin);
  visit(snapshot.cow);
}

Result<std::string> format_merge(const SnapshotMergeTarget& merge, const DeviceText& device) {
  return format_snapshot(merge.merged, device);
}

Result<SnapshotMergeTarget> parse_merge(Words& words) {
  auto merged = TRY(parse_snapshot(words));
  return SnapshotMergeTarget{std::move(merged)};
}

void devices_of_merge(SnapshotMergeTarget& merge, const DeviceVisitor& visit) { devices_of(merge.merged, visit); }

// "Invalid", "Overflow", "Merge failed", or "USED/TOTAL [METADATA]".
Result<SnapshotStatus> parse_status_words(Words& words) {
  using State = SnapshotStatus::State;
  SnapshotStatus status;
  auto text = words.rest();
  if (text.starts_with("Invalid")) return SnapshotStatus{State::invalid, {}, {}};
  if (text.starts_with("Overflow")) return SnapshotStatus{State::overflow, {}, {}};
  if (text.starts_with("Merge failed")) return SnapshotStatus{State::merge_failed, {}, {}};
  status.store = TRY(words.usage("use of the store"));
  if (!words.at_end()) status.metadata = TRY(words.number("metadata"));
  return status;
}

}  // namespace

constinit const TargetRow kSnapshotRow =
    with_status(make_row<SnapshotTarget, format_snapshot, parse_snapshot, devices_of>("snapshot"),
                status_of<SnapshotStatus, parse_status_words>);
constinit const TargetRow kSnapshotMergeRow =
    with_status(make_row<SnapshotMergeTarget, format_merge, parse_merge, devices_of_merge>("snapshot-merge"),
                status_of<SnapshotStatus, parse_status_words>);

}  // namespace lvm::dm
