// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/tcmu/target.h"

#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "idm/front/front_end.h"
#include "idm/system/small_file.h"

namespace lvm::idm::tcmu {
namespace {

const std::string kConfigfs = "/sys/kernel/config";
const std::string kRoot = kConfigfs + "/target";

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Result<> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return fail_errno("making " + path, errno);
  return {};
}

Result<> remove_folder(const std::string& path) {
  if (::rmdir(path.c_str()) != 0 && errno != ENOENT) return fail_errno("removing " + path, errno);
  return {};
}

Result<> prepare_kernel() {
  if (!exists(kRoot)) front::load_module("target_core_mod");
  if (!exists(kRoot) && exists(kConfigfs)) (void)::mount("configfs", kConfigfs.c_str(), "configfs", 0, nullptr);
  front::load_module("target_core_user");
  if (!exists(kRoot))
    return fail(
        Code::unsupported,
        "this kernel has no SCSI target: the modules target_core_mod, target_core_user and tcm_loop are needed, "
        "with configfs on " +
            kConfigfs);
  return {};
}

}  // namespace

std::string Target::backstore() const { return kRoot + "/core/user_0/" + options_.name; }

// A target name has 64 bits: the end of the drive's id, behind LIO's prefix.
std::string Target::loop() const {
  const std::string digits = hex_text(options_.id.bytes);
  return kRoot + "/loopback/naa.6001405" + digits.substr(digits.size() - 9);
}

Result<bool> Target::make_backstore() {
  TRY(prepare_kernel());
  TRY(make_folder(kRoot + "/core/user_0"));
  const bool left_behind = exists(backstore());
  TRY(make_folder(backstore()));
  if (left_behind && read_small_file(backstore() + "/enable").value_or("").starts_with('1')) {
    // What the earlier handler had under way fails at its initiators, who repeat it.
    TRY(write_small_file(backstore() + "/action/block_dev", "1"));
    TRY(write_small_file(backstore() + "/action/reset_ring", "1"));
    TRY(write_small_file(backstore() + "/action/block_dev", "0"));
    return true;
  }
  // Transfers up to 4 MiB, so that a full table of mutexes can be read by one command.
  TRY(write_small_file(backstore() + "/control",
                       fmt::format("dev_size={},hw_block_size={},hw_max_sectors={},max_data_area_mb=32,dev_config={}",
                                   options_.size.n, options_.block_size, (4u << 20) / options_.block_size, kConfig)));
  TRY(write_small_file(backstore() + "/enable", "1"));
  return false;
}

Result<> Target::attach_loop() {
  // The disk and its sg node too: without udev nobody else loads them.
  for (const char* module : {"tcm_loop", "sd_mod", "sg"}) front::load_module(module);
  if (auto made = make_folder(kRoot + "/loopback"); !made)
    return fail(Code::unsupported, "this kernel has no loopback target: the module tcm_loop is needed");
  const std::string port = loop() + "/tpgt_1", lun = port + "/lun/lun_0";
  if (exists(lun)) return {};
  TRY(make_folder(loop()));
  TRY(make_folder(port));
  TRY(write_small_file(port + "/nexus", loop().substr(loop().rfind('/') + 1)));
  TRY(make_folder(lun));
  if (::symlink(backstore().c_str(), (lun + "/drive").c_str()) != 0) return fail_errno("linking " + lun, errno);
  return {};
}

Result<> Target::remove_loop() {
  const std::string port = loop() + "/tpgt_1", lun = port + "/lun/lun_0";
  if (::unlink((lun + "/drive").c_str()) != 0 && errno != ENOENT) return fail_errno("taking the disk away", errno);
  TRY(remove_folder(lun));
  TRY(remove_folder(port));
  return remove_folder(loop());
}

Result<> Target::remove_backstore() {
  TRY(remove_folder(backstore()));
  // Shared with other drives: the last one takes it away.
  if (::rmdir((kRoot + "/core/user_0").c_str()) != 0 && errno != ENOENT && errno != ENOTEMPTY && errno != EBUSY)
    return fail_errno("removing " + kRoot + "/core/user_0", errno);
  return {};
}

}  // namespace lvm::idm::tcmu
