// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Guests' kernels have no vdo target. This library stands between a program and the kernel (LD_PRELOAD): it says that
// the target is there, loads linear targets in its place, and gives the parameters and a status back when they are
// asked for. Both programs of a comparison run with it, and so does the harness that reads the tables. What it cannot
// show is what VDO does with data.
#include <dlfcn.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr const char* kFolder = "/run/vdo";
constexpr std::uint32_t kVersion[3] = {6, 2, 8};
constexpr std::uint64_t kSectorsInBlock = 8;

struct Target {
  std::uint64_t start, length;
  std::string type, parameters;
};

using Call = int (*)(int, unsigned long, void*);
int kernel(int fd, unsigned long request, void* argument) {
  static const auto call = reinterpret_cast<Call>(dlsym(RTLD_NEXT, "ioctl"));
  return call(fd, request, argument);
}

char* data_of(dm_ioctl& header) { return reinterpret_cast<char*>(&header) + header.data_start; }

std::uint64_t aligned(std::uint64_t size) { return (size + 7) / 8 * 8; }

// Parameters of the table that was loaded last into a device.
std::string file_of(const std::string& uuid) { return std::string(kFolder) + "/" + uuid; }

// The kernel's word about the device that is named in one way or another.
dm_ioctl device(const dm_ioctl& header) {
  dm_ioctl question{};
  std::copy(std::begin(header.version), std::end(header.version), question.version);
  question.data_size = question.data_start = sizeof(question);
  std::memcpy(question.name, header.name, sizeof(question.name));
  if (header.name[0] == '\0') std::memcpy(question.uuid, header.uuid, sizeof(question.uuid));
  if (header.name[0] == '\0' && header.uuid[0] == '\0') question.dev = header.dev;
  FILE* control = std::fopen("/dev/mapper/control", "r+");
  if (control == nullptr) return {};
  const int status = kernel(fileno(control), DM_DEV_STATUS, &question);
  std::fclose(control);
  return status == 0 ? question : dm_ioctl{};
}
std::string uuid_of(const dm_ioctl& header) { return device(header).uuid; }

// What messages have switched off, a word each.
std::string switch_of(const std::string& uuid, const char* what) {
  std::string state;
  std::ifstream(std::string(kFolder) + ".state/" + uuid + what) >> state;
  return state.empty() ? "online" : state;
}
void set_switch(const std::string& uuid, const char* what, const char* state) {
  mkdir((std::string(kFolder) + ".state").c_str(), 0755);
  std::ofstream(std::string(kFolder) + ".state/" + uuid + what) << state;
}

std::optional<Target> stored(const std::string& uuid) {
  std::ifstream file(file_of(uuid));
  Target out;
  if (!(file >> out.start >> out.length >> out.type)) return std::nullopt;
  std::getline(file >> std::ws, out.parameters);
  return out;
}

// "V2 DATA BLOCKS ...": the data device, then the same again up to the virtual size, but for its head, which says that
// it is a VDO. A zero target would be simpler, but does not discard, as VDO does.
std::vector<Target> replacement(const Target& vdo) {
  constexpr std::uint64_t kHead = 2048;
  std::istringstream words(vdo.parameters);
  std::string version, data;
  std::uint64_t blocks = 0;
  words >> version >> data >> blocks;
  const std::uint64_t there = blocks * kSectorsInBlock;
  std::vector<Target> out;
  for (std::uint64_t at = 0, head = 0; at < vdo.length; head = kHead) {
    const std::uint64_t part = std::min(vdo.length - at, there - head);
    out.push_back({vdo.start + at, part, "linear", data + " " + std::to_string(head)});
    at += part;
  }
  return out;
}

std::vector<Target> targets_to_load(dm_ioctl& header) {
  std::vector<Target> out;
  const char* at = data_of(header);
  for (std::uint32_t i = 0; i < header.target_count; ++i) {
    dm_target_spec spec;
    std::memcpy(&spec, at, sizeof(spec));
    out.push_back({spec.sector_start, spec.length, spec.target_type, at + sizeof(spec)});
    at += spec.next;
  }
  return out;
}

int load(int fd, unsigned long request, dm_ioctl& header) {
  const std::vector<Target> asked = targets_to_load(header);
  const std::string file = file_of(uuid_of(header));
  if (std::none_of(asked.begin(), asked.end(), [](const Target& target) { return target.type == "vdo"; })) {
    std::remove(file.c_str());
    return kernel(fd, request, &header);
  }
  std::vector<char> buffer(sizeof(dm_ioctl));
  std::uint32_t count = 0;
  mkdir(kFolder, 0755);
  for (const Target& target : asked) {
    std::ofstream(file) << target.start << ' ' << target.length << ' ' << target.type << ' ' << target.parameters;
    for (const Target& part : target.type == "vdo" ? replacement(target) : std::vector<Target>{target}) {
      dm_target_spec spec{};
      spec.sector_start = part.start;
      spec.length = part.length;
      std::strncpy(spec.target_type, part.type.c_str(), sizeof(spec.target_type) - 1);
      spec.next = static_cast<std::uint32_t>(aligned(sizeof(spec) + part.parameters.size() + 1));
      const std::size_t begin = buffer.size();
      buffer.resize(begin + spec.next);
      std::memcpy(buffer.data() + begin, &spec, sizeof(spec));
      std::memcpy(buffer.data() + begin + sizeof(spec), part.parameters.c_str(), part.parameters.size() + 1);
      ++count;
    }
  }
  dm_ioctl changed = header;
  changed.data_start = sizeof(dm_ioctl);
  changed.data_size = static_cast<std::uint32_t>(buffer.size());
  changed.target_count = count;
  std::memcpy(buffer.data(), &changed, sizeof(changed));
  const int status = kernel(fd, request, buffer.data());
  if (status != 0) return status;
  std::memcpy(&changed, buffer.data(), sizeof(changed));
  header.flags = changed.flags;
  header.dev = changed.dev;
  header.open_count = changed.open_count;
  header.event_nr = changed.event_nr;
  return status;
}

