// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/tcmu/ring.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/fd.h"
#include "idm/system/small_file.h"
#include "idm/tcmu/ring_layout.h"

namespace lvm::idm::tcmu {
namespace {

// The number of /dev/uioN that belongs to the device.
Result<std::string> find_device(const std::string& name, const std::string& config) {
  const std::string folder = "/sys/class/uio";
  const std::string ending = fmt::format("/{}/{}\n", name, config);
  for (const std::string& entry : TRY(list_folder(folder)))
    if (read_small_file(folder + "/" + entry + "/name").value_or("").ends_with(ending)) return entry;
  return fail(Code::not_found, fmt::format("the kernel has no user-space I/O device for drive {}", name));
}

Result<std::size_t> map_size(const std::string& device) {
  const std::string path = "/sys/class/uio/" + device + "/maps/map0/size";
  const std::string text = read_small_file(path).value_or("");
  std::size_t size = 0;
  if (!text.starts_with("0x") ||
      std::from_chars(text.data() + 2, text.data() + text.size(), size, 16).ec != std::errc{})
    return fail(Code::io, path + " does not hold a size");
  return size;
}

}  // namespace

struct Ring::State {
  Fd fd;
  std::byte* memory = nullptr;
  std::size_t size = 0;
  std::uint32_t next = 0;  // offset of the next entry to look at, in the command ring
  bool answered = false;

