// SPDX-License-Identifier: LGPL-2.1-or-later
// The only file with the kernel's TCMU header: it brings a struct iovec of its own.
#include "idm/tcmu/ring.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/target_core_user.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/fd.h"
#include "idm/system/small_file.h"

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
  tcmu_mailbox& mailbox() const { return *reinterpret_cast<tcmu_mailbox*>(memory); }
  // The head is the kernel's to write, the tail ours.
  std::uint32_t head() const {
    return __atomic_load_n(reinterpret_cast<std::uint32_t*>(memory + offsetof(tcmu_mailbox, cmd_head)),
                           __ATOMIC_ACQUIRE);
  }
  std::uint32_t tail() const {
    return __atomic_load_n(reinterpret_cast<std::uint32_t*>(memory + offsetof(tcmu_mailbox, cmd_tail)),
                           __ATOMIC_RELAXED);
  }
  void set_tail(std::uint32_t value) const {
    __atomic_store_n(reinterpret_cast<std::uint32_t*>(memory + offsetof(tcmu_mailbox, cmd_tail)), value,
                     __ATOMIC_RELEASE);
  }
  std::byte* entry(std::uint32_t at) const { return memory + mailbox().cmdr_off + at; }
  bool inside(std::uint64_t offset, std::uint64_t length) const { return offset <= size && length <= size - offset; }
  std::uint32_t after(std::uint32_t at, std::uint32_t length) const { return (at + length) % mailbox().cmdr_size; }
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
  const tcmu_mailbox& mailbox = state->mailbox();
  if (mailbox.version != TCMU_MAILBOX_VERSION || (mailbox.flags & TCMU_MAILBOX_FLAG_CAP_OOOC) == 0)
    return fail(Code::unsupported, fmt::format("{}: mailbox version {}, flags {:#x}: Linux 4.6 or newer is needed",
                                               node, mailbox.version, mailbox.flags));
  if (mailbox.cmdr_size == 0 || !state->inside(mailbox.cmdr_off, mailbox.cmdr_size))
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
  constexpr std::size_t kFixed = offsetof(tcmu_cmd_entry, req.iov);
  if (length < kFixed) return fail(Code::corrupt, "a command entry is cut short");
  const auto& entry = *reinterpret_cast<const tcmu_cmd_entry*>(at);
  const std::uint32_t pieces = entry.req.iov_cnt;
  if (pieces > (length - kFixed) / sizeof(iovec)) return fail(Code::corrupt, "a command's list of buffers is too long");
  Command command;
  command.id = entry.hdr.cmd_id;
  const std::uint64_t cdb = entry.req.cdb_off;
  // The length of a CDB follows from its group; 16 bytes are always there to be read.
  if (!inside(cdb, command.cdb.size())) return fail(Code::corrupt, "a command lies outside the shared memory");
  std::memcpy(command.cdb.data(), memory + cdb, command.cdb.size());
  for (std::uint32_t i = 0; i < pieces; ++i) {
    iovec piece;
    std::memcpy(&piece, at + kFixed + i * sizeof piece, sizeof piece);
    const auto offset = reinterpret_cast<std::uintptr_t>(piece.iov_base);
    if (!inside(offset, piece.iov_len)) return fail(Code::corrupt, "a command's buffer lies outside the shared memory");
    command.data.emplace_back(memory + offset, piece.iov_len);
  }
  return command;
}

Result<std::optional<Ring::Entry>> Ring::next() {
  while (state_->next != state_->head()) {
    const std::byte* at = state_->entry(state_->next);
    tcmu_cmd_entry_hdr header;
    std::memcpy(&header, at, sizeof header);
    const std::uint32_t length = tcmu_hdr_get_len(header.len_op);
    const std::uint32_t room = state_->mailbox().cmdr_size - state_->next;
    if (length < sizeof header || length > room) return fail(Code::corrupt, "an entry leaves the command ring");
    state_->next = state_->after(state_->next, length);
    switch (tcmu_hdr_get_op(header.len_op)) {
      case TCMU_OP_PAD: continue;
      case TCMU_OP_CMD: {
        Command command = TRY(state_->command_at(at, length));
        return Entry{std::move(command), {}};
      }
      case TCMU_OP_TMR: {
        if (length < sizeof(tcmu_tmr_entry)) return fail(Code::corrupt, "a task management entry is cut short");
        const auto& request = *reinterpret_cast<const tcmu_tmr_entry*>(at);
        const std::size_t most = (length - sizeof(tcmu_tmr_entry)) / sizeof(std::uint16_t);
        Entry entry;
        entry.aborted.resize(std::min<std::size_t>(request.cmd_cnt, most));
        std::memcpy(entry.aborted.data(), at + sizeof(tcmu_tmr_entry), entry.aborted.size() * sizeof(std::uint16_t));
        return entry;
      }
      default:
        // Nothing of ours: say so in its flags and leave it to the kernel.
        const_cast<std::byte*>(at)[offsetof(tcmu_cmd_entry_hdr, uflags)] |= std::byte{TCMU_UFLAG_UNKNOWN_OP};
    }
  }
  return std::nullopt;
}

// The answer goes into the entry at the tail, whichever command that was: its id says whom it is for.
void Ring::answer(const Command& command, const scsi::Answer& answer) {
  std::uint32_t tail = state_->tail();
  tcmu_cmd_entry_hdr header;
  for (;;) {
    std::memcpy(&header, state_->entry(tail), sizeof header);
    if (tcmu_hdr_get_op(header.len_op) == TCMU_OP_CMD) break;
    tail = state_->after(tail, tcmu_hdr_get_len(header.len_op));
  }
  auto& entry = *reinterpret_cast<tcmu_cmd_entry*>(state_->entry(tail));
  const std::span<const std::byte> data(answer.data);
  std::size_t copied = 0;
  for (auto piece : command.data) {
    const std::size_t count = std::min(piece.size(), data.size() - copied);
    std::ranges::copy(data.subspan(copied, count), piece.begin());
    copied += count;
  }
  std::memset(&entry.rsp, 0, sizeof entry.rsp);
  entry.hdr.cmd_id = command.id;
  entry.hdr.uflags = 0;
  entry.rsp.scsi_status = answer.status;
  const bool read = !answer.data.empty();
  if (read && copied < command.data_size() && (state_->mailbox().flags & TCMU_MAILBOX_FLAG_CAP_READ_LEN) != 0) {
    entry.hdr.uflags = TCMU_UFLAG_READ_LEN;
    entry.rsp.read_len = static_cast<std::uint32_t>(copied);
  }
  std::memcpy(entry.rsp.sense_buffer, answer.sense.data(),
              std::min<std::size_t>(answer.sense.size(), TCMU_SENSE_BUFFERSIZE));
  state_->set_tail(state_->after(tail, tcmu_hdr_get_len(header.len_op)));
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
