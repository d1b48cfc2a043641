// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/managers/idm/idm_manager.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "base/files.h"
#include "lockd/managers/idm/line_client.h"
#include "lockd/words.h"

namespace lvm::lockd {
namespace {

using lockd::idm::LineClient;
using lockd::idm::LineReply;

std::string_view mode_word(Mode mode) { return mode == Mode::exclusive ? "exclusive" : "shared"; }

std::string list_of(const std::vector<std::string>& drives) {
  std::string out;
  for (const std::string& drive : drives) out += (out.empty() ? "" : ",") + (drive.empty() ? "-" : drive);
  return out;
}

// The reverse of list_of().
std::vector<std::string> drives_of_list(std::string_view list) {
  const std::vector<std::string_view> words = words_of(list, ',');
  return {words.begin(), words.end()};
}

// Disks that carry a partition by this name decide on the global lock.
std::vector<std::string> global_drives() {
  constexpr std::string_view kName = "PARTNAME=propeller\n";
  SystemFiles files;
  std::vector<std::string> out;
  auto disks = files.list("/sys/block");
  if (!disks) return out;
  for (const std::string& disk : *disks) {
    auto parts = files.list("/sys/block/" + disk);
    if (!parts) continue;
    for (const std::string& part : *parts) {
      if (!part.starts_with(disk)) continue;
      auto uevent = files.read("/sys/block/" + disk + "/" + part + "/uevent");
      if (!uevent || uevent->find(kName) == std::string::npos) continue;
      out.push_back("/dev/" + disk);
      break;
    }
  }
  return out;
}

int map_error(const std::string& code) {
  if (code == "contended") return -EAGAIN;
  if (code == "io" || code == "too_few_drives" || code == "table_full" || code == "not_found" || code == "expired")
    return -error::lock_io;
  if (code == "fenced") return -error::vg_killed;
  if (code == "invalid") return -EINVAL;
  return -error::lock_manager;
}

// A lockspace is a space of idmlockd: one connection. When the daemon starts anew it keeps the locks for whoever asks
// again for them.
class IdmSpace final : public ManagedLockspace {
 public:
  // `owed`: what lockspaces of this name could not unlock.
  IdmSpace(LockspaceSpec spec, idm::Connect connect, std::string program_folder, std::set<std::string>& owed)
      : spec_(std::move(spec)), connect_(std::move(connect)), program_folder_(std::move(program_folder)), owed_(owed) {}

  JoinResult join(const JoinOptions&) override {
    if (spec_.vg_name.empty() && spec_.drives.empty()) spec_.drives = global_drives();
    auto connected = connect();
    return {.result = connected ? 0 : -error::manager};
  }

  // Closing gives every lock of the connection back; dropping it keeps them as orphans, which nobody can use either.
  // What the lock manager keeps of a former connection goes as well, now or when it is there again.
  int leave(bool) override {
    std::set<std::string> attached;
    for (const auto& [id, held] : held_) (client_ && held.attached ? attached : owed_).insert(id);
    held_.clear();
    const bool closed = client_ && take_back() && client_->ask("close");
    client_.reset();
    if (closed) return 0;
    // The lock manager ended meanwhile; the next one has them from its predecessor.
    owed_.merge(attached);
    const auto again = ask("close");
    client_.reset();
    return again || owed_.empty() ? 0 : -error::manager;
  }

  LockResult lock(const ResourceId& resource, Mode mode, const LockOptions& options) override {
    const std::string id = id_of(resource);
    Held wanted{mode, drives_of(resource), {}, spec_.generation};
    if (options.adopt_only) {
      auto found = left_behind(id);
      if (!found) return {.result = found.error()};
      auto& left = *found;
      if (!left) return {.result = -error::adopt_none};
      if (left->mode != mode) return {.result = -error::adopt_retry};
      // Whoever adopts for a former daemon does not know its drives.
      if (wanted.drives.empty()) wanted = std::move(*left);
    }
    if (wanted.drives.empty()) return {.result = -error::device_open};
    auto reply = ask(lock_line(id, wanted));
    if (reply && only_given_back(*reply)) reply = ask(fmt::format("{} wait={}", lock_line(id, wanted), kReturnWait));
    if (!reply) return unanswered(id);
    LockResult out = result_of(*reply, resource.kind);
    known_[id] = wanted.drives;
    if (out.result != 0) return out;
    held_[id] = std::move(wanted);
    if (resource.kind != ResourceKind::lv) out.value = read_value(id);
    return out;
  }

