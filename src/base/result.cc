// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/result.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace lvm {

std::string Error::text() const {
  std::string out = text_;
  if (context_.empty()) return out;
  out += " (";
  for (size_t i = 0; i < context_.size(); ++i) {
    if (i) out += "; ";
    out += context_[i];
  }
  out += ')';
  return out;
}

std::unexpected<Error> fail_errno(std::string_view prefix, int error_number) {
  Code code = Code::io;
  switch (error_number) {
    case ENOENT:
    case ENXIO:
    case ENODEV: code = Code::not_found; break;
    case EACCES:
    case EPERM:
    case EROFS: code = Code::permission; break;
    case EEXIST: code = Code::exists; break;
    case EBUSY:
    case EAGAIN: code = Code::busy; break;
    case ENOSPC: code = Code::no_space; break;
    case EINTR: code = Code::interrupted; break;
    case EOPNOTSUPP: code = Code::unsupported; break;
    default: break;
  }
  std::string text(prefix);
  text += ": ";
  text += std::strerror(error_number);
  return fail(code, std::move(text));
}

void check_failed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "lvm: internal error: %s:%d: CHECK(%s) failed\n", file, line, condition);
  std::abort();
}

}  // namespace lvm
