// SPDX-License-Identifier: LGPL-2.1-or-later
// The one file that knows libdlm.
#include "lockd/managers/dlm/dlm_manager.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/files.h"
#include "lockd/value_block.h"

extern "C" {
#include <libdlm.h>
}

namespace lvm::lockd {
namespace {

constexpr const char* kClusterName = "/sys/kernel/config/dlm/cluster/cluster_name";
constexpr std::string_view kSpaces = "/sys/kernel/config/dlm/cluster/spaces/";
constexpr std::size_t kValueLength = 32;
constexpr char kValueNotValid = 0x02;  // DLM_SBF_VALNOTVALID

std::string cluster_name() {
  SystemFiles files;
  std::string out = files.read(kClusterName).value_or(std::string());
  while (!out.empty() && (out.back() == '\n' || out.back() == '\0')) out.pop_back();
  return out;
}

std::uint32_t mode_of(Mode mode) { return mode == Mode::exclusive ? LKM_EXMODE : LKM_PRMODE; }

// libdlm makes and removes lockspaces by way of one file: two at a time wait for each other's answers.
std::mutex& control() {
  static std::mutex mutex;
  return mutex;
}

// The lock of one resource: NL while nobody here holds it.
struct DlmLock {
  dlm_lksb status{};
  std::array<char, kValueLength> value{};
};

class DlmSpace final : public ManagedLockspace {
 public:
  explicit DlmSpace(LockspaceSpec spec) : spec_(std::move(spec)) {}
  ~DlmSpace() override {
    if (handle_ != nullptr) dlm_close_lockspace(handle_);
  }

  JoinResult join(const JoinOptions& options) override {
    const std::lock_guard guard(control());
    const bool adopts = options.adopt || options.adopt_only;
    if (adopts) handle_ = dlm_open_lockspace(spec_.name.c_str());
    if (handle_ == nullptr && !options.adopt_only)
      handle_ = dlm_new_lockspace(spec_.name.c_str(), 0600, DLM_LSFL_NEWEXCL);
    if (handle_ != nullptr) return {};
    return {.result = errno == EEXIST ? -error::lock_manager : -error::manager, .manager_result = -errno};
  }

  int leave(bool force) override {
    const std::lock_guard guard(control());
    for (auto& [name, lock] : locks_) dlm_ls_unlock_wait(handle_, lock.status.sb_lkid, 0, &lock.status);
    locks_.clear();
    constexpr int kEvenIfUsed = 2, kUnlessUsed = 1;
    if (dlm_release_lockspace(spec_.name.c_str(), handle_, force ? kEvenIfUsed : kUnlessUsed) != 0) {
      if (errno == EBUSY && !force) return -EBUSY;
      return -error::lock_manager;
    }
    handle_ = nullptr;
    return 0;
  }

  LockResult lock(const ResourceId& resource, Mode mode, const LockOptions& options) override {
    if (options.adopt || options.adopt_only) {
      LockResult adopted = adopt(resource, mode);
      if (options.adopt_only || adopted.result != -error::adopt_none) return adopted;
    }
    DlmLock* lock = resource_lock(resource);
    if (lock == nullptr) return {.result = -error::lock_manager, .manager_result = -errno};
    return change(resource, *lock, mode_of(mode), LKF_NOQUEUE | LKF_PERSISTENT, std::nullopt);
  }

  LockResult convert(const ResourceId& resource, Mode, Mode to, const std::optional<Value>& value) override {
    return change(resource, locks_[resource.name], mode_of(to), LKF_NOQUEUE | LKF_PERSISTENT, value);
  }

  int unlock(const ResourceId& resource, Mode, const std::optional<Value>& value) override {
    auto found = locks_.find(resource.name);
    if (found == locks_.end()) return -ENOENT;
    const int result = change(resource, found->second, LKM_NLMODE, 0, value).result;
    if (resource.kind == ResourceKind::lv) {
      dlm_ls_unlock_wait(handle_, found->second.status.sb_lkid, 0, &found->second.status);
      locks_.erase(found);
    }
    return result;
  }

  HostCount hosts() override {
    SystemFiles files;
    auto nodes = files.list(std::string(kSpaces) + spec_.name + "/nodes");
    if (!nodes) return {.result = -error::lock_manager};
    return {.others = std::max(0, static_cast<int>(nodes->size()) - 1)};
  }

 private:
  static bool has_value(const ResourceId& resource) { return resource.kind != ResourceKind::lv; }

