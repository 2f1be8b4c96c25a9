// AVX2: codes widened to 16 bits and multiplied with the query's words, pairs added into 32 bits.
// A 32-bit lane takes 2 · 255 · 16,256 each step and so is emptied every 2,048 codes. Four rows
// share each load of the query.
#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <type_traits>

#include "kernels/scalar_codes_tables.h"

namespace vecgate::kernels {
namespace {

constexpr size_t kCodesBetweenSums = 2048;

int64_t Sum(__m256i lanes) {
  const __m256i low = _mm256_cvtepi32_epi64(_mm256_castsi256_si128(lanes));
  const __m256i high = _mm256_cvtepi32_epi64(_mm256_extracti128_si256(lanes, 1));
  const __m256i both = _mm256_add_epi64(low, high);
  const __m128i half =
      _mm_add_epi64(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
  return _mm_extract_epi64(half, 0) + _mm_extract_epi64(half, 1);
}

__m256i LoadWords(const int16_t* words) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words));
}

struct U8 {
  struct Words {
    __m256i first;
    Words(const int16_t* words, const int16_t* /*second*/) : first(LoadWords(words)) {}
  };
  static __m256i Step(__m256i sum, const Words& words, __m128i codes) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_cvtepu8_epi16(codes), words.first));
  }
  static int64_t One(const int16_t* words, const int16_t* /*second*/, uint8_t code) {
    return int64_t{*words} * code;
  }
};

struct U4 {
  struct Words {
    __m256i first;
    __m256i second;
    Words(const int16_t* words, const int16_t* beyond)
        : first(LoadWords(words)), second(LoadWords(beyond)) {}
  };
  static __m256i Step(__m256i sum, const Words& words, __m128i codes) {
    const __m128i nibble = _mm_set1_epi8(15);
    const __m256i low = _mm256_cvtepu8_epi16(_mm_and_si128(codes, nibble));
    const __m256i high = _mm256_cvtepu8_epi16(_mm_and_si128(_mm_srli_epi16(codes, 4), nibble));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(low, words.first));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(high, words.second));
  }
  static int64_t One(const int16_t* words, const int16_t* second, uint8_t code) {
    return int64_t{*words} * (code & 15) + int64_t{*second} * (code >> 4);
  }
};

template <typename Op, size_t kRows>
void Rows(const int16_t* words, const int16_t* second, const uint8_t* const* rows, size_t bytes,
          int64_t* out) {
  for (size_t r = 0; r < kRows; ++r) out[r] = 0;
  size_t i = 0;
  while (i + 16 <= bytes) {
    __m256i sums[kRows];
    for (size_t r = 0; r < kRows; ++r) sums[r] = _mm256_setzero_si256();
    for (const size_t end = std::min(bytes, i + kCodesBetweenSums); i + 16 <= end; i += 16) {
      const typename Op::Words query(words + i, second + i);
      for (size_t r = 0; r < kRows; ++r) {
        const auto* codes = reinterpret_cast<const __m128i*>(rows[r] + i);
        sums[r] = Op::Step(sums[r], query, _mm_loadu_si128(codes));
      }
    }
    for (size_t r = 0; r < kRows; ++r) out[r] += Sum(sums[r]);
  }
  for (; i < bytes; ++i) {
    for (size_t r = 0; r < kRows; ++r) out[r] += Op::One(words + i, second + i, rows[r][i]);
  }
}

template <typename Op>
void Dot(const CodeQuery& query, const uint8_t* const* rows, size_t count, size_t bytes,
         int64_t* out) {
  // Only U4 reads the second half; for U8 it is the first once more, and never beyond the array.
  const bool halves = std::is_same_v<Op, U4>;
  const int16_t* second = query.words + (halves ? PaddedCodeQuery(bytes) : 0);
  size_t r = 0;
  for (; r + 4 <= count; r += 4) Rows<Op, 4>(query.words, second, rows + r, bytes, out + r);
  for (; r < count; ++r) Rows<Op, 1>(query.words, second, rows + r, bytes, out + r);
}

}  // namespace

constinit const ScalarCodeKernels kScalarCodesAvx2 = {Isa::kAvx2, "avx2", Dot<U8>, Dot<U4>};

}  // namespace vecgate::kernels

#endif
