// SPDX-License-Identifier: LGPL-2.1-or-later
// A library under linux.uml. User-Mode Linux keeps its processes' floating-point and vector registers in 2696 bytes,
// which is the XSAVE area (Intel SDM, volume 1, chapter 13) up to AVX-512 and PKRU. On a processor with more, AMX for
// one, the host's ptrace wants all of the area when registers are set, and the guest panics in its first process. What
// is beyond is handed on in its initial state here; no program of a guest uses it.
#include <cpuid.h>
#include <dlfcn.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace {

constexpr int kGetRegisterSet = 0x4204, kSetRegisterSet = 0x4205;  // PTRACE_GETREGSET, PTRACE_SETREGSET
constexpr std::uintptr_t kXstate = 0x202;                          // NT_X86_XSTATE
constexpr std::size_t kStatesInUse = 512;                          // XSTATE_BV, a bit for each component
using Ptrace = long (*)(int, pid_t, void*, void*);

// The kernel of a guest is one thread, on stacks of few pages.
alignas(64) unsigned char whole[1 << 16];

// Of the components of the area those that lie in its first `size` bytes.
std::uint64_t components_within(std::size_t size) {
  std::uint64_t out = 3;  // x87 and SSE
  for (unsigned i = 2; i < 63; ++i) {
    unsigned length = 0, offset = 0, c = 0, d = 0;
    if (__get_cpuid_count(0xD, i, &length, &offset, &c, &d) != 0 && length != 0 && offset + length <= size)
      out |= std::uint64_t{1} << i;
  }
  return out;
}

std::size_t size_of_area(Ptrace real, pid_t pid) {
  iovec all{whole, sizeof whole};
  return real(kGetRegisterSet, pid, reinterpret_cast<void*>(kXstate), &all) == 0 ? all.iov_len : 0;
}

long set_registers(Ptrace real, pid_t pid, iovec& part) {
  static const std::size_t size = size_of_area(real, pid);
  if (part.iov_len >= size) return real(kSetRegisterSet, pid, reinterpret_cast<void*>(kXstate), &part);
  static const std::uint64_t known = components_within(part.iov_len);
  std::memset(whole, 0, size);
  std::memcpy(whole, part.iov_base, part.iov_len);
  std::uint64_t used;
  std::memcpy(&used, whole + kStatesInUse, sizeof used);
  used &= known;
  std::memcpy(whole + kStatesInUse, &used, sizeof used);
  iovec all{whole, size};
  return real(kSetRegisterSet, pid, reinterpret_cast<void*>(kXstate), &all);
}

}  // namespace

extern "C" long ptrace(int request, pid_t pid, void* address, void* data) {
  static const Ptrace real = reinterpret_cast<Ptrace>(dlsym(RTLD_NEXT, "ptrace"));
  if (request == kSetRegisterSet && reinterpret_cast<std::uintptr_t>(address) == kXstate)
    return set_registers(real, pid, *static_cast<iovec*>(data));
  return real(request, pid, address, data);
}
