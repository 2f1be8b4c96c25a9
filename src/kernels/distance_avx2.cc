// AVX2 with FMA: 8 floats a register, two accumulators, masked tails. The batch forms go through
// one row after another, as those of AVX-512 do and for the same reason.
#if defined(__x86_64__)

#include <immintrin.h>

#include "kernels/distance_tables.h"

namespace vecgate::kernels {
namespace {

struct L2 {
  static __m256 Step(__m256 sum, __m256 a, __m256 b) {
    const __m256 difference = _mm256_sub_ps(a, b);
    return _mm256_fmadd_ps(difference, difference, sum);
  }
};

struct Dot {
  static __m256 Step(__m256 sum, __m256 a, __m256 b) { return _mm256_fmadd_ps(a, b, sum); }
};

float Sum(__m256 v) {
  __m128 half = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  half = _mm_add_ps(half, _mm_movehl_ps(half, half));
  half = _mm_add_ss(half, _mm_movehdup_ps(half));
  return _mm_cvtss_f32(half);
}

// The last `count` (1 to 7) floats; lanes beyond them are zero and memory there is not touched.
__m256i TailMask(size_t count) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lanes);
}

template <typename Op>
float One(const float* query, const float* row, size_t dim) {
  __m256 even = _mm256_setzero_ps();
  __m256 odd = _mm256_setzero_ps();
  size_t i = 0;
  for (; i + 16 <= dim; i += 16) {
    even = Op::Step(even, _mm256_loadu_ps(query + i), _mm256_loadu_ps(row + i));
    odd = Op::Step(odd, _mm256_loadu_ps(query + i + 8), _mm256_loadu_ps(row + i + 8));
  }
  for (; i < dim; i += 8) {
    const __m256i mask = TailMask(dim - i);
    even = Op::Step(even, _mm256_maskload_ps(query + i, mask), _mm256_maskload_ps(row + i, mask));
  }
  return Sum(_mm256_add_ps(even, odd));
}

template <typename Op>
void Batch(const float* query, const float* const* rows, size_t count, size_t dim, float* out) {
  for (size_t r = 0; r < count; ++r) out[r] = One<Op>(query, rows[r], dim);
}

}  // namespace

constinit const DistanceKernels kAvx2Kernels = {Isa::kAvx2, "avx2",    One<L2>,
                                                One<Dot>,   Batch<L2>, Batch<Dot>};

}  // namespace vecgate::kernels

#endif
