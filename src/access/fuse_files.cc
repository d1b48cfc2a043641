// SPDX-License-Identifier: LGPL-2.1-or-later
#include "access/fuse_files.h"

#include <fmt/format.h>

#ifdef LVM_HAVE_FUSE
#define FUSE_USE_VERSION 35
#include <fuse.h>
#include <fuse_lowlevel.h>
#endif
#include <fcntl.h>
#include <linux/falloc.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "access/volume_files.h"
#include "base/files.h"
#include "base/shared_library.h"
#include "dm/user/block.h"

namespace lvm::access {
namespace {

constexpr const char* kInstead =
    "The data of volumes can still be reached with `nbdkit lvm devices=IMAGES lv=VG/LV' while they are not active.";

#ifdef LVM_HAVE_FUSE

// Loaded by those who show volumes as files.
struct Library {
  decltype(&::fuse_new) create;
  decltype(&::fuse_opt_free_args) free_arguments;
  decltype(&::fuse_mount) mount;
  decltype(&::fuse_loop_mt_32) loop;
  decltype(&::fuse_get_context) context;
  decltype(&::fuse_get_session) session;
  decltype(&::fuse_session_exit) exit;
  decltype(&::fuse_unmount) unmount;
  decltype(&::fuse_destroy) destroy;
};

Result<Library> load() {
  SharedLibrary file("libfuse3.so.3");
  Library out{};
  file.find(out.create, "fuse_new");
  file.find(out.free_arguments, "fuse_opt_free_args");
  file.find(out.mount, "fuse_mount");
  file.find(out.loop, "fuse_loop_mt_32");
  file.find(out.context, "fuse_get_context");
  file.find(out.session, "fuse_get_session");
  file.find(out.exit, "fuse_session_exit");
  file.find(out.unmount, "fuse_unmount");
  file.find(out.destroy, "fuse_destroy");
  TRY(file.check("libfuse3", "libfuse3-3", "for that"));
  return out;
}

const Result<Library>& library() {
  static const Result<Library> loaded = load();
  return loaded;
}

// A mount whose daemon was killed: every access to it fails.
void remove_stale_mount(const std::string& directory) {
  struct stat status;
  if (::stat(directory.c_str(), &status) == 0 || errno != ENOTCONN) return;
  if (::umount2(directory.c_str(), MNT_DETACH) == 0) return;
  std::string program = "fusermount3", path = directory;
  std::string unmount = "-u", quietly = "-q", lazily = "-z";
  char* const arguments[] = {program.data(), unmount.data(), quietly.data(), lazily.data(), path.data(), nullptr};
  pid_t child = 0;
  if (::posix_spawnp(&child, "fusermount3", nullptr, nullptr, arguments, environ) == 0) ::waitpid(child, nullptr, 0);
}

int errno_of(const Error& error) {
  switch (error.code()) {
    case Code::not_found: return -ENOENT;
    case Code::permission: return -EROFS;
    case Code::no_space: return -ENOSPC;
    case Code::busy: return -EBUSY;
    case Code::unsupported: return -EOPNOTSUPP;
    default: return -EIO;
  }
}

struct OpenFile {
  std::unique_ptr<dm::user::Block> block;
  bool read_only = false;  // the volume, not this opening of it
};

struct Shared {
  dm::user::UserEngine* engine = nullptr;
  Tell tell;
};
Shared& shared() { return *static_cast<Shared*>(library()->context()->private_data); }
dm::user::UserEngine& engine() { return *shared().engine; }

int io_failed(const Error& error) {
  shared().tell(error.text());
  return errno_of(error);
}
OpenFile& file_of(const fuse_file_info* info) { return *reinterpret_cast<OpenFile*>(info->fh); }
dm::user::Block& block_of(const fuse_file_info* info) { return *file_of(info).block; }

void set_attributes(const Node& node, struct stat& out) {
  std::memset(&out, 0, sizeof out);
  out.st_uid = ::geteuid();
  out.st_gid = ::getegid();
  out.st_mode = node.directory ? S_IFDIR | 0700 : S_IFREG | (node.read_only ? 0400 : 0600);
  out.st_nlink = node.directory ? 2 : 1;
  out.st_size = static_cast<off_t>(node.size.n);
  out.st_blocks = static_cast<blkcnt_t>(node.size.n / 512);
  out.st_blksize = 4096;
}

// Of an open file there is no path (nullpath_ok).
int get_attributes(const char* path, struct stat* out, fuse_file_info* info) {
  if (info != nullptr) {
    const OpenFile& file = file_of(info);
    set_attributes({.size = file.block->size(), .read_only = file.read_only}, *out);
    return 0;
  }
  auto volumes = engine().volumes();
  if (!volumes) return errno_of(volumes.error());
  auto node = find_node(*volumes, path);
  if (!node) return -ENOENT;
  set_attributes(*node, *out);
  return 0;
}

int open_directory(const char* path, fuse_file_info* info) {
  info->fh = reinterpret_cast<std::uint64_t>(new std::string(path));
  return 0;
}

int release_directory(const char*, fuse_file_info* info) {
  delete reinterpret_cast<std::string*>(info->fh);
  return 0;
}

int read_directory(const char*, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info* info, fuse_readdir_flags) {
  const std::string& path = *reinterpret_cast<std::string*>(info->fh);
  auto volumes = engine().volumes();
  if (!volumes) return errno_of(volumes.error());
  auto node = find_node(*volumes, path);
  if (!node || !node->directory) return node ? -ENOTDIR : -ENOENT;
  for (const char* name : {".", ".."}) fill(buffer, name, nullptr, 0, fuse_fill_dir_flags{});
  for (const std::string& name : list_directory(*volumes, path))
    fill(buffer, name.c_str(), nullptr, 0, fuse_fill_dir_flags{});
  return 0;
}

int open_file(const char* path, fuse_file_info* info) {
  auto volumes = engine().volumes();
  if (!volumes) return errno_of(volumes.error());
  auto node = find_node(*volumes, path);
  if (!node || node->directory) return node ? -EISDIR : -ENOENT;
  auto block = engine().open(node->device, (info->flags & O_ACCMODE) != O_RDONLY);
  if (!block) return errno_of(block.error());
  info->fh = reinterpret_cast<std::uint64_t>(new OpenFile{*std::move(block), node->read_only});
  return 0;
}

int release_file(const char*, fuse_file_info* info) {
  delete &file_of(info);
  return 0;
}

// As of a block device: short at the end, and nothing can be written behind it.
int read_file(const char*, char* out, std::size_t length, off_t offset, fuse_file_info* info) {
  dm::user::Block& block = block_of(info);
  auto at = static_cast<std::uint64_t>(offset);
  if (at >= block.size().n) return 0;
  length = std::min<std::size_t>(length, block.size().n - at);
  auto done = block.read(Bytes(at), std::as_writable_bytes(std::span(out, length)));
  return done ? static_cast<int>(length) : io_failed(done.error());
}

int write_file(const char*, const char* data, std::size_t length, off_t offset, fuse_file_info* info) {
  dm::user::Block& block = block_of(info);
  auto at = static_cast<std::uint64_t>(offset);
  if (at >= block.size().n) return -ENOSPC;
  length = std::min<std::size_t>(length, block.size().n - at);
  auto done = block.write(Bytes(at), std::as_bytes(std::span(data, length)));
  return done ? static_cast<int>(length) : io_failed(done.error());
}

int flush_file(const char*, int, fuse_file_info* info) {
  auto done = block_of(info).flush();
  return done ? 0 : io_failed(done.error());
}

int allocate(const char*, int mode, off_t offset, off_t length, fuse_file_info* info) {
  dm::user::Block& block = block_of(info);
  Bytes at(static_cast<std::uint64_t>(offset)), count(static_cast<std::uint64_t>(length));
  if (at > block.size() || count > block.size() - at) return -ENOSPC;
  if ((mode & ~FALLOC_FL_KEEP_SIZE) == 0) return 0;  // all of a volume is there
  // Of a hole in a file zeros are read, which a discard does not promise.
  if ((mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) == 0) return -EOPNOTSUPP;
  auto done = block.zero(at, count);
  return done ? 0 : io_failed(done.error());
}

// A volume has the size it has: programs that "truncate" to just that are let through.
int truncate_file(const char* path, off_t size, fuse_file_info* info) {
  struct stat status;
  int found = get_attributes(path, &status, info);
  if (found != 0) return found;
  return status.st_size == size ? 0 : -EPERM;
}

int set_times(const char*, const timespec*, fuse_file_info*) { return 0; }

void* initialise(fuse_conn_info* connection, fuse_config* config) {
  connection->max_write = 1 << 20;
  connection->max_readahead = 1 << 20;
  connection->max_background = 64;
  connection->want |= connection->capable & (FUSE_CAP_ASYNC_DIO | FUSE_CAP_ASYNC_READ | FUSE_CAP_PARALLEL_DIROPS);
  // Asks for the attributes before each read. A new size is seen without: by stat(), and by reads behind the old end.
  connection->want &= ~static_cast<unsigned>(FUSE_CAP_AUTO_INVAL_DATA);
  // Volumes come, go and grow.
  config->attr_timeout = 0;
  config->entry_timeout = 0;
  config->negative_timeout = 0;
  // An open file needs no path: finding it takes locks on each request.
  config->nullpath_ok = 1;
  return library()->context()->private_data;
}

fuse_operations operations() {
  fuse_operations out{};
  out.init = initialise;
  out.getattr = get_attributes;
  out.opendir = open_directory;
  out.readdir = read_directory;
  out.releasedir = release_directory;
  out.open = open_file;
  out.release = release_file;
  out.read = read_file;
  out.write = write_file;
  out.fsync = flush_file;
  out.fallocate = allocate;
  out.truncate = truncate_file;
  out.utimens = set_times;
  return out;
}

class FuseFiles final : public dm::user::FrontEnd {
 public:
  FuseFiles(std::string directory, Tell tell)
      : directory_(std::move(directory)), shared_{.engine = nullptr, .tell = std::move(tell)} {}
  ~FuseFiles() override { stop(); }

