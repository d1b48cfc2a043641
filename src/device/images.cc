// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/images.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <functional>
#include <memory>
#include <span>

#include "base/fd.h"
#include "device/partitions.h"
#include "dm/user/nbd/nbd_block.h"

namespace lvm::device {
namespace {

constexpr dm::user::NbdConnection::Limits kPatience{.connect_milliseconds = 10'000, .answer_milliseconds = 10'000};
constexpr std::uint32_t kFirstMajor = 4096;  // the kernel's majors have 12 bits

std::string absolute(const std::string& path) {
  std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr), &std::free);
  return resolved ? resolved.get() : path;
}

class Lister {
 public:
  explicit Lister(bool numbered) : numbered_(numbered) {}

  Result<> add(const std::string& path);
  ImageList take() { return std::move(list_); }

 private:
  // An image as a whole: what is the same for all of its partitions.
  struct Image {
    std::string path;  // as it was named
    std::string file;  // for ImagePart
    Bytes size;
    bool read_only = false;
    std::function<dm::DeviceNumber(std::uint32_t partition)> number;
  };

  static Image image_of(const std::string& path, const struct stat& status);
  Result<> add_directory(const std::string& path);
  Result<> add_file(const std::string& path, const struct stat& status, std::optional<std::uint32_t> only);
  Result<> add_uri(const ImageName& name);
  Result<> add_image(const Image& image, std::span<const Partition> partitions, std::optional<std::uint32_t> only);
  void add_device(std::string path, const Image& image, const Partition& partition, bool partitioned);

  bool numbered_;
  ImageList list_;
  std::set<dm::DeviceNumber> seen_;
};

Result<> Lister::add(const std::string& path) {
  ImageName name = split_image_name(path);
  if (dm::user::is_nbd_uri(name.file)) return add_uri(name);
  struct stat status;
  if (::stat(name.file.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return {};  // as a device that is not there
    return fail_errno(path + ": stat failed", errno);
  }
  if (S_ISBLK(status.st_mode)) {
    list_.blocks.insert({major(status.st_rdev), minor(status.st_rdev)});
    return {};
  }
  if (S_ISDIR(status.st_mode)) return add_directory(name.file);
  if (S_ISREG(status.st_mode)) return add_file(name.file, status, name.partition);
  return fail(Code::usage, path + ": neither a block device nor a regular file.");
}

Result<> Lister::add_directory(const std::string& path) {
  std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), &::closedir);
  if (!directory) return fail_errno(path + ": cannot list the directory", errno);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory.get()))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  std::ranges::sort(names);
  for (const std::string& name : names) {
    std::string file = path + (path.ends_with('/') ? "" : "/") + name;
    struct stat status;
    if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    // One broken image must not keep its neighbours from being used.
    if (!add_file(file, status, std::nullopt)) add_device(file, image_of(file, status), {0, {}, {}}, true);
  }
  return {};
}

Lister::Image Lister::image_of(const std::string& path, const struct stat& status) {
  return {.path = path,
          .file = absolute(path),
          .size = Bytes(static_cast<std::uint64_t>(status.st_size)),
          .read_only = ::access(path.c_str(), W_OK) != 0,
          .number = [device = status.st_dev, inode = status.st_ino](std::uint32_t partition) {
            return image_number(device, inode, partition);
          }};
}

void Lister::add_device(std::string path, const Image& image, const Partition& partition, bool partitioned) {
  const dm::DeviceNumber number = image.number(partition.number);
  if (!seen_.insert(number).second) return;
  Device device{.path = std::move(path),
                .image = ImagePart{image.file, partition.start, partition.number},
                .size = partition.length,
                .read_only = image.read_only};
  if (numbered_) device.number = number;
  if (device.path != image.file && partition.number == 0) device.aliases.push_back(image.file);
  device.partition = partition.number != 0;
  device.partitioned = partitioned;
  list_.images.push_back(std::move(device));
}

