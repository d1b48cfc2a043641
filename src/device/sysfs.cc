// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/sysfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <memory>

#include "base/fd.h"

namespace lvm::device {
namespace {

template <class Visit>
void for_each_name(const std::string& path, Visit visit) {
  DIR* opened = ::opendir(path.c_str());
  if (opened == nullptr) return;
  while (const dirent* entry = ::readdir(opened))
    if (entry->d_name[0] != '.') visit(entry->d_name);
  ::closedir(opened);
}

}  // namespace

std::optional<std::string> read_small_file(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::string out;
  std::array<char, 16384> buffer;
  for (;;) {
    ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::optional<dm::DeviceNumber> parse_device_number(std::string_view text) {
  dm::DeviceNumber number;
  const char* end = text.data() + text.size();
  auto [colon, bad_major] = std::from_chars(text.data(), end, number.major);
  if (bad_major != std::errc() || colon == end || *colon != ':') return std::nullopt;
  auto [rest, bad_minor] = std::from_chars(colon + 1, end, number.minor);
  if (bad_minor != std::errc() || rest != end) return std::nullopt;
  return number;
}

bool Sysfs::present() const { return ::access((root_ + "/dev/block").c_str(), X_OK) == 0; }

std::string Sysfs::directory(dm::DeviceNumber device) const {
  return root_ + "/dev/block/" + std::to_string(device.major) + ':' + std::to_string(device.minor);
}

std::optional<std::string> Sysfs::attribute(dm::DeviceNumber device, std::string_view name) const {
  std::optional<std::string> text = read_small_file((directory(device) + '/').append(name));
  if (text && text->ends_with('\n')) text->pop_back();
  return text;
}

std::optional<std::uint64_t> Sysfs::number(dm::DeviceNumber device, std::string_view name) const {
  std::optional<std::string> text = attribute(device, name);
  std::uint64_t value = 0;
  if (!text) return std::nullopt;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return value;
}

std::optional<std::string> Sysfs::kernel_name(dm::DeviceNumber device) const {
  std::array<char, 1024> target;
  ssize_t length = ::readlink(directory(device).c_str(), target.data(), target.size());
  if (length <= 0) return std::nullopt;
  std::string_view path(target.data(), static_cast<std::size_t>(length));
  std::string name(path.substr(path.rfind('/') + 1));
  for (char& c : name)
    if (c == '!') c = '/';  // sysfs cannot have the '/' of names like cciss/c0d0
  return name;
}

std::vector<dm::DeviceNumber> Sysfs::related(dm::DeviceNumber device, std::string_view directory_name) const {
  std::string path = (directory(device) + '/').append(directory_name);
  std::vector<dm::DeviceNumber> out;
  for_each_name(path, [&](const char* name) {
    std::optional<std::string> text = read_small_file(path + '/' + name + "/dev");
    if (text && text->ends_with('\n')) text->pop_back();
    if (auto number = text ? parse_device_number(*text) : std::nullopt) out.push_back(*number);
  });
  return out;
}

std::vector<dm::DeviceNumber> Sysfs::all() const {
  std::vector<dm::DeviceNumber> out;
  for_each_name(root_ + "/dev/block", [&](const char* name) {
    if (auto number = parse_device_number(name)) out.push_back(*number);
  });
  return out;
}

}  // namespace lvm::device
