// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/kernel/nodes.h"

#include <fmt/format.h>
#include <grp.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <vector>

#include "dm/text.h"

namespace lvm::dm {
namespace {

// Nodes belong to root:disk, mode 0660, as udev's default rules have it.
gid_t find_disk_group() {
  std::vector<char> buffer(4096);
  group entry{};
  group* found = nullptr;
  if (::getgrnam_r("disk", &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) return found->gr_gid;
  return 0;
}

// Names become files: nothing may lead out of the directory.
Result<> check_component(const std::string& name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos)
    return fail(Code::usage, fmt::format("\"{}\" cannot be a file name in /dev.", name));
  return {};
}

bool is_link(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

bool exists(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0;
}

// Runs `make`, which makes a path and sets errno, with the directory it needs. Most often that is there.
template <class Make>
int make_in(const std::string& directory, Make make) {
  if (make() == 0) return 0;
  if (errno == ENOENT && ::mkdir(directory.c_str(), 0755) == 0 && make() == 0) return 0;
  return errno;
}

// The caller's umask must not decide who may open a disk.
class NoUmask {
 public:
  NoUmask() : before_(::umask(0)) {}
  ~NoUmask() { ::umask(before_); }
  NoUmask(const NoUmask&) = delete;
  NoUmask& operator=(const NoUmask&) = delete;

 private:
  mode_t before_;
};

// Files are made with this group: one call for all nodes instead of one for each.
class WithGroup {
 public:
  explicit WithGroup(gid_t group) : before_(static_cast<gid_t>(::setfsgid(group))), group_(group) {}
  ~WithGroup() { ::setfsgid(before_); }
  WithGroup(const WithGroup&) = delete;
  WithGroup& operator=(const WithGroup&) = delete;
  // False where the process may not: its own group must not get at disks then.
  bool granted() const { return static_cast<gid_t>(::setfsgid(static_cast<gid_t>(-1))) == group_; }

 private:
  gid_t before_, group_;
};

Result<> remove_path(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno(fmt::format("{}: unlink failed", path), errno);
  return {};
}

}  // namespace

void Nodes::want(const std::string& name, DeviceNumber number, const std::optional<NodeLink>& link) {
  nodes_[name] = number;
  if (link) links_[{link->vg, link->lv}] = Target{name, number};
}

void Nodes::unwant(const std::string& name, const std::optional<NodeLink>& link) {
  if (!name.empty()) nodes_[name] = std::nullopt;
  if (link) links_[{link->vg, link->lv}] = std::nullopt;
}

void Nodes::forget() {
  nodes_.clear();
  links_.clear();
}

bool Nodes::node_is(const std::string& path, DeviceNumber number) const {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISBLK(status.st_mode) &&
         status.st_rdev == makedev(number.major, number.minor);
}

Result<> Nodes::make_node(const std::string& path, DeviceNumber number, unsigned mode) {
  auto make = [&] { return ::mknod(path.c_str(), S_IFBLK | mode, makedev(number.major, number.minor)); };
  int error_number = make() == 0 ? 0 : errno;
  if (error_number == EEXIST) {
    if (node_is(path, number)) return {};
    TRY(remove_path(path));
    error_number = make() == 0 ? 0 : errno;
  }
  if (error_number == 0) return {};
  // Containers may have no right to make nodes while the kernel's own dm-N is there.
  auto kernel_node = fmt::format("{}/dm-{}", dev_, number.minor);
  if (node_is(kernel_node, number) && ::symlink(("../dm-" + std::to_string(number.minor)).c_str(), path.c_str()) == 0)
    return {};
  return fail_errno(fmt::format("{}: mknod for {} failed", path, to_text(number)), error_number);
}

Result<> Nodes::make_link(const NodeLink& link, const std::string& name, DeviceNumber number, bool after_udev) {
  TRY(check_component(link.vg));
  TRY(check_component(link.lv));
  auto directory = fmt::format("{}/{}", dev_, link.vg);
  auto path = fmt::format("{}/{}", directory, link.lv);
  auto is_right = [&] { return is_link(path) && node_is(path, number); };
  if (after_udev) {
    if (is_right()) return {};
    trace_.warn(
        fmt::format("The link {} should have been created by udev but it was not found. "
                    "Falling back to direct link creation.",
                    path));
  }
  auto target = fmt::format("{}/{}", mapper_directory(), name);
  auto make = [&] { return ::symlink(target.c_str(), path.c_str()); };
  int error_number = make_in(directory, make);
  if (error_number == EEXIST) {
    if (is_right()) return {};
    if (!is_link(path))
      return fail(Code::exists, fmt::format("{} exists and is not a symbolic link: not replaced.", path));
    TRY(remove_path(path));
    error_number = make() == 0 ? 0 : errno;
  }
  if (error_number != 0) return fail_errno(fmt::format("{}: symlink failed", path), error_number);
  return {};
}

Result<> Nodes::unlink(const NodeLink& link, bool after_udev) {
  TRY(check_component(link.vg));
  TRY(check_component(link.lv));
  auto path = fmt::format("{}/{}/{}", dev_, link.vg, link.lv);
  if (!is_link(path)) return {};
  if (after_udev)
    trace_.warn(
        fmt::format("The link {} should have been removed by udev but it is still present. "
                    "Falling back to direct link removal.",
                    path));
  return remove_path(path);
}

// Does nothing when something is left in it, and that is right.
void Nodes::remove_directory(const std::string& vg) { ::rmdir(fmt::format("{}/{}", dev_, vg).c_str()); }

Result<> Nodes::remove_link(const NodeLink& link) {
  TRY(unlink(link, false));
  remove_directory(link.vg);
  return {};
}

Result<> Nodes::apply(bool after_udev) {
  NoUmask none;
  auto nodes = std::exchange(nodes_, {});
  auto links = std::exchange(links_, {});
  std::set<std::string> directories;  // that links left
  std::optional<Error> first_error;
  auto note = [&](Result<> result) {
    if (!result && !first_error) first_error = result.error();
  };
  for (const auto& [link, target] : links)
    if (!target) {
      auto gone = unlink({link.first, link.second}, after_udev);
      if (gone) directories.insert(link.first);
      note(std::move(gone));
    }
  for (const std::string& vg : directories) remove_directory(vg);
  if (!first_error) note(apply_nodes(nodes, after_udev));
  for (const auto& [link, target] : links)
    if (target) note(make_link({link.first, link.second}, target->name, target->number, after_udev));
  if (first_error) return std::unexpected<Error>(*first_error);
  return {};
}

Result<> Nodes::apply_nodes(const std::map<std::string, std::optional<DeviceNumber>>& nodes, bool after_udev) {
  std::optional<WithGroup> group;  // once one is to be made
  unsigned mode = 0;
  for (const auto& [name, number] : nodes) {
    TRY(check_component(name));
    auto path = fmt::format("{}/{}", mapper_directory(), name);
    if (number) {
      if (after_udev && node_is(path, *number)) continue;
      if (after_udev) trace_.warn(fmt::format("{} not set up by udev: Falling back to direct node creation.", path));
      if (!group) {
        ::mkdir(mapper_directory().c_str(), 0755);
        if (!disk_group_) disk_group_ = find_disk_group();
        mode = group.emplace(*disk_group_).granted() ? 0660 : 0600;
      }
      TRY(make_node(path, *number, mode));
    } else {
      if (after_udev && exists(path))
        trace_.warn(fmt::format("Node {} was not removed by udev. Falling back to direct node removal.", path));
      TRY(remove_path(path));
    }
  }
  return {};
}

}  // namespace lvm::dm
