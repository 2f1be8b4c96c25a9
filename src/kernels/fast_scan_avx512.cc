// AVX-512: as AVX2, with two rows of a block in one register and their two halves added at the end.
#if defined(__x86_64__)

#include "kernels/avx512_intrinsics.h"
#include "kernels/fast_scan_tables.h"

namespace vecgate::kernels {
namespace {

struct Sums {
  __m512i words = _mm512_setzero_si512();
  __m512i odd = _mm512_setzero_si512();

  // `codes` are two rows of the block, `tables` their four tables.
  void Add(__m512i codes, __m512i tables) {
    const __m512i nibble = _mm512_set1_epi8(15);
    const __m512i low = _mm512_shuffle_epi8(_mm512_shuffle_i32x4(tables, tables, 0xa0),
                                            _mm512_and_si512(codes, nibble));
    const __m512i high = _mm512_shuffle_epi8(_mm512_shuffle_i32x4(tables, tables, 0xf5),
                                             _mm512_and_si512(_mm512_srli_epi16(codes, 4), nibble));
    words = _mm512_add_epi16(words, _mm512_add_epi16(low, high));
    odd = _mm512_add_epi16(odd,
                           _mm512_add_epi16(_mm512_srli_epi16(low, 8), _mm512_srli_epi16(high, 8)));
  }
};

__m256i Fold(__m512i v) {
  return _mm256_add_epi16(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
}

void Sum(const uint8_t* tables, const uint8_t* block, size_t pairs, uint16_t* out) {
  Sums sums;
  size_t j = 0;
  for (; j + 2 <= pairs; j += 2) {
    sums.Add(_mm512_loadu_si512(block + j * kFastScanCodes),
             _mm512_loadu_si512(tables + 2 * j * kFastScanEntries));
  }
  if (j < pairs) {  // Zero codes in the upper half meet zero tables.
    constexpr __mmask8 kLowerHalf = 0x0f;
    sums.Add(_mm512_maskz_loadu_epi64(kLowerHalf, block + j * kFastScanCodes),
             _mm512_maskz_loadu_epi64(kLowerHalf, tables + 2 * j * kFastScanEntries));
  }
  const __m256i odd = Fold(sums.odd);
  const __m256i even = _mm256_sub_epi16(Fold(sums.words), _mm256_slli_epi16(odd, 8));
  // Unpacking works on each half by itself: codes 0–7 and 16–23, then 8–15 and 24–31.
  const __m256i first = _mm256_unpacklo_epi16(even, odd);
  const __m256i second = _mm256_unpackhi_epi16(even, odd);
  auto* to = reinterpret_cast<__m256i*>(out);
  _mm256_storeu_si256(to, _mm256_permute2x128_si256(first, second, 0x20));
  _mm256_storeu_si256(to + 1, _mm256_permute2x128_si256(first, second, 0x31));
}

}  // namespace

constinit const FastScanKernels kFastScanAvx512 = {Isa::kAvx512, "avx512", Sum};

}  // namespace vecgate::kernels

#endif
