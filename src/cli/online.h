// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/id.h"
#include "dm/types.h"

// Which PVs have been seen since the machine came up, and which VGs were activated because of that: small files below
// /run/lvm, shared with LVM2 (docs/formats/files.md).
namespace lvm::cli {

struct OnlinePv {
  std::string id;  // 32 characters
  dm::DeviceNumber device;
  std::string vg;  // empty: its metadata is elsewhere
  std::string path;
  friend bool operator==(const OnlinePv&, const OnlinePv&) = default;
};

class OnlineFiles {
 public:
  explicit OnlineFiles(Files& files, std::string directory = "/run/lvm")
      : files_(files), directory_(std::move(directory)) {}

  // nullopt: no such file. What cannot be understood counts as not online.
  std::optional<OnlinePv> find(std::string_view pv_id);
  std::vector<OnlinePv> all();
  // Seen already on another device: Code::exists, and nothing is changed.
  Result<> put(const OnlinePv& pv);
  Result<> remove(const OnlinePv& pv);

  // The PVs of a VG, for those that come without metadata.
  Result<> put_members(const std::string& vg, const std::vector<std::string>& pv_ids);
  std::vector<std::string> members(const std::string& vg);
  std::optional<std::string> vg_of(std::string_view pv_id);

  // True for the first that asks: it activates the VG.
  Result<bool> claim(const std::string& vg);
  // The VG may be activated by its PVs again.
  void release(const std::string& vg);
  // All that is known of a VG that is gone.
  void forget(const std::string& vg, const std::vector<std::string>& pv_ids);
  void forget_all();

 private:
  std::string folder(std::string_view kind) const;
  std::string path(std::string_view kind, std::string_view name) const;

  Files& files_;
  std::string directory_;
};

}  // namespace lvm::cli
