// AVX-512: 16 floats a register, two accumulators for each row, masked tails. The batch forms share
// each load of the query among four rows and keep each row's own order of additions.
#if defined(__x86_64__)

#include "kernels/avx512_intrinsics.h"
#include "kernels/distance_tables.h"

namespace vecgate::kernels {
namespace {

struct L2 {
  static __m512 Step(__m512 sum, __m512 a, __m512 b) {
    const __m512 difference = _mm512_sub_ps(a, b);
    return _mm512_fmadd_ps(difference, difference, sum);
  }
};

struct Dot {
  static __m512 Step(__m512 sum, __m512 a, __m512 b) { return _mm512_fmadd_ps(a, b, sum); }
};

template <typename Op, size_t kRows>
void Rows(const float* query, const float* const* rows, size_t dim, float* out) {
  __m512 even[kRows];
  __m512 odd[kRows];
  for (size_t r = 0; r < kRows; ++r) even[r] = odd[r] = _mm512_setzero_ps();
  size_t i = 0;
  for (; i + 32 <= dim; i += 32) {
    const __m512 q0 = _mm512_loadu_ps(query + i);
    const __m512 q1 = _mm512_loadu_ps(query + i + 16);
    for (size_t r = 0; r < kRows; ++r) {
      even[r] = Op::Step(even[r], q0, _mm512_loadu_ps(rows[r] + i));
      odd[r] = Op::Step(odd[r], q1, _mm512_loadu_ps(rows[r] + i + 16));
    }
  }
  for (; i < dim; i += 16) {
    const size_t left = dim - i;
    const auto mask = static_cast<__mmask16>(left >= 16 ? 0xffffU : (1U << left) - 1U);
    const __m512 q = _mm512_maskz_loadu_ps(mask, query + i);
    for (size_t r = 0; r < kRows; ++r) {
      even[r] = Op::Step(even[r], q, _mm512_maskz_loadu_ps(mask, rows[r] + i));
    }
  }
  for (size_t r = 0; r < kRows; ++r) out[r] = _mm512_reduce_add_ps(_mm512_add_ps(even[r], odd[r]));
}

template <typename Op>
float One(const float* a, const float* b, size_t dim) {
  float out;
  Rows<Op, 1>(a, &b, dim, &out);
  return out;
}

template <typename Op>
void Batch(const float* query, const float* const* rows, size_t count, size_t dim, float* out) {
  size_t r = 0;
  for (; r + 4 <= count; r += 4) Rows<Op, 4>(query, rows + r, dim, out + r);
  for (; r < count; ++r) Rows<Op, 1>(query, rows + r, dim, out + r);
}

}  // namespace

constinit const DistanceKernels kAvx512Kernels = {Isa::kAvx512, "avx512",  One<L2>,
                                                  One<Dot>,     Batch<L2>, Batch<Dot>};

}  // namespace vecgate::kernels

#endif
