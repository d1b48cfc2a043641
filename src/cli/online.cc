// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/online.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/lines.h"

namespace lvm::cli {
namespace {

constexpr const char* kPvs = "pvs_online";
constexpr const char* kVgs = "vgs_online";
constexpr const char* kLookup = "pvs_lookup";

std::optional<dm::DeviceNumber> number_of(std::string_view text) {
  dm::DeviceNumber out;
  const char* end = text.data() + text.size();
  auto [colon, bad_major] = std::from_chars(text.data(), end, out.major);
  if (bad_major != std::errc() || colon == end || *colon != ':') return std::nullopt;
  auto [rest, bad_minor] = std::from_chars(colon + 1, end, out.minor);
  if (bad_minor != std::errc() || rest != end) return std::nullopt;
  return out;
}

}  // namespace

std::string OnlineFiles::path(std::string_view kind, std::string_view name) const {
  return fmt::format("{}/{}", folder(kind), name);
}

std::string OnlineFiles::folder(std::string_view kind) const { return fmt::format("{}/{}", directory_, kind); }

std::optional<OnlinePv> OnlineFiles::find(std::string_view pv_id) {
  auto text = files_.read(path(kPvs, pv_id));
  if (!text) return std::nullopt;
  OnlinePv out;
  out.id = pv_id;
  auto lines = lines_of(*text);
  auto number = lines.empty() ? std::nullopt : number_of(lines.front());
  if (!number) return std::nullopt;
  out.device = *number;
  for (std::string_view line : lines) {
    if (line.starts_with("vg:")) out.vg = line.substr(3);
    if (line.starts_with("dev:")) out.path = line.substr(4);
  }
  return out;
}

std::vector<OnlinePv> OnlineFiles::all() {
  std::vector<OnlinePv> out;
  auto listed = files_.list(folder(kPvs));
  if (!listed) return out;
  for (const std::string& entry : *listed)
    if (entry.size() == Uuid::kLength)
      if (auto pv = find(entry)) out.push_back(*std::move(pv));
  return out;
}

Result<> OnlineFiles::put(const OnlinePv& pv) {
  if (auto known = find(pv.id)) {
    if (known->device == pv.device) return {};
    return fail(Code::exists, fmt::format("PV {} is duplicate PVID {} on {}:{} and {}:{}.", pv.path, pv.id,
                                          pv.device.major, pv.device.minor, known->device.major, known->device.minor));
  }
  std::string text = fmt::format("{}:{}\n", pv.device.major, pv.device.minor);
  if (!pv.vg.empty()) text += fmt::format("vg:{}\n", pv.vg);
  text += fmt::format("dev:{}\n", pv.path);
  TRY(files_.make_directories(folder(kPvs), 0755));
  return files_.replace(path(kPvs, pv.id), text, 0644);
}

Result<> OnlineFiles::remove(const OnlinePv& pv) {
  if (!pv.vg.empty()) {
    (void)files_.remove(path(kVgs, pv.vg));
    (void)files_.remove(path(kLookup, pv.vg));
  }
  return files_.remove(path(kPvs, pv.id));
}

Result<> OnlineFiles::put_members(const std::string& vg, const std::vector<std::string>& pv_ids) {
  std::string text;
  for (const std::string& id : pv_ids) text += id + "\n";
  auto known = files_.read(path(kLookup, vg));
  if (known && *known == text) return {};
  TRY(files_.make_directories(folder(kLookup), 0755));
  return files_.replace(path(kLookup, vg), text, 0644);
}

std::vector<std::string> OnlineFiles::members(const std::string& vg) {
  std::vector<std::string> out;
  auto text = files_.read(path(kLookup, vg));
  if (text)
    for (std::string_view line : lines_of(*text)) out.emplace_back(line);
  return out;
}

std::optional<std::string> OnlineFiles::vg_of(std::string_view pv_id) {
  auto listed = files_.list(folder(kLookup));
  if (!listed) return std::nullopt;
  for (const std::string& entry : *listed)
    for (const std::string& id : members(entry))
      if (id == pv_id) return entry;
  return std::nullopt;
}

Result<bool> OnlineFiles::claim(const std::string& vg) {
  TRY(files_.make_directories(folder(kVgs), 0755));
  auto made = files_.create_new(path(kVgs, vg), "", 0644);
  if (made) return true;
  if (made.error().code() == Code::exists) return false;
  return std::unexpected(std::move(made).error());
}

void OnlineFiles::release(const std::string& vg) { (void)files_.remove(path(kVgs, vg)); }

void OnlineFiles::forget(const std::string& vg, const std::vector<std::string>& pv_ids) {
  for (const std::string& id : pv_ids) (void)files_.remove(path(kPvs, id));
  (void)files_.remove(path(kLookup, vg));
  release(vg);
}

void OnlineFiles::forget_all() {
  for (const char* kind : {kPvs, kVgs, kLookup})
    if (auto listed = files_.list(folder(kind)))
      for (const std::string& entry : *listed) (void)files_.remove(path(kind, entry));
}

}  // namespace lvm::cli