  Result<> start(dm::user::UserEngine& engine) override {
    if (!library())
      return fail(library().error().code(), fmt::format("{}: volumes cannot be shown as files: {} {}", directory_,
                                                        library().error().message(), kInstead));
    remove_stale_mount(directory_);
    shared_.engine = &engine;
    SystemFiles files;
    TRY(files.make_directories(directory_, 0700));
    std::string program = "lvm", option = "-o", value = "fsname=lvm,subtype=lvm,default_permissions";
    char* words[] = {program.data(), option.data(), value.data(), nullptr};
    fuse_args arguments = FUSE_ARGS_INIT(3, words);
    static const fuse_operations kOperations = operations();
    fuse_ = library()->create(&arguments, &kOperations, sizeof kOperations, &shared_);
    library()->free_arguments(&arguments);
    if (fuse_ == nullptr) return fail(Code::io, fmt::format("{}: FUSE cannot be set up. {}", directory_, kInstead));
    if (library()->mount(fuse_, directory_.c_str()) != 0) {
      library()->destroy(std::exchange(fuse_, nullptr));
      return fail(Code::unsupported,
                  fmt::format("{}: volumes cannot be shown as files: mounting by FUSE failed (is fusermount3, package "
                              "fuse3, there, and /dev/fuse?). {}",
                              directory_, kInstead));
    }
    thread_ = std::thread([this] {
      fuse_loop_config config{};
      config.max_idle_threads = 10;
      library()->loop(fuse_, &config);
    });
    return {};
  }

  void stop() override {
    if (fuse_ == nullptr) return;
    library()->exit(library()->session(fuse_));
    // Unmounting ends the reads that the threads wait in.
    library()->unmount(fuse_);
    thread_.join();
    library()->destroy(std::exchange(fuse_, nullptr));
  }

 private:
  std::string directory_;
  Shared shared_;
  struct fuse* fuse_ = nullptr;
  std::thread thread_;
};

constexpr bool kBuiltIn = true;

#else

constexpr bool kBuiltIn = false;

class FuseFiles final : public dm::user::FrontEnd {
 public:
  FuseFiles(std::string directory, Tell) : directory_(std::move(directory)) {}
  Result<> start(dm::user::UserEngine&) override {
    return fail(Code::unsupported,
                fmt::format("{}: volumes cannot be shown as files: this program was built without libfuse3. {}",
                            directory_, kInstead));
  }
  void stop() override {}

 private:
  std::string directory_;
};

#endif

}  // namespace

bool fuse_built_in() { return kBuiltIn; }

std::unique_ptr<dm::user::FrontEnd> make_fuse_files(std::string directory, Tell tell) {
  return std::make_unique<FuseFiles>(std::move(directory), std::move(tell));
}

}  // namespace lvm::access