  // A new value is stored when the lock is given back.
  LockResult convert(const ResourceId& resource, Mode, Mode to, const std::optional<Value>& value) override {
    const std::string id = id_of(resource);
    write_value(id, value);
    auto reply = ask(fmt::format("convert id={} mode={}", id, mode_word(to)));
    if (!reply) {
      // Perhaps it went through: more than a sharer we are not.
      if (auto held = held_.find(id); held != held_.end()) held->second.mode = Mode::shared;
      return {.result = -error::manager};
    }
    LockResult out = result_of(*reply, resource.kind);
    if (out.result == 0) held_[id].mode = to;
    return out;
  }

  int unlock(const ResourceId& resource, Mode, const std::optional<Value>& value) override {
    const std::string id = id_of(resource);
    write_value(id, value);
    auto reply = ask("unlock id=" + id);
    held_.erase(id);
    if (!reply) return unanswered(id).result;
    return reply->ok || reply->code == "not_held" ? 0 : map_error(reply->code);
  }

  // Hosts that hold a lock of the VG that this host knows of. Drives have no members, only holders.
  HostCount hosts() override {
    HostCount out;
    std::map<std::string, std::vector<std::string>> asked = known_;
    if (!spec_.vg_name.empty()) asked[idm::lock_id(spec_.vg_uuid, {})] = spec_.drives;
    for (const auto& [id, drives] : asked) {
      auto reply = ask(fmt::format("holders id={} drives={}", id, list_of(drives)));
      if (!reply) return {.result = -error::manager};
      if (!reply->ok) continue;
      int others = 0;
      for (const LineReply::Line& line : reply->lines)
        if (line.kind == "holder" && !held_.contains(id) && word_of(line, "given_back") != "1") ++others;
      out.others = std::max(out.others, others);
    }
    return out;
  }

  void set_drives(const std::vector<std::string>& drives) override { spec_.drives = drives; }

  LockResult place(const ResourceId& resource, const std::vector<std::string>& drives, std::uint64_t generation,
                   bool joint) override {
    const std::string id = id_of(resource);
    const bool of_vg = resource.kind == ResourceKind::vg;
    LockResult out{.result = 1};
    if (auto found = held_.find(id); found != held_.end()) {
      Held wanted = found->second;
      const bool follows = !joint && wanted.next.empty();
      if (joint) {
        wanted.next = drives;
      } else {
        if (follows && same_drives(wanted.drives, drives)) return {};
        wanted = {wanted.mode, drives, {}, generation, wanted.attached};
      }
      auto reply = ask(fmt::format("place id={} {} wait={}", id, placement_words(wanted), kPlaceWait));
      if (!reply) return {.result = -error::manager};
      if (!reply->ok) return {.result = map_error(reply->code)};
      held_[id] = wanted;
      known_[id] = drives;
      if (follows && of_vg) out.value = read_value(id);
    }
    if (joint || !of_vg) return out;
    spec_.drives = drives;
    spec_.generation = generation;
    return out;
  }

  void forget_left() override {
    auto reply = ask("state");
    if (!reply || !reply->ok) return;
    for (const LineReply::Line& line : reply->lines)
      if (is_held(line) && word_of(line, "orphan") == "1" && word_of(line, "name") == spec_.name &&
          !held_.contains(word_of(line, "id")))
        (void)ask("unlock id=" + word_of(line, "id"));
  }

 private:
  static constexpr int kPlaceWait = 2000, kReturnWait = 5000;  // milliseconds

  // The lock manager ended before it said what became of the request. The next one may have the lock from its
  // predecessor; here it is none.
  LockResult unanswered(const std::string& id) {
    owed_.insert(id);
    return {.result = -error::manager};
  }

