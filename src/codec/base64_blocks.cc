// SPDX-License-Identifier: Apache-2.0
#include "codec/base64_blocks.h"

#ifdef __x86_64__
#include <tmmintrin.h>
#endif

namespace aipg::codec {

#ifdef __x86_64__

namespace {

constexpr std::size_t kTaken = 12, kRead = 16;

// Four groups of three bytes, one in each 32 bits, as four times four values of six bits.
__attribute__((target("ssse3"))) __m128i split(__m128i twelve) {
  // Of a group abc: b a c b, so that each value lies within 16 bits, to be moved by a multiplication.
  const __m128i groups = _mm_shuffle_epi8(twelve, _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
  const __m128i first_and_third =
      _mm_mulhi_epu16(_mm_and_si128(groups, _mm_set1_epi32(0x0fc0fc00)), _mm_set1_epi32(0x04000040));
  const __m128i second_and_fourth =
      _mm_mullo_epi16(_mm_and_si128(groups, _mm_set1_epi32(0x003f03f0)), _mm_set1_epi32(0x01000010));
  return _mm_or_si128(first_and_third, second_and_fourth);
}

// A digit is its value and an offset, which depends on where in the alphabet the value stands.
__attribute__((target("ssse3"))) __m128i digits_of(__m128i values, __m128i offsets) {
  // 0 for a..z, 1 to 12 for 0..9 and the last two, and 13 for A..Z, which would be 0 too.
  const __m128i beyond = _mm_subs_epu8(values, _mm_set1_epi8(51));
  const __m128i capital = _mm_and_si128(_mm_cmpgt_epi8(_mm_set1_epi8(26), values), _mm_set1_epi8(13));
  return _mm_add_epi8(values, _mm_shuffle_epi8(offsets, _mm_or_si128(beyond, capital)));
}

__attribute__((target("ssse3"))) std::size_t encode(ByteView bytes, char* out, char digit62, char digit63) {
  constexpr char kSmall = 'a' - 26, kNumber = '0' - 52, kCapital = 'A';
  const __m128i offsets =
      _mm_setr_epi8(kSmall, kNumber, kNumber, kNumber, kNumber, kNumber, kNumber, kNumber, kNumber, kNumber, kNumber,
                    static_cast<char>(digit62 - 62), static_cast<char>(digit63 - 63), kCapital, 0, 0);
  std::size_t taken = 0;
  for (; bytes.size() - taken >= kRead; taken += kTaken, out += kRead) {
    const __m128i read = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + taken));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), digits_of(split(read), offsets));
  }
  return taken;
}

}  // namespace

std::size_t encode_base64_blocks(ByteView bytes, char* out, char digit62, char digit63) {
  return __builtin_cpu_supports("ssse3") ? encode(bytes, out, digit62, digit63) : 0;
}

#else

std::size_t encode_base64_blocks(ByteView, char*, char, char) { return 0; }

#endif

}  // namespace aipg::codec
