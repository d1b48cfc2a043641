// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/crc.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include <array>
#include <bit>
#include <cstring>

namespace lvm {
namespace {

constexpr std::uint32_t kPolynomial = 0xEDB88320;  // bits reflected

constexpr std::uint32_t times_x(std::uint32_t c) { return (c >> 1) ^ ((c & 1) ? kPolynomial : 0u); }

// Eight tables let one step consume eight bytes ("slicing-by-8"): VG texts reach many MiB and are
// checked at every command.
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables t{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = times_x(c);
    t[0][i] = c;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::size_t i = 0; i < 256; ++i) t[k][i] = (t[k - 1][i] >> 8) ^ t[0][t[k - 1][i] & 0xff];
  return t;
}

constexpr Tables kTables = make_tables();
static_assert(std::endian::native == std::endian::little);

std::uint32_t by_table(const std::byte* p, std::size_t left, std::uint32_t crc) {
  for (; left >= 8; p += 8, left -= 8) {
    std::uint32_t low, high;
    std::memcpy(&low, p, 4);
    std::memcpy(&high, p + 4, 4);
    low ^= crc;
    crc = kTables[7][low & 0xff] ^ kTables[6][(low >> 8) & 0xff] ^ kTables[5][(low >> 16) & 0xff] ^
          kTables[4][low >> 24] ^ kTables[3][high & 0xff] ^ kTables[2][(high >> 8) & 0xff] ^
          kTables[1][(high >> 16) & 0xff] ^ kTables[0][high >> 24];
  }
  for (; left; ++p, --left) crc = (crc >> 8) ^ kTables[0][(crc ^ std::to_integer<std::uint32_t>(*p)) & 0xff];
  return crc;
}

#ifdef __x86_64__
// Multiplying 64 bits of a reflected polynomial by x^n, for carry-less multiplication: x^n modulo the polynomial,
// one bit up because the product of two reflected numbers lies one bit low.
consteval long long factor(unsigned n) {
  std::uint32_t power = 0x80000000;  // 1
  for (unsigned i = 0; i < n; ++i) power = times_x(power);
  return static_cast<long long>(power) << 1;
}

[[gnu::target("pclmul,sse4.1")]] __m128i load(const std::byte* p) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}

[[gnu::target("pclmul,sse4.1")]] __m128i fold(__m128i value, __m128i factors, __m128i onto) {
  return _mm_xor_si128(
      onto, _mm_xor_si128(_mm_clmulepi64_si128(value, factors, 0x00), _mm_clmulepi64_si128(value, factors, 0x11)));
}

// Folds 64 bytes at a time onto the next 64, four lanes of 16, then the lanes onto one: what is left has the same
// remainder as all that stood before it. Source of the method: Gopal and others, "Fast CRC Computation for Generic
// Polynomials Using PCLMULQDQ Instruction" (Intel, 2009). `left` is 64 at least.
[[gnu::target("pclmul,sse4.1")]] std::uint32_t by_folding(const std::byte* p, std::size_t left, std::uint32_t crc) {
  const __m128i far = _mm_set_epi64x(factor(512 - 32), factor(512 + 32));
  const __m128i near = _mm_set_epi64x(factor(128 - 32), factor(128 + 32));
  __m128i a = _mm_xor_si128(load(p), _mm_cvtsi32_si128(static_cast<int>(crc)));
  __m128i b = load(p + 16), c = load(p + 32), d = load(p + 48);
  for (p += 64, left -= 64; left >= 64; p += 64, left -= 64) {
    a = fold(a, far, load(p));
    b = fold(b, far, load(p + 16));
    c = fold(c, far, load(p + 32));
    d = fold(d, far, load(p + 48));
  }
  std::array<std::byte, 16> last;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(last.data()), fold(fold(fold(a, near, b), near, c), near, d));
  return by_table(p, left, by_table(last.data(), last.size(), 0));
}

bool can_fold() { return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1"); }
#else
bool can_fold() { return false; }
std::uint32_t by_folding(const std::byte*, std::size_t, std::uint32_t crc) { return crc; }
#endif

}  // namespace

std::uint32_t crc32(std::span<const std::byte> data, std::uint32_t initial) {
  static const bool folds = can_fold();
  if (folds && data.size() >= 64) return by_folding(data.data(), data.size(), initial);
  return by_table(data.data(), data.size(), initial);
}

}  // namespace lvm