  struct Held {
    Mode mode = Mode::unlocked;
    std::vector<std::string> drives, next;  // both decide while the drives change
    std::uint64_t generation = 0;           // of the VG
    bool attached = true;                   // this life of the lock manager knows that we hold it
  };

  std::string id_of(const ResourceId& resource) const {
    if (resource.kind == ResourceKind::global) return idm::lock_id({}, {});
    return idm::lock_id(spec_.vg_uuid, resource.kind == ResourceKind::lv ? resource.name : std::string());
  }
  std::vector<std::string> drives_of(const ResourceId& resource) const {
    return resource.kind == ResourceKind::lv && !resource.drives.empty() ? resource.drives : spec_.drives;
  }
  static std::string placement_words(const Held& wanted) {
    std::string out = fmt::format("drives={} generation={}", list_of(wanted.drives), wanted.generation);
    if (!wanted.next.empty()) out += " next=" + list_of(wanted.next);
    return out;
  }
  static std::string lock_line(const std::string& id, const Held& wanted) {
    return fmt::format("lock id={} mode={} {}", id, mode_word(wanted.mode), placement_words(wanted));
  }
  // Each is a vote, whatever its place in the list.
  static bool same_drives(std::vector<std::string> one, std::vector<std::string> other) {
    std::ranges::sort(one);
    std::ranges::sort(other);
    return one == other;
  }

  void write_value(const std::string& id, const std::optional<Value>& value) {
    if (value) (void)ask(fmt::format("write id={} value={}", id, idm::value_text(*value)));
  }
  // Unknown is none: who remembers something forgets it.
  std::optional<Value> read_value(const std::string& id) {
    auto reply = ask("read id=" + id);
    if (!reply || !reply->ok) return std::nullopt;
    auto found = reply->head.find("value");
    return found == reply->head.end() ? std::nullopt : idm::parse_value(found->second);
  }

  Result<> connect() {
    LineClient client = TRY(LineClient::open(connect_));
    std::string line = "open name=" + spec_.name;
    if (!spec_.vg_name.empty())
      line += fmt::format(" path={}/lvmlockctl args=--kill={}", program_folder_, spec_.vg_name);
    TRY(client.ask(line));
    client_ = std::move(client);
    return {};
  }

  // A daemon that was started anew is asked for what we held first.
  Result<LineReply> ask(const std::string& line) {
    if (client_ && take_back()) {
      if (auto reply = client_->ask(line)) return reply;
      client_.reset();
    }
    TRY(connect());
    for (auto& [id, held] : held_) held.attached = false;
    if (!take_back()) return fail(Code::io, "idmlockd closed the connection");
    return client_->ask(line);
  }

  // What it still asks the drives for is asked for again, the next time; what it has lost is not ours any more. False:
  // the connection is gone.
  bool take_back() {
    while (!owed_.empty()) {
      if (!client_->ask("unlock id=" + *owed_.begin())) return false;
      owed_.erase(owed_.begin());
    }
    if (std::ranges::all_of(held_, [](const auto& each) { return each.second.attached; })) return true;
    auto state = client_->ask("state");
    if (!state) return false;
    for (auto held = held_.begin(); held != held_.end();) {
      auto here = held++;
      if (here->second.attached) continue;
      const bool there = std::ranges::any_of(state->lines, [&](const LineReply::Line& line) {
        return is_held(line) && word_of(line, "id") == here->first;
      });
      // It would get it as something new: another host may have had it in between.
      if (!there) {
        held_.erase(here);
        continue;
      }
      auto again = client_->ask(lock_line(here->first, here->second));
      if (!again) return false;
      here->second.attached = again->ok;
      if (!again->ok && again->code != "contended") held_.erase(here);
    }
    return true;
  }

  // Others are locks that are being given back: one may stand beside the lock that was taken after it.
  static bool is_held(const LineReply::Line& line) {
    const std::string state = word_of(line, "state");
    return line.kind == "lock" && (state == "held" || state == "adopting" || state == "lost");
  }
  static std::string word_of(const LineReply::Line& line, std::string_view key) {
    auto found = line.words.find(key);
    return found == line.words.end() ? std::string() : found->second;
  }

