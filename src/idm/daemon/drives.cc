// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/daemon/drives.h"

#include <fmt/format.h>

#include <chrono>

#include "idm/in_process_transport.h"
#include "idm/system/paths.h"
#include "idm/system/system_transport.h"

namespace lvm::idm {
namespace {

constexpr std::string_view kEmulated = "/dev/emulated";

// Paths come and go: they are listed anew when somebody asks for a drive or a command finds no path, at most every
// other second.
class SystemResolver final : public Resolver {
 public:
  explicit SystemResolver(SystemTransport& transport) : transport_(transport) {}

  Result<std::vector<DriveId>> drives_below(const std::string& path) override {
    TRY(list());
    return paths_.below(path);
  }
  // What fails is asked again after a second: the next attempt finds the new paths.
  void look_again() override { (void)list(); }

 private:
  Result<> list() {
    const auto now = std::chrono::steady_clock::now();
    if (listed_ && now - *listed_ < std::chrono::seconds(2)) return {};
    listed_ = now;
    transport_.set_paths(TRY(paths_.list()));
    return {};
  }

  SystemTransport& transport_;
  SystemPaths paths_;
  std::optional<std::chrono::steady_clock::time_point> listed_;
};

class EmulatedResolver final : public Resolver {
 public:
  explicit EmulatedResolver(std::vector<DriveId> ids) : ids_(std::move(ids)) {}

  Result<std::vector<DriveId>> drives_below(const std::string& path) override {
    for (std::size_t i = 0; i < ids_.size(); ++i)
      if (path == fmt::format("{}{}", kEmulated, i)) return std::vector{ids_[i]};
    return fail(Code::not_found, fmt::format("{} is no emulated drive", path));
  }

 private:
  std::vector<DriveId> ids_;
};

}  // namespace

Result<Drives> system_drives() {
  auto transport = TRY(SystemTransport::make());
  SystemPaths paths;
  transport->set_paths(TRY(paths.list()));
  auto resolver = std::make_unique<SystemResolver>(*transport);
  return Drives{std::move(transport), std::move(resolver)};
}

Drives emulated_drives(Timers& timers, std::size_t count) {
  auto transport = std::make_unique<InProcessTransport>(timers, 1);
  std::vector<DriveId> ids;
  for (std::size_t i = 0; i < count; ++i) {
    DriveId id;
    id.bytes = {0x50, 0, 0xC5, 0, 0, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
    transport->add_path(id, std::make_shared<Drive>());
    ids.push_back(std::move(id));
  }
  return {std::move(transport), std::make_unique<EmulatedResolver>(std::move(ids))};
}

}  // namespace lvm::idm
