// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "dm/target/words.h"

// "V2 DATA BLOCKS MINIMUM_IO CACHE ERA on|off POLICY POOL (KEY VALUE)*" up to target 8.1,
// "V4 DATA BLOCKS MINIMUM_IO CACHE ERA (KEY VALUE)*" from 8.2 on.
namespace lvm::dm {
namespace {

Result<std::string> format_vdo(const VdoTarget& vdo, const DeviceText& device) {
  auto data = TRY(device(vdo.data));
  auto text = fmt::format("V{} {} {} {} {} {}", vdo.version, data, vdo.blocks, vdo.minimum_io, vdo.block_map_cache,
                          vdo.block_map_era);
  if (vdo.version == 2)
    text += fmt::format(" {} {} {}", vdo.metadata_hints ? "on" : "off", vdo.write_policy, vdo.pool_name);
  append_pairs(text, vdo.settings);
  return text;
}

Result<VdoTarget> parse_vdo(Words& words) {
  VdoTarget vdo;
  auto version = TRY(words.word("version"));
  if (version != "V2" && version != "V4") return words.wrong("version is neither V2 nor V4");
  vdo.version = version == "V2" ? 2 : 4;
  vdo.data = TRY(words.device());
  vdo.blocks = TRY(words.number("size"));
  vdo.minimum_io = TRY(words.number32("minimum I/O size"));
  vdo.block_map_cache = TRY(words.number("block map cache size"));
  vdo.block_map_era = TRY(words.number("block map era length"));
  if (vdo.version == 2) {
    auto hints = TRY(words.word("metadata hints"));
    if (hints != "on" && hints != "off") return words.wrong("metadata hints are neither on nor off");
    vdo.metadata_hints = hints == "on";
    vdo.write_policy = TRY(words.word("write policy"));
    vdo.pool_name = TRY(words.word("pool name"));
  }
  while (!words.at_end()) {
    auto key = TRY(words.word("key"));
    auto value = TRY(words.word("value"));
    vdo.settings.emplace_back(key, value);
  }
  return vdo;
}

void devices_of(VdoTarget& vdo, const DeviceVisitor& visit) { visit(vdo.data); }

// "DEVICE MODE recovering|- INDEX_STATE COMPRESSION USED TOTAL".
Result<VdoStatus> parse_status_words(Words& words) {
  VdoStatus status;
  status.device = TRY(words.word("device"));
  status.mode = TRY(words.word("mode"));
  auto recovering = TRY(words.word("recovery state"));
  status.recovering = recovering == "recovering";
  status.index_state = TRY(words.word("index state"));
  status.compression = TRY(words.word("compression state"));
  status.blocks.used = TRY(words.number("used blocks"));
  status.blocks.total = TRY(words.number("number of blocks"));
  return status;
}

}  // namespace

constinit const TargetRow kVdoRow = with_status(make_row<VdoTarget, format_vdo, parse_vdo, devices_of>("vdo"),
                                                status_of<VdoStatus, parse_status_words>);

}  // namespace lvm::dm