  // Nobody has it, but a drive that did not answer still has this host's former record.
  static bool only_given_back(const LineReply& reply) {
    const auto holder = std::ranges::find(reply.lines, "holder", &LineReply::Line::kind);
    return reply.code == "contended" && holder != reply.lines.end() && word_of(*holder, "given_back") == "1";
  }
  static LockResult result_of(const LineReply& reply, ResourceKind kind) {
    if (reply.ok) return {};
    if (only_given_back(reply)) return {.result = -error::lock_io};
    LockResult out{.result = map_error(reply.code)};
    out.retry = out.result == -EAGAIN && kind != ResourceKind::lv;  // an LV is held for as long as it is active
    for (const LineReply::Line& line : reply.lines) {
      if (line.kind != "holder") continue;
      auto name = line.words.find("name");
      out.owner = Owner{0, 0, 0, "LIVE", name == line.words.end() ? std::string() : name->second};
      if (out.owner->name.empty()) out.owner->name = "without_a_name";
      break;
    }
    return out;
  }

  // What a former daemon of this host has left.
  std::expected<std::optional<Held>, int> left_behind(const std::string& id) {
    auto reply = ask("state");
    if (!reply || !reply->ok) return std::unexpected(-error::manager);
    for (const LineReply::Line& line : reply->lines) {
      const auto word = [&](std::string_view key) { return word_of(line, key); };
      if (!is_held(line) || word("id") != id) continue;
      Held out{word("mode") == "exclusive" ? Mode::exclusive : Mode::shared, drives_of_list(word("on")),
               drives_of_list(word("next"))};
      const std::string generation = word("generation");
      std::from_chars(generation.data(), generation.data() + generation.size(), out.generation);
      return out;
    }
    return std::nullopt;
  }

  LockspaceSpec spec_;
  idm::Connect connect_;
  std::string program_folder_;
  std::optional<LineClient> client_;
  std::map<std::string, Held> held_;                       // by lock id
  std::set<std::string>& owed_;                            // to be unlocked, if they are there
  std::map<std::string, std::vector<std::string>> known_;  // drives of every lock that was asked for
};

class IdmManager final : public Manager {
 public:
  IdmManager(ManagerOptions options, idm::Connect connect)
      : options_(std::move(options)), connect_(std::move(connect)) {}
  ManagerKind kind() const override { return ManagerKind::idm; }
  bool running() override { return LineClient::open(connect_).has_value(); }

  std::expected<std::unique_ptr<ManagedLockspace>, int> prepare(const LockspaceSpec& spec) override {
    if (!running()) return std::unexpected(-error::manager);
    if (!spec.vg_name.empty() && spec.vg_uuid.empty()) return std::unexpected(-EINVAL);
    LockspaceSpec with_drives = spec;
    if (spec.vg_name.empty()) with_drives.drives = options_.idm_global_drives;
    return std::make_unique<IdmSpace>(std::move(with_drives), connect_, options_.lvm_program_folder,
                                      owed_by(spec.name));
  }
  InitResult init_vg(const InitVg&) override { return running() ? InitResult{} : InitResult{-error::manager, {}}; }
  InitResult init_lv(const InitLv&) override { return {0, "idm"}; }

 private:
  // Lockspaces of one name are used by one thread at a time.
  std::set<std::string>& owed_by(const std::string& name) {
    const std::lock_guard guard(mutex_);
    return owed_[name];
  }

  ManagerOptions options_;
  idm::Connect connect_;
  std::mutex mutex_;
  std::map<std::string, std::set<std::string>> owed_;
};

}  // namespace

std::unique_ptr<Manager> make_idm_manager(const ManagerOptions& options) {
  return make_idm_manager(options, idm::connect_to(options.idm_socket));
}
std::unique_ptr<Manager> make_idm_manager(const ManagerOptions& options, idm::Connect connect) {
  return std::make_unique<IdmManager>(options, std::move(connect));
}

}  // namespace lvm::lockd
