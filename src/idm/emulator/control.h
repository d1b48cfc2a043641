// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "idm/drive.h"
#include "idm/front/front_end.h"

// How a running drive is looked at and made to fail: one line of words, an answer of lines.
namespace lvm::idm::emulator {

// status           what it is, its faults, how many records
// table            the mutex table, a line per record
// set KEY VALUE    a fault: see kFaults in control.cc, or `idm-drive help`
// drop             forget all mutexes
// stop             handled by the server
Result<std::string> control(const front::DriveFacts& facts, Drive& drive, Time now, std::string_view line);

// The lines of `idm-drive help` on faults.
std::string describe_faults();

// "gone" "1": also for the options of a start.
Result<> set_fault(Drive& drive, Time now, std::string_view key, std::string_view value);

}  // namespace lvm::idm::emulator
