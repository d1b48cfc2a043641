// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/held.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/files.h"

namespace lvm::dm::user {
namespace {

// Records end with a NUL, which no path contains. The first names the boot; one that is cut off does not count.
constexpr char kResumed = '+', kRemoved = '-', kImage = '@';
// More records than this, and four times as many as there are devices and images: the file is written anew.
constexpr std::size_t kManyRecords = 1000;

std::string held_path(const std::string& run_directory) { return run_directory + "/engine.held"; }
std::string lost_path(const std::string& run_directory) { return run_directory + "/engine.lost"; }

std::string boot() {
  SystemFiles files;
  auto id = files.read("/proc/sys/kernel/random/boot_id");
  return id ? id->substr(0, id->find('\n')) : std::string();
}

std::string record(char sign, std::string_view text) {
  std::string out(1, sign);
  out += text;
  out += '\0';
  return out;
}

std::string all_records(const Held& held) {
  std::string out = boot() + '\0';
  for (const std::string& image : held.images) out += record(kImage, image);
  for (const std::string& uuid : held.uuids) out += record(kResumed, uuid);
  return out;
}

// Adds what `text` tells; nothing when it is of another boot.
void replay(std::string_view text, Held& held) {
  bool first = true;
  for (std::size_t end; (end = text.find('\0')) != std::string_view::npos; text.remove_prefix(end + 1)) {
    std::string_view line = text.substr(0, end);
    if (first && line != boot()) return;
    if (!first && line.size() > 1) {
      const std::string rest(line.substr(1));
      if (line[0] == kResumed) held.uuids.insert(rest);
      if (line[0] == kRemoved) held.uuids.erase(rest);
      if (line[0] == kImage) held.images.insert(rest);
    }
    first = false;
  }
}

Result<> replay_file(const std::string& path, Held& held) {
  SystemFiles files;
  auto text = files.read(path);
  if (!text && text.error().code() == Code::not_found) return {};
  if (!text) return std::unexpected(text.error());
  replay(*text, held);
  return {};
}

// From the notes of a daemon that is no more to those of what was lost.
Result<> put_aside(const std::string& run_directory) {
  const std::string from = held_path(run_directory);
  if (::access(from.c_str(), F_OK) != 0) return {};
  Held held;
  TRY(replay_file(lost_path(run_directory), held));
  TRY(replay_file(from, held));
  if (!held.empty()) {
    SystemFiles files;
    TRY(files.replace(lost_path(run_directory), all_records(held), 0600));
  }
  if (::unlink(from.c_str()) != 0 && errno != ENOENT) return fail_errno(from, errno);
  return {};
}

}  // namespace

Result<std::unique_ptr<HeldNotes>> HeldNotes::begin(const std::string& run_directory) {
  TRY(put_aside(run_directory));
  const std::string path = held_path(run_directory);
  Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return fail_errno(path, errno);
  std::unique_ptr<HeldNotes> notes(new HeldNotes(path, std::move(file)));
  std::lock_guard lock(notes->mutex_);
  notes->shorten();
  return notes;
}

void HeldNotes::attached(const std::string& image) {
  std::lock_guard lock(mutex_);
  if (held_.images.insert(image).second) add(kImage, image);
}

void HeldNotes::resumed(std::string_view uuid) {
  std::lock_guard lock(mutex_);
  if (held_.uuids.emplace(uuid).second) add(kResumed, uuid);
}

void HeldNotes::removed(std::string_view uuid) {
  std::lock_guard lock(mutex_);
  auto found = held_.uuids.find(uuid);
  if (found == held_.uuids.end()) return;
  held_.uuids.erase(found);
  add(kRemoved, uuid);
}

void HeldNotes::end() {
  std::lock_guard lock(mutex_);
  ::unlink(path_.c_str());
}

void HeldNotes::add(char sign, std::string_view text) {
  if (++records_ > kManyRecords && records_ > 4 * (held_.uuids.size() + held_.images.size())) return shorten();
  const std::string line = record(sign, text);
  if (::write(file_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()) || failed_) return;
  failed_ = true;
  const std::string told = fmt::format(
      "{}: {}: volumes do not come up again by themselves when this process is killed\n", path_, std::strerror(errno));
  static_cast<void>(!::write(STDERR_FILENO, told.data(), told.size()));
}

void HeldNotes::shorten() {
  SystemFiles files;
  if (!files.replace(path_, all_records(held_), 0600)) return;
  Fd fresh(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
  if (!fresh) return;
  file_ = std::move(fresh);
  records_ = held_.uuids.size() + held_.images.size();
}

Result<std::optional<Fd>> lock_run_directory(const std::string& run_directory) {
  const std::string path = run_directory + "/engine.lock";
  Fd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return fail_errno(path, errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return std::optional<Fd>(std::move(lock));
  if (errno == EWOULDBLOCK) return std::nullopt;
  return fail_errno(path, errno);
}

Result<std::optional<Held>> lost(const std::string& run_directory) {
  if (::access(held_path(run_directory).c_str(), F_OK) == 0) {
    std::optional<Fd> lock = TRY(lock_run_directory(run_directory));
    if (lock) TRY(put_aside(run_directory));
  }
  Held held;
  TRY(replay_file(lost_path(run_directory), held));
  return held.empty() ? std::nullopt : std::optional(std::move(held));
}

void forget_lost(const std::string& run_directory) { ::unlink(lost_path(run_directory).c_str()); }

}  // namespace lvm::dm::user
