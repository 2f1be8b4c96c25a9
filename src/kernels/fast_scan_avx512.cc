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

__m512 FromBfloat16(const uint16_t* values) {
  const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(values));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}

size_t Near(const uint16_t* sums, const SumEstimates& estimates, float below, uint16_t first,
            uint16_t* lanes, float* out) {
  constexpr size_t kLanes = 16;
  __m512i lane =
      _mm512_add_epi32(_mm512_set1_epi32(first),
                       _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  size_t count = 0;
  for (size_t i = 0; i < kFastScanCodes; i += kLanes) {
    const __m256i words = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(sums + i));
    const __m512 sum = _mm512_cvtepi32_ps(_mm512_cvtepu16_epi32(words));
    const __m512 inner =
        _mm512_fmadd_ps(_mm512_set1_ps(estimates.step), sum, _mm512_set1_ps(estimates.base));
    const __m512 moved =
        _mm512_add_ps(_mm512_set1_ps(estimates.offset), FromBfloat16(estimates.add + i));
    const __m512 estimate = _mm512_fmadd_ps(FromBfloat16(estimates.mul + i), inner, moved);
    const __mmask16 near = _mm512_cmp_ps_mask(estimate, _mm512_set1_ps(below), _CMP_LT_OQ);
    _mm512_storeu_ps(out + count, _mm512_maskz_compress_ps(near, estimate));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(lanes + count),
                        _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(near, lane)));
    count += static_cast<size_t>(__builtin_popcount(near));
    lane = _mm512_add_epi32(lane, _mm512_set1_epi32(kLanes));
  }
  return count;
}

// The lanes are the entries of one table. `sum` is never negative beyond rounding, which the
// conversion cuts off.
void SignTables(const float* query, size_t dim, float inverse_step, uint8_t* tables) {
  const __m512 step = _mm512_set1_ps(inverse_step);
  const __m512 half = _mm512_set1_ps(0.5F);
  constexpr __mmask16 kMinus[4] = {0x5555, 0x3333, 0x0f0f, 0x00ff};
  for (size_t i = 0; i < dim; i += 4) {
    __m512 q[4];
    for (size_t b = 0; b < 4; ++b) q[b] = _mm512_set1_ps(query[i + b]);
    __m512 sum = _mm512_add_ps(_mm512_add_ps(_mm512_abs_ps(q[0]), _mm512_abs_ps(q[1])),
                               _mm512_add_ps(_mm512_abs_ps(q[2]), _mm512_abs_ps(q[3])));
    for (size_t b = 0; b < 4; ++b) {
      sum = _mm512_mask_sub_ps(_mm512_add_ps(sum, q[b]), kMinus[b], sum, q[b]);
    }
    const __m512i entries =
        _mm512_cvttps_epi32(_mm512_max_ps(_mm512_fmadd_ps(sum, step, half), _mm512_setzero_ps()));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(tables + 4 * i), _mm512_cvtusepi32_epi8(entries));
  }
}

}  // namespace

constinit const FastScanKernels kFastScanAvx512 = {Isa::kAvx512, "avx512", Sum, Near, SignTables};

}  // namespace vecgate::kernels

#endif
