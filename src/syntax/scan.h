// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace lvm::syntax {

// Bytes the scanners may read past the terminating NUL of a text.
inline constexpr std::size_t kScanPadding = 16;

enum CharacterClass : std::uint8_t {
  kSpace = 1,    // what C's isspace accepts
  kNameEnd = 2,  // ends an identifier or a bare word: space, NUL and # = { }
  kNumber = 4,   // starts a number where a value is expected
  kDigit = 8,
  kRareStart = 16,  // starts no bare name: # = { } ' " and NUL
};

inline constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> table{};
  auto add = [&table](std::string_view characters, unsigned classes) {
    for (char c : characters)
      table[static_cast<unsigned char>(c)] = static_cast<std::uint8_t>(table[static_cast<unsigned char>(c)] | classes);
  };
  using namespace std::string_view_literals;
  add(" \t\n\v\f\r", kSpace | kNameEnd);
  add("\0#={}"sv, kNameEnd | kRareStart);
  add("'\"", kRareStart);
  add("0123456789", kNumber | kDigit);
  add("+-.", kNumber);
  return table;
}();

inline bool has_class(char c, std::uint8_t classes) { return (kClasses[static_cast<unsigned char>(c)] & classes) != 0; }

// The end of a run of white space.
inline const char* space_end(const char* at) {
#ifdef __SSE2__
  for (;; at += 16) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    __m128i control = _mm_sub_epi8(bytes, _mm_set1_epi8('\t'));  // \t \n \v \f \r become 0 to 4
    __m128i space = _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(control, _mm_set1_epi8(4)), control),
                                 _mm_cmpeq_epi8(bytes, _mm_set1_epi8(' ')));
    auto rest = static_cast<unsigned>(_mm_movemask_epi8(space)) ^ 0xFFFFu;
    if (rest != 0) return at + __builtin_ctz(rest);
  }
#else
  while (has_class(*at, kSpace)) ++at;
  return at;
#endif
}

// White space and comments: the first byte that is neither. None, or one space, is most usual; then a new line.
inline const char* skip_space(const char* at) {
  for (;;) {
    if (has_class(*at, kSpace) && has_class(*++at, kSpace)) at = space_end(at + 1);
    if (*at != '#') return at;
    at = strchrnul(at, '\n');
  }
}

// The end of an identifier; `slash` becomes true if one stands in it.
inline const char* name_end(const char* at, bool& slash) {
#ifdef __SSE2__
  for (;;) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    // Stops at more than it must (all up to /, bytes from { up): the table sorts them out.
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8('/')), bytes);
    __m128i stop = _mm_or_si128(low, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('=')));
    stop = _mm_or_si128(stop, _mm_cmpeq_epi8(_mm_max_epu8(bytes, _mm_set1_epi8('{')), bytes));
    auto mask = static_cast<unsigned>(_mm_movemask_epi8(stop));
    if (mask == 0) {
      at += 16;
      continue;
    }
    at += __builtin_ctz(mask);
    if (has_class(*at, kNameEnd)) return at;
    slash |= *at == '/';
    ++at;
  }
#else
  for (; !has_class(*at, kNameEnd); ++at) slash |= *at == '/';
  return at;
#endif
}

// The first quote, backslash or NUL of a string's body.
inline const char* string_stop(const char* at) {
#ifdef __SSE2__
  for (;; at += 16) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    __m128i stop = _mm_or_si128(
        _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')), _mm_cmpeq_epi8(bytes, _mm_setzero_si128())));
    auto mask = static_cast<unsigned>(_mm_movemask_epi8(stop));
    if (mask != 0) return at + __builtin_ctz(mask);
  }
#else
  while (*at != '"' && *at != '\\' && *at != '\0') ++at;
  return at;
#endif
}

// How many bytes are equal, as far as is looked: beyond kCommonLength it would cost more than it spares, and texts
// made of equal sections would be compared again and again. `b` is followed by NUL before `a` is.
inline constexpr std::size_t kCommonLength = 512;
inline std::size_t common_length(const char* a, const char* b) {
  std::size_t at = 0;
#ifdef __SSE2__
  for (; at < kCommonLength; at += 16) {
    __m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(a + at)),
                                   _mm_loadu_si128(reinterpret_cast<const __m128i*>(b + at)));
    auto differ = static_cast<unsigned>(_mm_movemask_epi8(equal)) ^ 0xFFFFu;
    if (differ != 0) return at + static_cast<unsigned>(__builtin_ctz(differ));
  }
#else
  while (at < kCommonLength && a[at] == b[at]) ++at;
#endif
  return at;
}

}  // namespace lvm::syntax
