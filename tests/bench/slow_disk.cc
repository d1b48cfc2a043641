// SPDX-License-Identifier: LGPL-2.1-or-later
// Between sanlock and libaio (LD_PRELOAD): a disk that takes SLOW_DISK_NANOSECONDS for each request, as the bench's
// drives with mutexes take it for each command.
#include <dlfcn.h>
#include <sys/prctl.h>

#include <cstdlib>
#include <ctime>

extern "C" int io_submit(void* context, long count, void** requests) {
  using Function = int (*)(void*, long, void**);
  static const Function next = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "io_submit"));
  static const char* set = std::getenv("SLOW_DISK_NANOSECONDS");
  static const long nanoseconds = set == nullptr ? 0 : std::atol(set);
  if (nanoseconds > 0) {
    prctl(PR_SET_TIMERSLACK, 1);
    const timespec pause{.tv_sec = nanoseconds / 1'000'000'000, .tv_nsec = nanoseconds % 1'000'000'000};
    nanosleep(&pause, nullptr);
  }
  return next(context, count, requests);
}