  // The resource's lock, first as NL, which nobody can refuse.
  DlmLock* resource_lock(const ResourceId& resource) {
    if (auto found = locks_.find(resource.name); found != locks_.end()) return &found->second;
    DlmLock& lock = locks_[resource.name];
    lock.status.sb_lvbptr = lock.value.data();
    const std::uint32_t flags = LKF_EXPEDITE | (has_value(resource) ? LKF_VALBLK : 0u);
    const int rv = dlm_ls_lock_wait(handle_, LKM_NLMODE, &lock.status, flags, resource.name.c_str(),
                                    static_cast<unsigned>(resource.name.size()), 0, nullptr, nullptr, nullptr);
    if (rv == 0 && lock.status.sb_status == 0) return &lock;
    locks_.erase(resource.name);
    return nullptr;
  }

  LockResult change(const ResourceId& resource, DlmLock& lock, std::uint32_t mode, std::uint32_t flags,
                    const std::optional<Value>& value) {
    flags |= LKF_CONVERT;
    if (has_value(resource)) flags |= LKF_VALBLK;
    if (value) {
      const ValueBlock block = pack_value(*value);
      std::memcpy(lock.value.data(), block.data(), block.size());
    }
    const int rv = dlm_ls_lock_wait(handle_, mode, &lock.status, flags, resource.name.c_str(),
                                    static_cast<unsigned>(resource.name.size()), 0, nullptr, nullptr, nullptr);
    const int status = rv != 0 ? errno : lock.status.sb_status;
    if (status == EAGAIN) return {.result = -EAGAIN, .retry = true};
    if (status != 0) return {.result = -error::lock_manager, .manager_result = -status};
    LockResult out;
    if (!has_value(resource) || mode == LKM_NLMODE) return out;
    if ((lock.status.sb_flags & kValueNotValid) != 0) lock.value.fill(0);
    ValueBlock block;
    std::memcpy(block.data(), lock.value.data(), block.size());
    auto got = unpack_value(block);
    if (!got) return {.result = -EINVAL};
    out.value = *got;
    return out;
  }

  LockResult adopt(const ResourceId& resource, Mode mode) {
    DlmLock& lock = locks_[resource.name];
    lock.status.sb_lvbptr = lock.value.data();
    // The kernel answers at once; nothing is called back.
    const std::uint32_t flags = LKF_PERSISTENT | LKF_ORPHAN | (has_value(resource) ? LKF_VALBLK : 0u);
    const int rv = dlm_ls_lockx(
        handle_, mode_of(mode), &lock.status, flags, resource.name.c_str(), static_cast<unsigned>(resource.name.size()),
        0, [](void*) {}, nullptr, nullptr, nullptr, nullptr);
    const int status = rv != 0 ? errno : 0;
    if (status == 0) return {};
    locks_.erase(resource.name);
    if (status == EAGAIN) return {.result = -error::adopt_retry};
    if (status == ENOENT) return {.result = -error::adopt_none};
    return {.result = -error::lock_manager, .manager_result = -status};
  }

  LockspaceSpec spec_;
  dlm_lshandle_t handle_ = nullptr;
  std::map<std::string, DlmLock> locks_;
};

class DlmManager final : public Manager {
 public:
  ManagerKind kind() const override { return ManagerKind::dlm; }
  bool running() override { return !cluster_name().empty(); }

  std::expected<std::unique_ptr<ManagedLockspace>, int> prepare(const LockspaceSpec& spec) override {
    const std::string cluster = cluster_name();
    if (cluster.empty()) return std::unexpected(-error::manager);
    // The VG is another cluster's: its hosts and ours know nothing of each other.
    if (!spec.vg_name.empty() && spec.vg_args.substr(spec.vg_args.rfind(':') + 1) != cluster)
      return std::unexpected(-error::arguments);
    return std::make_unique<DlmSpace>(spec);
  }
  InitResult init_vg(const InitVg&) override {
    const std::string cluster = cluster_name();
    return cluster.empty() ? InitResult{-error::manager, {}} : InitResult{0, "1.0.0:" + cluster};
  }
  InitResult init_lv(const InitLv&) override { return {0, "dlm"}; }

  std::optional<std::vector<std::string>> left_lockspaces() override {
    SystemFiles files;
    std::vector<std::string> out;
    auto spaces = files.list(std::string(kSpaces));
    if (!spaces) return out;
    for (const std::string& entry : *spaces)
      if (entry.starts_with("lvm_")) out.push_back(entry);
    return out;
  }
};

}  // namespace

std::unique_ptr<Manager> make_dlm_manager(const ManagerOptions&) { return std::make_unique<DlmManager>(); }

}  // namespace lvm::lockd
