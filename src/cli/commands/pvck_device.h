// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/session.h"
#include "ondisk/inspect.h"
#include "plan/pv_repair.h"

namespace lvm::cli {

// A device that pvck looks at: raw, whatever filters of content say of it.
class PvckDevice {
 public:
  static Result<PvckDevice> open(Session& session, const std::string& path);

  const std::string& path() const { return device_.path; }
  Bytes size() const { return handle_->size(); }
  std::uint64_t label_sector() const { return label_sector_; }
  const ondisk::SectorFindings& findings() const { return findings_; }

  Result<std::vector<std::byte>> read(Bytes offset, Bytes length) const;
  // A stretch of the ring of an area, across its end.
  Result<std::string> read_ring(const ondisk::DiskArea& area, Bytes offset, Bytes size) const;
  // With the headers of areas found where they usually are.
  plan::DamagedPv damaged() const;

 private:
  device::Device device_;
  std::unique_ptr<device::Handle> handle_;
  std::uint64_t label_sector_ = 1;
  std::vector<std::byte> sector_;
  ondisk::SectorFindings findings_;
};

// The VG in a file: a text as pvck --dump saved it, or a backup.
Result<plan::RepairText> pvck_text(Session& session, const std::string& path);

}  // namespace lvm::cli
