// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/kernel/udev.h"

#include <fmt/format.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

namespace lvm::dm {
namespace {

constexpr std::uint32_t kMagic = 0x0D4Du << 16;
// A semaphore holds up to 32767: udev must catch up before that.
constexpr std::uint32_t kMostEvents = 30000;

// semctl's last argument, which the C library wants us to declare.
union SemaphoreArgument {
  int value;
  semid_ds* buffer;
  unsigned short* array;
};

// Semaphores are private to an IPC namespace. udev serves the whole machine from the first one; in another
// one nobody would ever lower our semaphore.
bool in_first_ipc_namespace() {
  std::array<char, 64> text{};
  auto length = ::readlink("/proc/self/ns/ipc", text.data(), text.size() - 1);
  // PROC_IPC_INIT_INO of the kernel. Unreadable: assume the usual.
  return length < 0 || std::string_view(text.data()) == "ipc:[4026531839]";
}

}  // namespace

UdevCookie::UdevCookie(UdevOptions options, Clock& clock, Trace& trace)
    : options_(std::move(options)), clock_(clock), trace_(trace) {}

UdevCookie::~UdevCookie() { destroy(); }

bool UdevCookie::has_rules(std::string_view file) const {
  for (const auto& directory : options_.rules_directories)
    if (::access(fmt::format("{}/{}", directory, file).c_str(), F_OK) == 0) return true;
  return false;
}

bool UdevCookie::running() const {
  return !options_.disabled && ::access(options_.control_path.c_str(), F_OK) == 0 && in_first_ipc_namespace() &&
         has_rules("95-dm-notify.rules");
}

bool UdevCookie::nodes_by_hand() const {
  // Debian's packages number the rules differently.
  return !running() || !options_.rules || !(has_rules("11-dm-lvm.rules") || has_rules("56-lvm.rules"));
}

bool UdevCookie::open() {
  if (semaphore_ >= 0) return true;
  if (unusable_ || !options_.sync || !running()) return false;
  if (options_.cookie) {
    key_ = *options_.cookie;
    semaphore_ = ::semget(static_cast<key_t>(key_), 1, 0);
    if (semaphore_ < 0) {
      trace_.warn(fmt::format("udev cookie 0x{:x} is not known: {}. Going on without.", key_, std::strerror(errno)));
      unusable_ = true;
    }
    return semaphore_ >= 0;
  }
  for (int attempt = 0; attempt < 100 && semaphore_ < 0; ++attempt) {
    std::array<std::uint8_t, 2> random{};
    clock_.random_bytes(random);
    auto base = static_cast<std::uint32_t>(random[0] | random[1] << 8);
    if (base == 0) continue;
    key_ = kMagic | base;
    semaphore_ = ::semget(static_cast<key_t>(key_), 1, 0600 | IPC_CREAT | IPC_EXCL);
    if (semaphore_ < 0 && errno != EEXIST) break;
  }
  // The first count is ours: events alone must not bring the semaphore to zero before we wait.
  SemaphoreArgument one{.value = 1};
  if (semaphore_ >= 0 && ::semctl(semaphore_, 0, SETVAL, one) != 0) destroy();
  if (semaphore_ < 0) {
    trace_.warn(fmt::format("No semaphore to synchronise with udev: {}. See `dmsetup udevcookies`. Going on without.",
                            std::strerror(errno)));
    unusable_ = true;
  }
  return semaphore_ >= 0;
}

bool UdevCookie::operate(int amount) {
  sembuf operation{};
  operation.sem_op = static_cast<short>(amount);
  operation.sem_flg = amount < 0 ? IPC_NOWAIT : 0;
  timespec second{1, 0};
  return ::semtimedop(semaphore_, &operation, 1, &second) == 0;
}

std::uint32_t UdevCookie::begin(UdevFlags flags) {
  if (under_way_ >= kMostEvents) wait();
  auto number = static_cast<std::uint32_t>(flags.bits | UdevFlags::primary_source) << 16;
  if (!open()) return number;
  if (!operate(1)) return number;
  ++under_way_;
  return number | (key_ & 0xffff);
}

void UdevCookie::cancel() {
  if (semaphore_ < 0 || under_way_ == 0) return;
  operate(-1);
  --under_way_;
}

bool UdevCookie::wait() {
  if (semaphore_ < 0) return true;
  under_way_ = 0;
  if (options_.cookie) {  // its owner waits
    semaphore_ = -1;
    return true;
  }
  bool done = false;
  operate(-1);
  for (std::uint32_t waited = 0; !done && waited < options_.timeout_seconds;) {
    done = operate(0);
    if (done) break;
    // Somebody removed the semaphore (`dmsetup udevcomplete_all`): nothing is left to wait for.
    if (errno == EIDRM || errno == EINVAL) {
      semaphore_ = -1;
      return true;
    }
    if (errno != EAGAIN && errno != EINTR) break;
    if (errno == EAGAIN) ++waited;
    if (!running()) break;
  }
  if (!done)
    trace_.warn(
        fmt::format("udev did not finish its work within {} seconds. Going on without it.", options_.timeout_seconds));
  destroy();
  return done;
}

void UdevCookie::destroy() {
  if (semaphore_ >= 0 && !options_.cookie) ::semctl(semaphore_, 0, IPC_RMID);
  semaphore_ = -1;
}

}  // namespace lvm::dm
