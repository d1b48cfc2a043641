// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/io/system_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <set>

#include "device/enumerate.h"
#include "device/images.h"
#include "device/io/aligned.h"
#include "device/io/block_handle.h"
#include "device/io/device_ids.h"
#include "device/io/head_job.h"
#include "device/io/image_locks.h"
#include "device/io/ring.h"
#include "device/io/topology.h"
#include "device/io/volume_handle.h"
#include "device/signatures.h"
#include "device/sysfs.h"
#include "dm/user/nbd/connection.h"

namespace lvm::device {
namespace {

class SystemIo final : public Io {
 public:
  SystemIo(SystemOptions options, Engines engines)
      : options_(std::move(options)),
        engines_(engines),
        sysfs_(options_.sys_root),
        image_locks_([this](const Device& device) { return !holders(device).empty(); }, options_.io_timeout_seconds) {}

  Result<std::vector<Device>> enumerate() override {
    return enumerate_devices(options_, sysfs_, engines_.kernel, engines_.user != nullptr);
  }
  Result<std::unique_ptr<Handle>> open(const Device& device, Access access) override;
  Result<Topology> topology(const Device& device) override {
    return device.image ? Topology{} : read_topology(sysfs_, device.number);
  }
  std::optional<std::size_t> locate(const std::string& path, std::span<const Device> devices) override;
  bool is_mounted(const Device& device) override;
  std::vector<dm::DeviceNumber> holders(const Device& device) override;
  DeviceIds ids(const Device& device) override { return read_device_ids(sysfs_, device); }
  Result<> claim(std::span<const Device> devices) override;
  Result<std::vector<Signature>> signatures(const Device& device) override;
  void read_heads(std::span<HeadRead> reads) override;

 private:
  Error does_not_answer(const std::string& path) const {
    return Error(Code::io, path + ": the device does not answer (waited " +
                               std::to_string(options_.io_timeout_seconds) + " seconds, see devices/io_timeout).");
  }
  static bool is_uri(const Device& device) { return device.image && dm::user::is_nbd_uri(device.image->file); }
  // A device of the embedded engine.
  bool is_volume(const Device& device) const {
    return engines_.user != nullptr && !device.image && device.number.major == dm::user::kDeviceMajor;
  }
  Ring* ring();
  int read_aligned(const std::string& path, int fd, std::byte* buffer, std::size_t length, std::uint64_t offset);
  void run(std::span<HeadJob> jobs);
  Result<> read_head(HeadRead& read);
  bool read_again(HeadRead& read);
  // Of devices/io_timeout, what others have not used up: many that hang, one after the other, cost it once.
  std::int64_t patience() const { return std::max<std::int64_t>(patience_, kLeastPatience); }
  void lost_patience() { patience_ -= patience(); }

  // To a device that is asked after others were waited for in vain.
  static constexpr std::int64_t kLeastPatience = 1000;

