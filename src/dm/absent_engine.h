// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "dm/engine.h"

namespace lvm::dm {

// Stands where no device-mapper is to be used (global/activation = 0, --driverloaded n): there are no
// devices, and every change is an error that says why.
class AbsentEngine final : public Engine {
 public:
  explicit AbsentEngine(std::string reason) : reason_(std::move(reason)) {}

  Result<> available() override { return refuse(); }
  Result<std::string> driver_version() override { return refuse(); }
  Result<std::vector<TargetVersion>> targets() override { return std::vector<TargetVersion>(); }
  Result<> require_target(std::string_view) override { return refuse(); }
  Result<std::vector<ListEntry>> list() override { return std::vector<ListEntry>(); }
  Result<std::optional<Info>> info(std::string_view) override { return std::optional<Info>(); }
  Result<std::optional<Info>> info(DeviceNumber) override { return std::optional<Info>(); }
  Result<Table> table(std::string_view, bool) override { return refuse(); }
  Result<std::vector<StatusLine>> status(std::string_view) override { return refuse(); }
  Result<std::vector<DeviceNumber>> dependencies(std::string_view) override { return refuse(); }
  Result<> create(const CreateRequest&) override { return refuse(); }
  Result<> load(std::string_view, const Table&, bool) override { return refuse(); }
  Result<> clear(std::string_view) override { return refuse(); }
  Result<> suspend(std::string_view, SuspendOptions) override { return refuse(); }
  Result<Info> resume(std::string_view, UdevFlags, const std::optional<NodeLink>&) override { return refuse(); }
  Result<> remove(std::string_view, UdevFlags, const std::optional<NodeLink>&, bool) override { return refuse(); }
  Result<> rename(std::string_view, const std::string&, UdevFlags, const std::optional<NodeLink>&,
                  const std::optional<NodeLink>&) override {
    return refuse();
  }
  Result<std::string> message(std::string_view, Sectors, std::string_view) override { return refuse(); }
  Result<> set_read_ahead(std::string_view, Sectors, bool) override { return refuse(); }
  Result<Sectors> read_ahead(DeviceNumber) override { return refuse(); }
  // Nothing was done, so nothing is to be waited for.
  Result<> settle() override { return {}; }
  Result<> sync_nodes(const std::vector<std::pair<std::string, NodeLink>>&) override { return {}; }

 private:
  std::unexpected<Error> refuse() const { return fail(Code::unsupported, reason_); }

  std::string reason_;
};

}  // namespace lvm::dm