// The one target that was asked for, in the place of what the kernel has.
int show(int fd, unsigned long request, dm_ioctl& header) {
  const bool table = (header.flags & DM_STATUS_TABLE_FLAG) != 0;
  const std::uint32_t room = header.data_size;
  const int status = kernel(fd, request, &header);
  if (status != 0 || header.target_count == 0) return status;
  const std::string uuid = uuid_of(header);
  const std::optional<Target> vdo = stored(uuid);
  if (!vdo) return status;
  std::istringstream words(vdo->parameters);
  std::string version, data, blocks;
  words >> version >> data >> blocks;
  const std::string text = table ? vdo->parameters
                                 : data + " normal - " + switch_of(uuid, ".index") + " " +
                                       switch_of(uuid, ".compression") + " 1024 " + blocks;
  dm_target_spec spec{};
  spec.sector_start = vdo->start;
  spec.length = vdo->length;
  std::strncpy(spec.target_type, "vdo", sizeof(spec.target_type) - 1);
  spec.next = static_cast<std::uint32_t>(aligned(sizeof(spec) + text.size() + 1));
  if (header.data_start + spec.next > room) {
    header.flags |= DM_BUFFER_FULL_FLAG;
    return 0;
  }
  std::memcpy(data_of(header), &spec, sizeof(spec));
  std::memcpy(data_of(header) + sizeof(spec), text.c_str(), text.size() + 1);
  // The kernel's own may not have fitted.
  header.flags &= ~static_cast<std::uint32_t>(DM_BUFFER_FULL_FLAG);
  header.target_count = 1;
  header.data_size = header.data_start + spec.next;
  return 0;
}

// Adds the target to the kernel's list.
int list(int fd, unsigned long request, dm_ioctl& header) {
  const std::uint32_t room = header.data_size;
  const int status = kernel(fd, request, &header);
  if (status != 0 || (header.flags & DM_BUFFER_FULL_FLAG) != 0) return status;
  char* at = data_of(header);
  dm_target_versions entry;
  std::memcpy(&entry, at, sizeof(entry));
  while (entry.next != 0) {
    at += entry.next;
    std::memcpy(&entry, at, sizeof(entry));
  }
  const std::size_t step = aligned(sizeof(entry) + std::strlen(at + sizeof(entry)) + 1);
  const std::size_t begin = static_cast<std::size_t>(at - reinterpret_cast<char*>(&header)) + step;
  if (begin + sizeof(entry) + sizeof("vdo") > room) {
    header.flags |= DM_BUFFER_FULL_FLAG;
    return 0;
  }
  entry.next = static_cast<std::uint32_t>(step);
  std::memcpy(at, &entry, sizeof(entry));
  dm_target_versions added{};
  std::copy(std::begin(kVersion), std::end(kVersion), added.version);
  std::memcpy(at + step, &added, sizeof(added));
  std::memcpy(at + step + sizeof(added), "vdo", sizeof("vdo"));
  header.data_size = static_cast<std::uint32_t>(begin + sizeof(added) + aligned(sizeof("vdo")));
  return 0;
}

int message(int fd, unsigned long request, dm_ioctl& header) {
  const std::string uuid = uuid_of(header);
  if (!stored(uuid)) return kernel(fd, request, &header);
  const std::string text = data_of(header) + sizeof(dm_target_msg);
  if (text.starts_with("compression")) set_switch(uuid, ".compression", text.ends_with("off") ? "offline" : "online");
  if (text.starts_with("index")) set_switch(uuid, ".index", text.ends_with("disable") ? "offline" : "online");
  std::ofstream(file_of("messages"), std::ios::app) << device(header).name << ' ' << text << '\n';
  return 0;
}

int remove(int fd, unsigned long request, dm_ioctl& header) {
  const std::string uuid = uuid_of(header);
  const int status = kernel(fd, request, &header);
  if (status == 0) std::remove(file_of(uuid).c_str());
  if (status == 0 && uuid.ends_with("-vpool")) {
    set_switch(uuid, ".compression", "online");
    set_switch(uuid, ".index", "online");
  }
  return status;
}

int version(int fd, unsigned long request, dm_ioctl& header) {
  if (std::strcmp(header.name, "vdo") != 0) return kernel(fd, request, &header);
  dm_target_versions entry{};
  std::copy(std::begin(kVersion), std::end(kVersion), entry.version);
  std::memcpy(data_of(header), &entry, sizeof(entry));
  std::memcpy(data_of(header) + sizeof(entry), "vdo", sizeof("vdo"));
  return 0;
}

}  // namespace

extern "C" int ioctl(int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  if (_IOC_TYPE(request) != DM_IOCTL) return kernel(fd, request, argument);
  auto& header = *static_cast<dm_ioctl*>(argument);
  switch (_IOC_NR(request)) {
    case DM_TABLE_LOAD_CMD: return load(fd, request, header);
    case DM_TABLE_STATUS_CMD: return show(fd, request, header);
    case DM_DEV_REMOVE_CMD: return remove(fd, request, header);
    case DM_LIST_VERSIONS_CMD: return list(fd, request, header);
    case DM_GET_TARGET_VERSION_CMD: return version(fd, request, header);
    case DM_TARGET_MSG_CMD: return message(fd, request, header);
    default: return kernel(fd, request, argument);
  }
}
