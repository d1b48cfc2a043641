// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/program_output.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace lvm {

Result<KeptOutput> KeptOutput::begin() {
  std::fflush(stdout);
  Fd memory(::memfd_create("program output", MFD_CLOEXEC));
  Fd ours(::dup(STDOUT_FILENO));
  if (!memory || !ours || ::dup2(memory.get(), STDOUT_FILENO) < 0)
    return fail_errno("The output of a program cannot be read", errno);
  return KeptOutput(std::move(memory), std::move(ours));
}

KeptOutput::~KeptOutput() { static_cast<void>(end()); }

std::string KeptOutput::end() {
  std::string out;
  if (!ours_) return out;
  std::fflush(stdout);
  ::dup2(ours_.get(), STDOUT_FILENO);
  ours_.reset();
  char buffer[4096];
  for (off_t at = 0;;) {
    ssize_t count = ::pread(memory_.get(), buffer, sizeof(buffer), at);
    if (count <= 0) return out;
    out.append(buffer, static_cast<std::size_t>(count));
    at += count;
  }
}

}  // namespace lvm
