// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/testing/kernel_drives.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/fd.h"
#include "base/programs.h"
#include "idm/emulator/options.h"
#include "idm/emulator/service.h"
#include "idm/testing/system_harness.h"

namespace lvm::idm::testing {
namespace {

std::string program() {
  const std::string self = own_program().value_or("");
  return self.substr(0, self.rfind('/') + 1) + "idm-drive";
}

// The drives live as long as the harness, and end behind its transport.
class KernelHarness final : public SystemHarness {
 public:
  KernelHarness(std::vector<KernelDrive> drives, const std::vector<DrivePath>& paths)
      : SystemHarness({}, paths), drives_(std::move(drives)) {}
  void wait(Time duration) override {
    for (const KernelDrive& drive : drives_)
      CHECK(drive.set("clock-jump", std::to_string(duration / std::chrono::milliseconds(1))));
  }

 private:
  std::vector<KernelDrive> drives_;
};

}  // namespace

namespace {

std::unique_ptr<DriveHarness> make_harness(const std::string& names, const std::vector<std::string>& options,
                                           std::string& why_not) {
  std::vector<KernelDrive> drives;
  std::vector<DrivePath> paths;
  for (const char* number : {"1", "2"}) {
    auto drive = KernelDrive::start(names + number, options);
    if (!drive) {
      why_not = drive.error().text();
      return nullptr;
    }
    paths.push_back(drive->path());
    drives.push_back(*std::move(drive));
  }
  return std::make_unique<KernelHarness>(std::move(drives), paths);
}

}  // namespace

// With a clock at a thousandth of its speed.
std::unique_ptr<DriveHarness> make_kernel_harness(std::string& why_not) {
  return make_harness("api-scsi-", {"--fault", "clock=-999000"}, why_not);
}

std::unique_ptr<DriveHarness> make_kernel_nvme_harness(std::string& why_not) {
  return make_harness("api-nvme-", {"--nvme", "--fault", "clock=-999000"}, why_not);
}

Result<std::string> idm_drive(const std::vector<std::string>& words) {
  std::string path = program();
  std::vector<char*> arguments = {path.data()};
  std::vector<std::string> copies = words;
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("making a pipe", errno);
  Fd reading(ends[0]), writing(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, writing.get(), 1);
  ::posix_spawn_file_actions_adddup2(&actions, writing.get(), 2);
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, path.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return fail_errno("running " + path, failed);
  writing.reset();
  std::string output;
  char bytes[512];
  for (ssize_t got; (got = ::read(reading.get(), bytes, sizeof bytes)) > 0;)
    output.append(bytes, static_cast<std::size_t>(got));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (status != 0) return fail(Code::io, output);
  return output;
}

Result<KernelDrive> KernelDrive::start(const std::string& name, std::vector<std::string> options) {
  KernelDrive drive;
  drive.file_ = "/tmp/" + name + ".img";
  std::vector<std::string> words = {"start", name, "--backing", drive.file_, "--size", "16M"};
  words.insert(words.end(), options.begin(), options.end());
  TRY(idm_drive(words));
  drive.name_ = name;
  const bool nvme = std::ranges::find(words, "--nvme") != words.end();
  const DriveId id = emulator::default_id(name, nvme ? DriveId::Kind::eui : DriveId::Kind::naa);
  for (const DrivePath& path : TRY(SystemPaths().list()))
    if (path.drive == id) drive.path_ = path;
  if (drive.path_.node.empty()) return fail(Code::not_found, "drive " + name + " runs, but there is no disk of it");
  return drive;
}

KernelDrive::KernelDrive(KernelDrive&& other) noexcept
    : name_(std::exchange(other.name_, {})), file_(std::exchange(other.file_, {})), path_(std::move(other.path_)) {}

KernelDrive::~KernelDrive() {
  if (!name_.empty()) (void)idm_drive({"stop", name_});
  if (!file_.empty()) (void)::unlink(file_.c_str());
}

Result<> KernelDrive::set(const std::string& fault, const std::string& value) const {
  TRY(emulator::tell_drive(name_, "set " + fault + " " + value));
  return {};
}

void KernelDriveFixture::start(const std::string& name, std::vector<std::string> options) {
  auto started = KernelDrive::start(name, std::move(options));
  ASSERT_TRUE(started) << started.error().text();
  drive_.emplace(*std::move(started));
  transport_ = SystemTransport::make().value();
  transport_->set_paths({drive_->path()});
}

void KernelDriveFixture::stop() {
  transport_.reset();
  drive_.reset();
}

Outcome KernelDriveFixture::run(Command what) {
  return ask(*transport_, drive_->path().drive, std::move(what), std::chrono::seconds(120));
}

}  // namespace lvm::idm::testing
