// AVX2: one shuffle looks up the 32 codes of a sub-quantizer. Bytes are added as 16-bit words, once
// as they stand and once shifted down by 8; the second sum is that of the odd codes, and takes the
// odd codes' part out of the first.
#if defined(__x86_64__)

#include <immintrin.h>

#include "kernels/fast_scan_tables.h"
#include "kernels/near_lanes.h"

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

// The lanes are half of the entries of one table: those without its last sign, then those with it.
void SignTables(const float* query, size_t dim, float inverse_step, uint8_t* tables) {
  const __m256 step = _mm256_set1_ps(inverse_step);
  const __m256 half = _mm256_set1_ps(0.5F);
  const __m256 sign = _mm256_set1_ps(-0.0F);
  const __m256 minus[3] = {_mm256_setr_ps(-0.0F, 0, -0.0F, 0, -0.0F, 0, -0.0F, 0),
                           _mm256_setr_ps(-0.0F, -0.0F, 0, 0, -0.0F, -0.0F, 0, 0),
                           _mm256_setr_ps(-0.0F, -0.0F, -0.0F, -0.0F, 0, 0, 0, 0)};
  const auto entries = [&](__m256 sum) {
    const __m256 place = _mm256_add_ps(_mm256_mul_ps(sum, step), half);
    return _mm256_cvttps_epi32(_mm256_max_ps(place, _mm256_setzero_ps()));
  };
  for (size_t i = 0; i < dim; i += 4) {
    __m256 q[4];
    __m256 size[4];
    for (size_t b = 0; b < 4; ++b) {
      q[b] = _mm256_set1_ps(query[i + b]);
      size[b] = _mm256_andnot_ps(sign, q[b]);
    }
    __m256 sum = _mm256_add_ps(_mm256_add_ps(size[0], size[1]), _mm256_add_ps(size[2], size[3]));
    for (size_t b = 0; b < 3; ++b) sum = _mm256_add_ps(sum, _mm256_xor_ps(q[b], minus[b]));
    // Packing works on each half of a register by itself, so the four halves come out in the order
    // 0, 2, 1, 3 of four entries each.
    const __m256i words =
        _mm256_packus_epi32(entries(_mm256_sub_ps(sum, q[3])), entries(_mm256_add_ps(sum, q[3])));
    const __m256i ordered = _mm256_permute4x64_epi64(words, 0xd8);
    const __m128i bytes =
        _mm_packus_epi16(_mm256_castsi256_si128(ordered), _mm256_extracti128_si256(ordered, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(tables + 4 * i), bytes);
  }
}

}  // namespace

constinit const FastScanKernels kFastScanAvx2 = {Isa::kAvx2, "avx2", Sum, NearByLanes, SignTables};

}  // namespace vecgate::kernels

#endif