  SystemOptions options_;
  Engines engines_;
  Sysfs sysfs_;
  std::unique_ptr<Ring> ring_;
  bool ring_tried_ = false;
  std::int64_t patience_ = std::int64_t{options_.io_timeout_seconds} * 1000;  // milliseconds
  std::set<std::string> unresponsive_;                                        // a device costs its timeout only once
  std::map<std::string, std::chrono::steady_clock::time_point> answered_;     // when each was read last
  ImageLocks image_locks_;
  std::optional<std::set<dm::DeviceNumber>> mounted_;
};

Ring* SystemIo::ring() {
  if (ring_ && ring_->abandoned()) {
    ring_.reset();
    ring_tried_ = false;
  }
  if (!ring_tried_ && options_.use_ring) ring_ = Ring::make();
  ring_tried_ = true;
  return ring_.get();
}

int SystemIo::read_aligned(const std::string& path, int fd, std::byte* buffer, std::size_t length,
                           std::uint64_t offset) {
  Ring* usable = ring();
  if (usable == nullptr) {
    ssize_t got = ::pread(fd, buffer, length, static_cast<off_t>(offset));
    return got < 0 ? -errno : static_cast<int>(got);
  }
  int got = usable->read(fd, buffer, length, offset, patience());
  if (got == HeadJob::kPending) {
    unresponsive_.insert(path);
    lost_patience();
  }
  return got;
}

Result<std::unique_ptr<Handle>> SystemIo::open(const Device& device, Access access) {
  if (unresponsive_.contains(device.path)) return std::unexpected(does_not_answer(device.path));
  if (is_volume(device)) return open_volume(*engines_.user, device, access);
  if (is_uri(device)) {
    if (access == Access::exclusive_write && !holders(device).empty())
      return fail(Code::busy, "Can't open " + device.path + " exclusively.  Volumes on it are active.");
    return open_uri(device, access, static_cast<int>(patience()));
  }
  if (device.image) {
    if (access != Access::read) TRY(image_locks_.claim(device));
    if (access == Access::exclusive_write && TRY(ImageLocks::in_use(device)))
      return fail(Code::busy, "Can't open " + device.path + " exclusively.  Volumes on it are active.");
    return open_image(device, access);
  }
  return open_block(device.path, access,
                    [this, path = device.path](int fd, std::byte* buffer, std::size_t length, std::uint64_t offset) {
                      return read_aligned(path, fd, buffer, length, offset);
                    });
}

std::optional<std::size_t> SystemIo::locate(const std::string& path, std::span<const Device> devices) {
  if (auto named = Io::locate(path, devices)) return named;
  if (dm::user::is_nbd_uri(path)) return Io::locate(dm::user::absolute_nbd_uri(path), devices);
  ImageName name = split_image_name(path);
  struct stat status;
  if (::stat(name.file.c_str(), &status) != 0) return std::nullopt;
  if (S_ISBLK(status.st_mode)) {
    dm::DeviceNumber number{major(status.st_rdev), minor(status.st_rdev)};
    for (std::size_t i = 0; i < devices.size(); ++i)
      if (devices[i].number == number) return i;
  } else if (S_ISREG(status.st_mode)) {
    struct stat other;
    for (std::size_t i = 0; i < devices.size(); ++i)
      if (devices[i].image && devices[i].image->partition == name.partition.value_or(0) &&
          ::stat(devices[i].image->file.c_str(), &other) == 0 && other.st_dev == status.st_dev &&
          other.st_ino == status.st_ino)
        return i;
  }
  return std::nullopt;
}

std::vector<dm::DeviceNumber> SystemIo::holders(const Device& device) {
  if (!device.image) return sysfs_.related(device.number, "holders");
  std::vector<dm::DeviceNumber> out;
  if (engines_.user == nullptr) return out;
  auto volumes = engines_.user->list();
  if (!volumes) return out;
  for (const dm::ListEntry& volume : *volumes) {
    auto lower = engines_.user->dependencies(volume.uuid);
    if (lower && std::ranges::find(*lower, device.number) != lower->end()) out.push_back(volume.device);
  }
  return out;
}

Result<> SystemIo::claim(std::span<const Device> devices) {
  std::vector<const Device*> images;
  for (const Device& device : devices)
    // Who may write to what a server exports is the server's affair.
    if (device.image && !is_uri(device) && !device.partitioned && !device.read_only) images.push_back(&device);
  // All programs in one order: none waits for another that waits for it.
  std::ranges::sort(images, {}, [](const Device* device) { return device->image->file; });
  for (const Device* device : images) TRY(image_locks_.claim(*device));
  return {};
}

// Volumes and exports have no node to open: what libblkid looks at is copied.
Result<std::vector<Signature>> SystemIo::signatures(const Device& device) {
  if (!is_volume(device) && !is_uri(device)) return find_signatures(device);
  auto handle = TRY(open(device, Access::read));
  return find_signatures(device.path, *handle);
}

bool SystemIo::is_mounted(const Device& device) {
  if (device.image) return false;
  if (!mounted_) {
    mounted_.emplace();
    // "36 35 98:0 /root /mountpoint ...": the third word is the device (proc(5)).
    std::string text = read_small_file(options_.proc_root + "/self/mountinfo").value_or("");
    for (std::size_t at = 0; at < text.size(); at = std::min(text.find('\n', at), text.size() - 1) + 1) {
      std::size_t second = text.find(' ', at), third = text.find(' ', second + 1);
      if (second == std::string::npos || third == std::string::npos) break;
      std::size_t end = text.find(' ', third + 1);
      if (end == std::string::npos) break;
      if (auto number = parse_device_number(std::string_view(text).substr(third + 1, end - third - 1)))
        mounted_->insert(*number);
      // btrfs shows a number of no device; behind " - btrfs " stands one of its devices.
      constexpr std::string_view kBtrfs = " - btrfs /dev/";
      std::string_view line = std::string_view(text).substr(at, std::min(text.find('\n', at), text.size()) - at);
      if (std::size_t type = line.find(kBtrfs); type != std::string_view::npos) {
        std::string path(line.substr(type + kBtrfs.size() - 5));
        path.resize(std::min(path.find(' '), path.size()));
        struct stat status{};
        if (::stat(path.c_str(), &status) == 0) mounted_->insert({major(status.st_rdev), minor(status.st_rdev)});
      }
    }
  }
  return mounted_->contains(device.number);
}

void SystemIo::run(std::span<HeadJob> jobs) {
  device::read_heads(jobs, patience(), options_.use_ring);
  auto hangs = [](const HeadJob& job) { return job.result == HeadJob::kPending; };
  if (std::ranges::any_of(jobs, hangs)) lost_patience();
}

// By this process.
Result<> SystemIo::read_head(HeadRead& read) {
  auto handle = TRY(open(*read.device, Access::read));
  read.data.resize(std::min(read.length, handle->size()).n);
  return handle->read(Bytes(), read.data);
}

// To die between two looks of one command is as unlikely as while it is written: a device that answered a moment ago is
// read by this process, where opening it could hang, as to start another one costs more than a few such reads. False:
// that is not so, or did not work.
bool SystemIo::read_again(HeadRead& read) {
  constexpr std::chrono::seconds kMoment{1};
  auto last = answered_.find(read.device->path);
  auto now = std::chrono::steady_clock::now();
  if (last == answered_.end() || now - last->second > kMoment || ring() == nullptr || !read_head(read)) return false;
  last->second = now;
  return true;
}

void SystemIo::read_heads(std::span<HeadRead> reads) {
  constexpr std::size_t kFew = 16;
  std::vector<HeadJob> jobs;
  std::vector<HeadRead*> asked;
  for (HeadRead& read : reads) {
    read.error.reset();
    if (reads.size() <= kFew && read_again(read)) continue;
    read.data.clear();
    // It may have become so just now.
    if (unresponsive_.contains(read.device->path)) {
      read.error = does_not_answer(read.device->path);
      continue;
    }
    if (is_uri(*read.device)) {
      if (auto done = read_head(read); !done) read.error = done.error();
      continue;
    }
    std::size_t length = round_up(read.length.n, kDirectAlignment);
    const std::optional<ImagePart>& image = read.device->image;
    jobs.push_back({.path = image ? image->file.c_str() : read.device->path.c_str(),
                    .direct = !image,
                    .length = length,
                    .offset = image ? image->start.n : 0});
    asked.push_back(&read);
  }
  run(jobs);
  const auto now = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    HeadRead& read = *asked[i];
    HeadJob& job = jobs[i];
    if (job.result == HeadJob::kPending || job.result == HeadJob::kInterrupted) {
      unresponsive_.insert(read.device->path);
      read.error = job.result == HeadJob::kPending ? does_not_answer(read.device->path)
                                                   : Error(Code::interrupted, read.device->path + ": interrupted.");
      continue;
    }
    if (job.result < 0) {
      read.error = fail_errno("Error reading device " + read.device->path, -job.result).error();
      continue;
    }
    std::size_t length = std::min(static_cast<std::size_t>(job.result), static_cast<std::size_t>(read.length.n));
    // Behind a partition comes its neighbour.
    if (read.device->image) length = std::min<std::size_t>(length, read.device->size.n);
    job.data.resize(length);
    read.data = std::move(job.data);
    answered_[read.device->path] = now;
  }
}

}  // namespace

std::unique_ptr<Io> make_system_io(SystemOptions options, Engines engines) {
  return std::make_unique<SystemIo>(std::move(options), engines);
}

}  // namespace lvm::device