  ~State() {
    if (memory != nullptr) ::munmap(memory, size);
  }
  Mailbox& mailbox() const { return *reinterpret_cast<Mailbox*>(memory); }
  std::uint32_t head() const { return std::atomic_ref(mailbox().head).load(std::memory_order_acquire); }
  std::uint32_t tail() const { return mailbox().tail; }
  void set_tail(std::uint32_t value) const { std::atomic_ref(mailbox().tail).store(value, std::memory_order_release); }
  std::byte* entry(std::uint32_t at) const { return memory + mailbox().ring_offset + at; }
  bool inside(std::uint64_t offset, std::uint64_t length) const { return offset <= size && length <= size - offset; }
  std::uint32_t after(std::uint32_t at, std::uint32_t length) const { return (at + length) % mailbox().ring_size; }
  Result<Command> command_at(const std::byte* at, std::uint32_t length) const;
};

Ring::Ring(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ring::~Ring() = default;

std::size_t Ring::Command::data_size() const {
  std::size_t total = 0;
  for (auto piece : data) total += piece.size();
  return total;
}

std::vector<std::byte> Ring::Command::collect() const {
  std::vector<std::byte> out;
  out.reserve(data_size());
  for (auto piece : data) out.insert(out.end(), piece.begin(), piece.end());
  return out;
}

Result<std::unique_ptr<Ring>> Ring::open(const std::string& name, const std::string& config) {
  const std::string device = TRY(find_device(name, config));
  auto state = std::make_unique<State>();
  const std::string node = "/dev/" + device;
  state->fd = Fd(::open(node.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!state->fd) return fail_errno("opening " + node, errno);
  state->size = TRY(map_size(device));
  void* memory = ::mmap(nullptr, state->size, PROT_READ | PROT_WRITE, MAP_SHARED, state->fd.get(), 0);
  if (memory == MAP_FAILED) return fail_errno("mapping " + node, errno);
  state->memory = static_cast<std::byte*>(memory);
  const Mailbox& mailbox = state->mailbox();
  if (mailbox.version != kMailboxVersion || (mailbox.flags & kOutOfOrder) == 0)
    return fail(Code::unsupported, fmt::format("{}: mailbox version {}, flags {:#x}: Linux 4.6 or newer is needed",
                                               node, mailbox.version, mailbox.flags));
  if (mailbox.ring_size == 0 || !state->inside(mailbox.ring_offset, mailbox.ring_size))
    return fail(Code::corrupt, node + ": the command ring lies outside the shared memory");
  // What an earlier handler did not answer is still between tail and head.
  state->next = state->tail();
  return std::unique_ptr<Ring>(new Ring(std::move(state)));
}

int Ring::fd() const { return state_->fd.get(); }

void Ring::acknowledge() {
  std::uint32_t count;
  (void)::read(state_->fd.get(), &count, sizeof count);
}

Result<Ring::Command> Ring::State::command_at(const std::byte* at, std::uint32_t length) const {
  CommandEntry entry;
  if (length < sizeof entry) return fail(Code::corrupt, "a command entry is cut short");
  std::memcpy(&entry, at, sizeof entry);
  if (entry.pieces > (length - sizeof entry) / sizeof(Piece))
    return fail(Code::corrupt, "a command's list of buffers is too long");
  Command command;
  command.id = entry.header.id;
  // How much of a CDB the kernel has follows from its first byte; what stands behind that is of no command.
  constexpr std::size_t kLengths[] = {6, 10, 10, 16, 16, 12, 10, 10};
  if (!inside(entry.cdb_offset, command.cdb.size()))
    return fail(Code::corrupt, "a command lies outside the shared memory");
  const std::byte* cdb = memory + entry.cdb_offset;
  std::memcpy(command.cdb.data(), cdb, kLengths[std::to_integer<unsigned>(*cdb) >> 5]);
  for (std::uint32_t i = 0; i < entry.pieces; ++i) {
    Piece piece;
    std::memcpy(&piece, at + sizeof entry + i * sizeof piece, sizeof piece);
    if (!inside(piece.offset, piece.length))
      return fail(Code::corrupt, "a command's buffer lies outside the shared memory");
    command.data.emplace_back(memory + piece.offset, piece.length);
  }
  return command;
}

Result<std::optional<Ring::Entry>> Ring::next() {
  while (state_->next != state_->head()) {
    std::byte* at = state_->entry(state_->next);
    EntryHeader header;
    std::memcpy(&header, at, sizeof header);
    const std::uint32_t length = header.length(), room = state_->mailbox().ring_size - state_->next;
    if (length < sizeof header || length > room) return fail(Code::corrupt, "an entry leaves the command ring");
    state_->next = state_->after(state_->next, length);
    switch (header.kind()) {
      case EntryKind::padding: continue;
      case EntryKind::command: {
        Command command = TRY(state_->command_at(at, length));
        return Entry{std::move(command), {}};
      }
      case EntryKind::task_management: {
        TaskManagementEntry request;
        if (length < sizeof request) return fail(Code::corrupt, "a task management entry is cut short");
        std::memcpy(&request, at, sizeof request);
        Entry entry;
        entry.aborted.resize(std::min<std::size_t>(request.count, (length - sizeof request) / sizeof(std::uint16_t)));
        std::memcpy(entry.aborted.data(), at + sizeof request, entry.aborted.size() * sizeof(std::uint16_t));
        return entry;
      }
    }
    // A kind of a later kernel: said in its flags and left alone.
    header.user_flags |= kUnknownKind;
    std::memcpy(at, &header, sizeof header);
  }
  return std::nullopt;
}

// The answer goes into the entry at the tail, whichever command that was: its id says whom it is for.
void Ring::answer(const Command& command, const scsi::Answer& answer) {
  std::uint32_t tail = state_->tail();
  AnswerEntry entry{};
  for (;;) {
    std::memcpy(&entry.header, state_->entry(tail), sizeof entry.header);
    if (entry.header.kind() == EntryKind::command) break;
    tail = state_->after(tail, entry.header.length());
  }
  const std::span<const std::byte> data(answer.data);
  std::size_t copied = 0;
  for (auto piece : command.data) {
    const std::size_t count = std::min(piece.size(), data.size() - copied);
    std::ranges::copy(data.subspan(copied, count), piece.begin());
    copied += count;
  }
  entry.header.id = command.id;
  entry.header.user_flags = 0;
  entry.scsi_status = answer.status;
  if (!data.empty() && copied < command.data_size() && (state_->mailbox().flags & kReadLength) != 0) {
    entry.header.user_flags = kHasReadLength;
    entry.read_length = static_cast<std::uint32_t>(copied);
  }
  std::memcpy(entry.sense, answer.sense.data(), std::min(answer.sense.size(), sizeof entry.sense));
  std::memcpy(state_->entry(tail), &entry, sizeof entry);
  state_->set_tail(state_->after(tail, entry.header.length()));
  state_->answered = true;
}

Result<> Ring::flush() {
  if (!std::exchange(state_->answered, false)) return {};
  const std::uint32_t one = 1;
  if (::write(state_->fd.get(), &one, sizeof one) != sizeof one)
    return fail_errno("telling the kernel of answers", errno);
  return {};
}

}  // namespace lvm::idm::tcmu
