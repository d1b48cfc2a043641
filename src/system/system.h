// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/clock.h"
#include "base/files.h"
#include "base/programs.h"
#include "base/trace.h"
#include "device/io.h"
#include "dm/engine.h"
#include "lock/locks.h"

namespace lvm {

// Every way to the outside world, passed down from main. Simulation passes other implementations.
struct System {
  device::Io& io;
  dm::Engine& dm;
  lock::Locks& locks;
  Clock& clock;
  Files& files;
  Programs& programs;
  Trace& trace;
};

}  // namespace lvm