Result<> Lister::add_file(const std::string& path, const struct stat& status, std::optional<std::uint32_t> only) {
  Image image = image_of(path, status);
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  // A file that may not be read is listed all the same: reading it will say why.
  if (!fd) return add_image(image, {}, only);
  auto read = [&](Bytes offset, std::span<std::byte> out) -> Result<> {
    ssize_t got = ::pread(fd.get(), out.data(), out.size(), static_cast<off_t>(offset.n));
    if (got != static_cast<ssize_t>(out.size())) return fail_errno(path + ": read failed", got < 0 ? errno : EIO);
    return {};
  };
  auto partitions = read_partitions(read, image.size);
  if (!partitions) return fail(partitions.error().code(), path + ": " + partitions.error().message() + ".");
  return add_image(image, *partitions, only);
}

Result<> Lister::add_uri(const ImageName& name) {
  Image image{.path = dm::user::absolute_nbd_uri(name.file)};
  image.file = image.path;
  auto block = TRY(dm::user::NbdBlock::open_whole(image.file, kPatience));
  image.size = block->size();
  image.number = [uri = image.file](std::uint32_t partition) { return uri_number(uri, partition); };
  image.read_only = block->export_read_only();
  auto read = [&](Bytes offset, std::span<std::byte> out) { return block->read(offset, out); };
  auto partitions = read_partitions(read, image.size);
  if (!partitions) return fail(partitions.error().code(), image.path + ": " + partitions.error().message() + ".");
  return add_image(image, *partitions, name.partition);
}

Result<> Lister::add_image(const Image& image, std::span<const Partition> partitions,
                           std::optional<std::uint32_t> only) {
  if (!only) add_device(image.path, image, {0, Bytes(), image.size}, !partitions.empty());
  std::string numbers;
  for (const Partition& partition : partitions) {
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(partition.number);
    if (only && *only != partition.number) continue;
    std::string name = image.path + "@" + std::to_string(partition.number);
    if (partition.start > image.size || partition.length > image.size - partition.start)
      return fail(Code::corrupt, name + ": the partition ends at byte " +
                                     std::to_string((partition.start + partition.length).n) + ", the image at " +
                                     std::to_string(image.size.n) + ": the image was cut short.");
    add_device(std::move(name), image, partition, false);
    if (only) return {};
  }
  if (!only) return {};
  const std::string name = image.path + "@" + std::to_string(*only);
  if (partitions.empty()) return fail(Code::not_found, name + ": the image has no partition table.");
  return fail(Code::not_found, name + ": no such partition; there are: " + numbers + ".");
}

// Spreads the bits of what it is given (splitmix64).
std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace

ImageName split_image_name(const std::string& path) {
  struct stat status;
  std::size_t at = path.rfind('@');
  if (at == std::string::npos || ::stat(path.c_str(), &status) == 0) return {path, std::nullopt};
  std::uint32_t number = 0;
  const char* end = path.data() + path.size();
  auto [rest, error] = std::from_chars(path.data() + at + 1, end, number);
  if (error != std::errc() || rest != end || number == 0) return {path, std::nullopt};
  return {path.substr(0, at), number};
}

dm::DeviceNumber image_number(std::uint64_t file_system, std::uint64_t inode, std::uint32_t partition) {
  std::uint64_t hash = mix(mix(mix(file_system) ^ inode) ^ partition);
  auto major = static_cast<std::uint32_t>(hash >> 32 & 0x7fffff);
  return {kFirstMajor + major, static_cast<std::uint32_t>(hash)};
}

dm::DeviceNumber uri_number(const std::string& uri, std::uint32_t partition) {
  std::uint64_t hash = 0;
  for (char c : uri) hash = mix(hash ^ static_cast<unsigned char>(c));
  return image_number(hash, uri.size(), partition);
}

Result<ImageList> list_images(const std::vector<std::string>& paths, bool numbered) {
  Lister lister(numbered);
  for (const std::string& path : paths) TRY(lister.add(path));
  return lister.take();
}

}  // namespace lvm::device
