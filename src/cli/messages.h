// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "report/source.h"

namespace lvm::cli {

// Where a command speaks. Results go to stdout, everything else to stderr, each line behind the prefix.
// Owned by the session; nothing below cli/ prints.
class Messages {
 public:
  struct Options {
    int verbose = 0;             // -v count or log/verbose
    int debug = 0;               // -d count
    int quiet = 0;               // -q: no questions' extra lines; -qq: no results either
    bool silent = false;         // log/silent
    bool command_names = false;  // log/command_names
    std::string command;         // shown when command_names
    std::string prefix = "  ";   // log/prefix
    std::string file;            // log/file; empty = none
    bool overwrite = false;      // log/overwrite
    int file_level = 0;          // log/level
  };

  explicit Messages(std::FILE* out = stdout, std::FILE* err = stderr) : out_(out), err_(err) {}
  ~Messages();
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

  // Opens the log file. Fails when it cannot be opened; speaking goes on without it.
  Result<> configure(Options options);
  const Options& options() const { return options_; }

  void print(std::string_view text);         // a result; hidden by -qq and log/silent
  void print_always(std::string_view text);  // reports, help
  void plain(std::string_view text);         // to stdout without prefix or newline: help
  void raw(std::string_view text);           // a whole report, to the report stream
  void warn(std::string_view text);          // the text carries "WARNING: " itself, where LVM has it
  void error(std::string_view text);
  void error(const Error& error);
  void verbose(std::string_view text, int level = 1);
  void debug(std::string_view text, int level = 1);
  void flush();
  // Reports go there in place of stdout (LVM_REPORT_FD). The caller keeps the stream.
  void set_report_stream(std::FILE* stream) { report_ = stream; }

  // --- the command log: what is said goes there in place of the terminal ---
  // What messages are about. Processing of a VG may include that of its volumes.
  struct Object {
    std::string type, name, id, group, group_id;
  };
  void start_log() {
    logging_ = log_started_ = true;
    log_.clear();
  }
  void stop_log() { logging_ = false; }
  bool has_log() const { return log_started_; }
  bool logging() const { return logging_; }
  // Returns the object before, to be set again.
  Object set_object(Object object) { return std::exchange(object_, std::move(object)); }
  const Object& object() const { return object_; }
  // How the work on the object ended; `code` is the exit status.
  void log_status(const Object& object, int code);
  const std::vector<report::LogEntry>& log() const { return log_; }

  std::FILE* out() const { return out_; }
  std::FILE* err() const { return err_; }
  // How many errors were said.
  std::size_t errors() const { return errors_; }

 private:
  void say(std::FILE* to, std::string_view text);
  // Into the log file, when `level` (of syslog: 3 error ... 7 debug) is wanted there.
  void record(int level, std::string_view text);
  bool log_entry(const char* type, std::string_view text, int error_number, int code);
  bool hushed() const { return options_.quiet > 1 || options_.silent; }

  std::FILE* out_;
  std::FILE* err_;
  std::FILE* report_ = nullptr;
  std::FILE* file_ = nullptr;
  Options options_;
  bool logging_ = false, log_started_ = false;
  Object object_;
  std::vector<report::LogEntry> log_;
  std::size_t errors_ = 0;
};

}  // namespace lvm::cli
