// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/messages.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

namespace lvm::cli {
namespace {

constexpr int kError = 3, kWarning = 4, kPrint = 5, kVerbose = 6, kDebug = 7;

void write_text(std::FILE* to, std::string_view text) { std::fwrite(text.data(), 1, text.size(), to); }

// "13:31:07.370370", local time.
std::string time_of_day() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  std::tm parts{};
  localtime_r(&now.tv_sec, &parts);
  return fmt::format("{:02}:{:02}:{:02}.{:06}", parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 1000);
}

// Reports come with two blanks in front of each line, where log/prefix may say something else.
std::string with_prefix(std::string_view text, std::string_view prefix) {
  std::string out;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end);
    if (line.starts_with("  ")) {
      out += prefix;
      line.remove_prefix(2);
    }
    out += line;
  }
  return out;
}

}  // namespace

Messages::~Messages() {
  if (file_ != nullptr) std::fclose(file_);
}

Result<> Messages::configure(Options options) {
  if (file_ != nullptr) std::fclose(std::exchange(file_, nullptr));
  options_ = std::move(options);
  if (options_.file.empty()) return {};
  file_ = std::fopen(options_.file.c_str(), options_.overwrite ? "we" : "ae");
  if (file_ == nullptr) return fail_errno(options_.file + ": log file could not be opened", errno);
  return {};
}

// Every line of the text gets the prefix. Standard output is flushed first when standard error speaks, so
// that the two keep their order where they end in one place.
void Messages::say(std::FILE* to, std::string_view text) {
  if (to == err_) std::fflush(out_);
  if (text.ends_with('\n')) text.remove_suffix(1);
  while (true) {
    const auto end = text.find('\n');
    if (options_.command_names) write_text(to, options_.command);
    write_text(to, options_.prefix);
    write_text(to, text.substr(0, end));
    std::fputc('\n', to);
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

// True when the text went to the log. Every line of a message is an entry.
bool Messages::log_entry(const char* type, std::string_view text, int error_number, int code) {
  if (!logging_) return false;
  if (text.ends_with('\n')) text.remove_suffix(1);
  while (true) {
    const auto end = text.find('\n');
    report::LogEntry entry;
    entry.number = static_cast<std::uint32_t>(log_.size() + 1);
    entry.type = type;
    entry.context = "processing";
    entry.object_type = object_.type;
    entry.object_name = object_.name;
    entry.object_id = object_.id;
    entry.object_group = object_.group;
    entry.object_group_id = object_.group_id;
    entry.message = text.substr(0, end);
    entry.error_number = error_number;
    entry.return_code = code;
    log_.push_back(std::move(entry));
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

void Messages::log_status(const Object& object, int code) {
  Object before = set_object(object);
  log_entry("status", code == 0 ? "success" : "failure", code == 0 ? 0 : -1, code == 0 ? 1 : code);
  set_object(std::move(before));
}

void Messages::record(int level, std::string_view text) {
  if (file_ == nullptr || options_.file_level < level) return;
  const std::string line = fmt::format("{} {}[{}]  {}\n", time_of_day(), options_.command, getpid(), text);
  write_text(file_, line);
  std::fflush(file_);
}

void Messages::print(std::string_view text) {
  record(kPrint, text);
  if (log_entry("print", text, errors_ > 0 ? -1 : 0, 0)) return;
  if (!hushed()) say(out_, text);
}

void Messages::print_always(std::string_view text) {
  record(kPrint, text);
  say(out_, text);
}

void Messages::plain(std::string_view text) { write_text(out_, text); }

void Messages::raw(std::string_view text) {
  std::FILE* to = report_ == nullptr ? out_ : report_;
  if (options_.prefix == "  ")
    write_text(to, text);
  else
    write_text(to, with_prefix(text, options_.prefix));
  if (report_ != nullptr) std::fflush(report_);
}

void Messages::warn(std::string_view text) {
  record(kWarning, text);
  if (log_entry("warn", text, 0, 0)) return;
  say(err_, text);
}

void Messages::error(std::string_view text) {
  ++errors_;
  record(kError, text);
  if (log_entry("error", text, -1, 0)) return;
  say(err_, text);
}

void Messages::error(const Error& error_value) { error(error_value.text()); }

void Messages::verbose(std::string_view text, int level) {
  record(kVerbose, text);
  if (options_.verbose >= level && !hushed()) say(err_, text);
}

void Messages::debug(std::string_view text, int level) {
  if (options_.debug >= level || options_.file_level >= kDebug) record(kDebug, text);
  if (options_.verbose > 3) say(err_, text);
}

void Messages::flush() {
  std::fflush(out_);
  std::fflush(err_);
}

}  // namespace lvm::cli
