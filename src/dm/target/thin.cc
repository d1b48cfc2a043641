// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "dm/target/words.h"

// "POOL DEVICE_ID [EXTERNAL_ORIGIN]": source kernel Documentation/admin-guide/device-mapper/thin-provisioning.rst.
namespace lvm::dm {
namespace {

Result<std::string> format_thin(const ThinTarget& thin, const DeviceText& device) {
  auto pool = TRY(device(thin.pool));
  auto text = fmt::format("{} {}", pool, thin.device_id);
  if (thin.external_origin) text += " " + TRY(device(*thin.external_origin));
  return text;
}

Result<ThinTarget> parse_thin(Words& words) {
  ThinTarget thin;
  thin.pool = TRY(words.device());
  thin.device_id = TRY(words.number32("device id"));
  if (!words.at_end()) {
    auto origin = TRY(words.device());
    thin.external_origin = origin;
  }
  return thin;
}

void devices_of(ThinTarget& thin, const DeviceVisitor& visit) {
  visit(thin.pool);
  visit_if(thin.external_origin, visit);
}

// "Fail", or "MAPPED HIGHEST|-"; "-" for a volume whose pool was not asked yet.
Result<ThinStatus> parse_status_words(Words& words) {
  ThinStatus status;
  if (words.rest().starts_with("Fail")) return ThinStatus{true, 0, {}};
  auto mapped = TRY(words.number_or_dash("mapped sectors"));
  status.mapped = mapped.value_or(0);
  if (mapped && !words.at_end()) status.highest = TRY(words.number_or_dash("highest mapped sector"));
  return status;
}

}  // namespace

constinit const TargetRow kThinRow = with_status(make_row<ThinTarget, format_thin, parse_thin, devices_of>("thin"),
                                                 status_of<ThinStatus, parse_status_words>);

}  // namespace lvm::dm
