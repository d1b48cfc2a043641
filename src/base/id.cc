// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/id.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <utility>

namespace lvm {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

constexpr std::array<std::uint8_t, 256> kIdCharacters = [] {  // 1 for those allowed
  std::array<std::uint8_t, 256> set{};
  for (char c : kAlphabet) set[static_cast<unsigned char>(c)] = 1;
  set['!'] = set['#'] = 1;  // found in very old ids
  return set;
}();

struct Group {
  std::size_t dashed, plain, length;
};
constexpr std::array<Group, 7> kGroups = {
    {{0, 0, 6}, {7, 6, 4}, {12, 10, 4}, {17, 14, 4}, {22, 18, 4}, {27, 22, 4}, {32, 26, 6}}};
constexpr std::size_t kDashedLength = Uuid::kLength + kGroups.size() - 1;

// Calls copy.operator()<I>() for each group, so that the compiler knows the lengths.
template <class Copy, std::size_t... I>
void for_each_group(Copy copy, std::index_sequence<I...>) {
  (copy.template operator()<I>(), ...);
}
template <class Copy>
void for_each_group(Copy copy) {
  for_each_group(copy, std::make_index_sequence<kGroups.size()>());
}

// The form that every text has: dashes where they belong.
bool is_dashed(std::string_view text) {
  if (text.size() != kDashedLength) return false;
  for (std::size_t i = 1; i < kGroups.size(); ++i)
    if (text[kGroups[i].dashed - 1] != '-') return false;
  return true;
}

#ifdef __SSE2__
// `low` to `high`, for each of 16 characters; those from 0x80 up count as negative and are in no range.
__m128i in_range(__m128i text, char low, char high) {
  return _mm_and_si128(_mm_cmpgt_epi8(text, _mm_set1_epi8(static_cast<char>(low - 1))),
                       _mm_cmplt_epi8(text, _mm_set1_epi8(static_cast<char>(high + 1))));
}
#endif

bool all_allowed(const std::array<char, Uuid::kLength>& chars) {
#ifdef __SSE2__
  __m128i allowed = _mm_set1_epi8(-1);
  for (std::size_t at = 0; at < chars.size(); at += 16) {
    __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(chars.data() + at));
    __m128i letters = in_range(_mm_or_si128(text, _mm_set1_epi8(0x20)), 'a', 'z');
    __m128i digits = in_range(text, '0', '9');
    allowed = _mm_and_si128(allowed, _mm_or_si128(letters, digits));
  }
  if (_mm_movemask_epi8(allowed) == 0xFFFF) return true;
#endif
  unsigned valid = 1;
  for (char c : chars) valid &= kIdCharacters[static_cast<unsigned char>(c)];
  return valid != 0;
}

}  // namespace

std::string Uuid::dashed() const {
  if (!*this) return {};
  std::string out(kDashedLength, '-');
  for_each_group([&]<std::size_t I>() {
    std::memcpy(out.data() + kGroups[I].dashed, chars.data() + kGroups[I].plain, kGroups[I].length);
  });
  return out;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  Uuid out;
  std::size_t used = 0;
  if (is_dashed(text)) {
    for_each_group([&]<std::size_t I>() {
      std::memcpy(out.chars.data() + kGroups[I].plain, text.data() + kGroups[I].dashed, kGroups[I].length);
    });
    used = kLength;
  } else {
    for (char c : text) {
      if (c == '-') continue;
      if (used == kLength) return std::nullopt;
      out.chars[used++] = c;
    }
  }
  if (used != kLength) return std::nullopt;
  if (!all_allowed(out.chars)) return std::nullopt;
  return out;
}

Uuid Uuid::from_random(const std::array<std::uint8_t, kLength>& bytes) {
  Uuid out;
  for (std::size_t i = 0; i < kLength; ++i) out.chars[i] = kAlphabet[bytes[i] % kAlphabet.size()];
  return out;
}

}  // namespace lvm
