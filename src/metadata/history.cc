// SPDX-License-Identifier: LGPL-2.1-or-later
#include "metadata/history.h"

#include <algorithm>

#include "metadata/writer.h"
#include "syntax/document.h"

namespace lvm::metadata {
namespace {

std::string text_of(syntax::Node node) { return std::string(node.string().value_or("")); }

HistoricalLv read_one(syntax::Node node) {
  HistoricalLv out;
  out.name = node.name();
  if (auto id = Uuid::parse(text_of(node.find("id")))) out.id = LvId{*id};
  out.creation_time = node.find("creation_time").integer().value_or(0);
  out.removal_time = node.find("removal_time").integer().value_or(0);
  out.origin = text_of(node.find("origin"));
  for (syntax::Node name : node.find("descendants").children()) out.descendants.push_back(text_of(name));
  return out;
}

}  // namespace

std::vector<HistoricalLv> read_history(std::string_view section) {
  std::vector<HistoricalLv> out;
  if (section.empty()) return out;
  auto document = syntax::Document::parse(std::string(section), "history");
  if (!document) return out;
  for (syntax::Node node : document->root().first_child().children())
    if (node.is_section()) out.push_back(read_one(node));
  return out;
}

std::string history_section(const std::vector<HistoricalLv>& history) {
  if (history.empty()) return {};
  syntax::Printer out(syntax::Layout::raw);
  write_history(out, history, nullptr);
  return out.take();
}

void write_history(syntax::Printer& out, const std::vector<HistoricalLv>& history, LocalTimestamp* times) {
  const auto time = [&](std::string_view key, std::int64_t seconds) {
    out.integer(key, seconds, times ? times->format(seconds) : std::string_view());
  };
  out.open("historical_logical_volumes");
  for (const HistoricalLv& lv : history) {
    out.blank();
    out.open(lv.name);
    out.string("id", lv.id.dashed());
    time("creation_time", lv.creation_time);
    time("removal_time", lv.removal_time);
    if (!lv.origin.empty()) out.string("origin", lv.origin);
    std::vector<std::string_view> names(lv.descendants.begin(), lv.descendants.end());
    if (!names.empty()) out.strings("descendants", names);
    out.close();
  }
  out.close();
}

const HistoricalLv* find_historical(const std::vector<HistoricalLv>& history, std::string_view name) {
  if (name.starts_with('-')) name.remove_prefix(1);
  const auto at = std::ranges::find(history, name, &HistoricalLv::name);
  return at == history.end() ? nullptr : &*at;
}

}  // namespace lvm::metadata
