// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lvm {

// What went wrong, in the few classes a caller can act on. The command line maps them to LVM's
// exit statuses (see exit_status in cli/): usage is 3, everything else is 5.
enum class Code {
  usage,        // the request itself is malformed: option, size, name, expression
  not_found,    // a volume, device or file that was named does not exist
  exists,       // the name is taken
  no_space,     // free extents, metadata area or file system exhausted
  corrupt,      // bytes on disk (or in a file) that break their format
  io,           // a device or file operation failed; the text has the errno string
  permission,   // not root, read-only device, policy
  busy,         // open, suspended, locked or in use
  unsupported,  // valid, but this program, kernel or volume kind cannot do it
  refused,      // a safety rule says no; the text says what would lift it
  interrupted,  // signal
};

// An Error is a sentence a user can act on. `context` is the chain of "while ..." clauses added on
// the way up, innermost first; text() joins them.
class Error {
 public:
  Error(Code code, std::string text) : code_(code), text_(std::move(text)) {}

  Code code() const { return code_; }
  const std::string& message() const { return text_; }
  const std::vector<std::string>& context() const { return context_; }

  Error& add_context(std::string clause) {
    context_.push_back(std::move(clause));
    return *this;
  }

  // "message (clause; clause)".
  std::string text() const;

  friend bool operator==(const Error&, const Error&) = default;

 private:
  Code code_;
  std::string text_;
  std::vector<std::string> context_;
};

template <class T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(Code code, std::string text) {
  return std::unexpected<Error>(Error(code, std::move(text)));
}

// The last errno as "PREFIX: strerror".
[[nodiscard]] std::unexpected<Error> fail_errno(std::string_view prefix, int error_number);

// Ends the program with file, line and condition. For programmer errors only: neither user input
// nor bytes from a disk may reach one.
[[noreturn]] void check_failed(const char* file, int line, const char* condition);

}  // namespace lvm

#define CHECK(condition) ((condition) ? static_cast<void>(0) : ::lvm::check_failed(__FILE__, __LINE__, #condition))

// The value of a Result, or return its error from the enclosing function. Use it only as a whole
// statement, a whole initialiser or a whole return value: g++ 12 leaks temporaries when a statement
// expression stands inside braces.
#define TRY(...)                                                            \
  ({                                                                        \
    auto&& try_result_ = (__VA_ARGS__);                                     \
    if (!try_result_) [[unlikely]]                                          \
      return std::unexpected<::lvm::Error>(std::move(try_result_).error()); \
    *std::move(try_result_);                                                \
  })
