// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/daemon/journal_file.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/files.h"

namespace lvm::idm {
namespace {

constexpr std::string_view kHeader = "idmlockd journal 1";

std::string quoted(std::string_view text) {
  return hex_text({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}) + ".";
}

// Fields of one line, read from left to right.
class Reader {
 public:
  explicit Reader(std::string_view line) : line_(line) {}

  std::string_view word() {
    const std::size_t end = std::min(line_.find(' '), line_.size());
    const std::string_view out = line_.substr(0, end);
    if (out.empty()) good_ = false;
    line_.remove_prefix(std::min(end + 1, line_.size()));
    return out;
  }
  template <class T>
  T number() {
    const std::string_view text = word();
    T out{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size()) good_ = false;
    return out;
  }
  template <std::size_t N>
  void bytes(std::array<std::uint8_t, N>& out) {
    const auto parsed = parse_hex(word());
    if (!parsed || parsed->size() != N)
      good_ = false;
    else
      std::ranges::copy(*parsed, out.begin());
  }
  std::string text() {
    std::string_view in = word();
    if (!in.ends_with('.')) good_ = false;
    if (!in.empty()) in.remove_suffix(1);
    const auto parsed = in.empty() ? std::vector<std::uint8_t>{} : parse_hex(in).value_or(std::vector<std::uint8_t>{});
    if (parsed.size() * 2 != in.size()) good_ = false;
    return {parsed.begin(), parsed.end()};
  }
  bool good() const { return good_; }
  bool at_end() const { return line_.empty(); }
  void bad() { good_ = false; }

 private:
  std::string_view line_;
  bool good_ = true;
};

}  // namespace

std::string journal_line(const JournalEntry& entry) {
  std::string out = fmt::format(
      "{} {} {} {} {} {} {} {} {} {} {} {} {} {}", entry.held ? "held" : "gone", hex_text(entry.owner.bytes),
      hex_text(entry.lock.bytes), hex_text(entry.host.bytes), quoted(entry.space), static_cast<int>(entry.mode),
      entry.lease.count(), quoted(entry.plan.path), quoted(entry.plan.arguments), entry.plan.signal,
      entry.plan.sigkill ? 1 : 0, entry.plan.watchdog ? 1 : 0, entry.plan.process, entry.placement.generation);
  out += fmt::format(" {}", entry.placement.sets.size());
  for (const DriveSet& set : entry.placement.sets) {
    out += fmt::format(" {}", set.size());
    for (const auto& drive : set) out += " " + (drive ? drive->text() : std::string("-"));
  }
  if (!entry.weak.empty()) out += fmt::format(" weak {}", entry.weak.size());
  for (const DriveId& drive : entry.weak) out += " " + drive.text();
  return out + " .\n";
}

Result<JournalEntry> parse_journal_line(std::string_view line) {
  Reader in(line);
  JournalEntry out;
  const std::string_view what = in.word();
  if (what != "held" && what != "gone") in.bad();
  out.held = what == "held";
  in.bytes(out.owner.bytes);
  in.bytes(out.lock.bytes);
  in.bytes(out.host.bytes);
  out.space = in.text();
  const int mode = in.number<int>();
  if (mode != 1 && mode != 2) in.bad();
  out.mode = static_cast<Mode>(mode);
  out.lease = Time(in.number<std::int64_t>());
  if (out.lease <= Time{0}) in.bad();
  out.plan.path = in.text();
  out.plan.arguments = in.text();
  out.plan.signal = in.number<int>();
  out.plan.sigkill = in.number<int>() != 0;
  out.plan.watchdog = in.number<int>() != 0;
  out.plan.process = in.number<std::int32_t>();
  out.placement.generation = in.number<std::uint64_t>();
  const std::size_t sets = in.number<std::size_t>();
  if (sets < 1 || sets > 2) in.bad();
  for (std::size_t i = 0; in.good() && i < sets; ++i) {
    DriveSet& set = out.placement.sets.emplace_back();
    const std::size_t drives = in.number<std::size_t>();
    if (drives < 1 || drives > 4096) in.bad();
    for (std::size_t k = 0; in.good() && k < drives; ++k) {
      const std::string_view drive = in.word();
      auto parsed = drive == "-" ? std::optional<DriveId>{} : DriveId::parse(drive);
      if (!parsed && drive != "-") in.bad();
      set.push_back(std::move(parsed));
    }
  }
  std::string_view end = in.word();
  if (end == "weak") {
    for (auto left = in.number<std::size_t>(); in.good() && left > 0; --left) {
      if (auto drive = DriveId::parse(in.word()))
        out.weak.push_back(std::move(*drive));
      else
        in.bad();
    }
    end = in.word();
  }
  if (end != "." || !in.good() || !in.at_end())
    return fail(Code::corrupt, "a line of the lock manager's journal is not whole");
  return out;
}

std::vector<JournalEntry> held_entries(std::string_view text) {
  std::vector<JournalEntry> out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;
    auto entry = parse_journal_line(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (!entry) continue;
    std::erase_if(out, [&](const JournalEntry& old) { return old.owner == entry->owner && old.lock == entry->lock; });
    if (entry->held) out.push_back(std::move(*entry));
  }
  return out;
}

Result<JournalFile> JournalFile::open(const std::string& path, std::vector<JournalEntry>& former) {
  SystemFiles files;
  if (auto text = files.read(path)) former = held_entries(*text);
  std::string content(kHeader);
  content += '\n';
  for (const JournalEntry& entry : former) content += journal_line(entry);
  TRY(files.replace(path, content, 0600));
  Fd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!fd) return fail_errno("cannot open " + path, errno);
  return JournalFile(std::move(fd), path);
}

Result<> JournalFile::append(const JournalEntry& entry) {
  const std::string line = journal_line(entry);
  const ssize_t written = ::write(fd_.get(), line.data(), line.size());
  if (written == static_cast<ssize_t>(line.size())) return {};
  return fail_errno("cannot write " + path_, written < 0 ? errno : ENOSPC);
}

}  // namespace lvm::idm
