// SPDX-License-Identifier: LGPL-2.1-or-later
// nbdkit-lvm-plugin: exports volumes on image files, without root, kernel or daemon.
//
//   nbdkit lvm devices=a.img,b.img lv=vg/root     one volume
//   nbdkit lvm devices=a.img                      each volume under its name: nbd://localhost/vg/root
#define NBDKIT_API_VERSION 2
#include <nbdkit-plugin.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "dm/user/nbd/connection.h"
#include "nbdkit/volume_set.h"

namespace {

using lvm::nbdkit::VolumeSet;

struct Settings {
  std::vector<std::string> devices;  // absolute: nbdkit goes to / when it becomes a daemon
  std::string lv;
  bool read_only = false;
};
Settings settings;
std::unique_ptr<VolumeSet> volumes;

struct Connection {
  std::unique_ptr<lvm::dm::user::Block> block;
};
lvm::dm::user::Block& block_of(void* handle) { return *static_cast<Connection*>(handle)->block; }

int errno_of(lvm::Code code) {
  switch (code) {
    case lvm::Code::no_space: return ENOSPC;
    case lvm::Code::permission: return EPERM;
    case lvm::Code::busy: return EBUSY;
    default: return EIO;
  }
}

int result(const lvm::Result<>& done) {
  if (done) return 0;
  nbdkit_error("%s", done.error().text().c_str());
  nbdkit_set_error(errno_of(done.error().code()));
  return -1;
}

// nbdkit is C: nothing may be thrown through it.
template <class Work>
auto guarded(decltype(std::declval<Work>()()) failure, Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::exception& exception) {
    nbdkit_error("%s", exception.what());
    return failure;
  }
}

int add_devices(std::string_view list) {
  while (!list.empty()) {
    std::size_t end = std::min(list.find(','), list.size());
    if (end > 0) {
      std::string name(list.substr(0, end));
      // Those get their absolute form here too: this is before the fork.
      const bool uri = lvm::dm::user::is_nbd_uri(name);
      char* path = uri ? nullptr : nbdkit_absolute_path(name.c_str());
      if (!uri && path == nullptr) return -1;
      settings.devices.push_back(uri ? lvm::dm::user::absolute_nbd_uri(std::move(name)) : std::string(path));
      std::free(path);
    }
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return 0;
}

int configure(const char* key, const char* value) {
  return guarded(-1, [&] {
    std::string_view name = key;
    if (name == "devices") return add_devices(value);
    if (name == "lv") {
      settings.lv = value;
      return 0;
    }
    nbdkit_error("unknown parameter \"%s\": devices=IMAGE,... and lv=VG/LV are known", key);
    return -1;
  });
}

int check_configuration() {
  if (!settings.devices.empty()) return 0;
  nbdkit_error("devices=IMAGE,... is needed: image files that are physical volumes");
  return -1;
}

// Behind the fork: the engine has threads.
int start() {
  return guarded(-1, [] {
    auto opened = VolumeSet::open(settings.devices, settings.read_only);
    if (!opened) {
      nbdkit_error("%s", opened.error().text().c_str());
      return -1;
    }
    volumes = *std::move(opened);
    return 0;
  });
}

void* open_connection(int read_only) {
  return guarded(static_cast<void*>(nullptr), [&]() -> void* {
    const char* exported = nbdkit_export_name();
    std::string name = !settings.lv.empty() ? settings.lv : exported != nullptr ? exported : "";
    if (name.empty()) {
      auto all = volumes->names();
      if (all.size() == 1) name = all.front();
    }
    if (name.empty()) {
      nbdkit_error("no volume is named: use lv=VG/LV, or the export name VG/LV");
      return nullptr;
    }
    auto block = volumes->open_volume(name, read_only == 0);
    if (!block) {
      nbdkit_error("%s", block.error().text().c_str());
      return nullptr;
    }
    return new Connection{*std::move(block)};
  });
}

int list_exports(int, int, nbdkit_exports* exports) {
  return guarded(-1, [&] {
    if (!settings.lv.empty()) return nbdkit_add_export(exports, settings.lv.c_str(), nullptr);
    for (const std::string& name : volumes->names())
      if (nbdkit_add_export(exports, name.c_str(), nullptr) != 0) return -1;
    return 0;
  });
}

int read_data(void* handle, void* out, std::uint32_t count, std::uint64_t offset, std::uint32_t) {
  return guarded(-1, [&] {
    return result(block_of(handle).read(lvm::Bytes(offset), std::span(static_cast<std::byte*>(out), count)));
  });
}

int write_data(void* handle, const void* data, std::uint32_t count, std::uint64_t offset, std::uint32_t flags) {
  return guarded(-1, [&] {
    return result(block_of(handle).write(lvm::Bytes(offset), std::span(static_cast<const std::byte*>(data), count),
                                         (flags & NBDKIT_FLAG_FUA) != 0));
  });
}

int zero_data(void* handle, std::uint32_t count, std::uint64_t offset, std::uint32_t flags) {
  return guarded(-1, [&] {
    return result(block_of(handle).zero(lvm::Bytes(offset), lvm::Bytes(count), (flags & NBDKIT_FLAG_FUA) != 0));
  });
}

int trim_data(void* handle, std::uint32_t count, std::uint64_t offset, std::uint32_t flags) {
  return guarded(-1, [&] {
    auto& block = block_of(handle);
    if (result(block.discard(lvm::Bytes(offset), lvm::Bytes(count))) != 0) return -1;
    return (flags & NBDKIT_FLAG_FUA) != 0 ? result(block.flush()) : 0;
  });
}

int flush_data(void* handle, std::uint32_t) {
  return guarded(-1, [&] { return result(block_of(handle).flush()); });
}

nbdkit_plugin make_plugin() {
  nbdkit_plugin out{};
  out.name = "lvm";
  out.longname = "logical volumes on image files";
  out.description = "Exports volumes of lvm without root, kernel driver or daemon.";
  out.config = configure;
  out.config_complete = check_configuration;
  out.config_help =
      "devices=IMAGE[@PARTITION],...  image files or NBD URIs that are physical volumes (required)\n"
      "lv=VG/LV                       the volume; without it, the export name says which";
  out.after_fork = start;
  out.unload = [] { volumes.reset(); };
  out.list_exports = list_exports;
  out.open = open_connection;
  out.close = [](void* handle) { delete static_cast<Connection*>(handle); };
  out.get_size = [](void* handle) { return static_cast<std::int64_t>(block_of(handle).size().n); };
  out.can_write = [](void* handle) { return block_of(handle).read_only() ? 0 : 1; };
  out.can_multi_conn = [](void*) { return 1; };
  out.can_fua = [](void*) { return NBDKIT_FUA_NATIVE; };
  out.can_trim = [](void*) { return 1; };
  out.can_zero = [](void*) { return 1; };
  out.can_flush = [](void*) { return 1; };
  out.pread = read_data;
  out.pwrite = write_data;
  out.zero = zero_data;
  out.trim = trim_data;
  out.flush = flush_data;
  return out;
}

nbdkit_plugin plugin = make_plugin();

}  // namespace

#define THREAD_MODEL NBDKIT_THREAD_MODEL_PARALLEL
NBDKIT_REGISTER_PLUGIN(plugin)
