// AVX2: one shuffle looks up the 32 codes of a sub-quantizer. Bytes are added as 16-bit words, once
// as they stand and once shifted down by 8; the second sum is that of the odd codes, and takes the
// odd codes' part out of the first.
#if defined(__x86_64__)

#include <immintrin.h>

#include "kernels/fast_scan_tables.h"

namespace vecgate::kernels {
namespace {

__m256i Load(const uint8_t* bytes) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
}

__m256i LoadTable(const uint8_t* table) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table)));
}

void Sum(const uint8_t* tables, const uint8_t* block, size_t pairs, uint16_t* out) {
  const __m256i nibble = _mm256_set1_epi8(15);
  __m256i words = _mm256_setzero_si256();
  __m256i odd = _mm256_setzero_si256();
  for (size_t j = 0; j < pairs; ++j) {
    const __m256i codes = Load(block + j * kFastScanCodes);
    const uint8_t* table = tables + 2 * j * kFastScanEntries;
    const __m256i low = _mm256_shuffle_epi8(LoadTable(table), _mm256_and_si256(codes, nibble));
    const __m256i high = _mm256_shuffle_epi8(LoadTable(table + kFastScanEntries),
                                             _mm256_and_si256(_mm256_srli_epi16(codes, 4), nibble));
    words = _mm256_add_epi16(words, _mm256_add_epi16(low, high));
    odd = _mm256_add_epi16(odd,
                           _mm256_add_epi16(_mm256_srli_epi16(low, 8), _mm256_srli_epi16(high, 8)));
  }
  const __m256i even = _mm256_sub_epi16(words, _mm256_slli_epi16(odd, 8));
  // Unpacking works on each half by itself: codes 0–7 and 16–23, then 8–15 and 24–31.
  const __m256i first = _mm256_unpacklo_epi16(even, odd);
  const __m256i second = _mm256_unpackhi_epi16(even, odd);
  auto* to = reinterpret_cast<__m256i*>(out);
  _mm256_storeu_si256(to, _mm256_permute2x128_si256(first, second, 0x20));
  _mm256_storeu_si256(to + 1, _mm256_permute2x128_si256(first, second, 0x31));
}

}  // namespace

constinit const FastScanKernels kFastScanAvx2 = {Isa::kAvx2, "avx2", Sum};

}  // namespace vecgate::kernels

#endif
