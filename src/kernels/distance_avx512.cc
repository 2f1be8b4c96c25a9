// AVX-512: 16 floats a register, two accumulators, masked tails. The batch forms go through one row
// after another: four rows at once share the loads of the query, but their four streams keep the
// processor from fetching ahead, and a scan of memory then runs at less than half its speed.
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

template <typename Op>
float One(const float* query, const float* row, size_t dim) {
  __m512 even = _mm512_setzero_ps();
  __m512 odd = _mm512_setzero_ps();
  size_t i = 0;
  for (; i + 32 <= dim; i += 32) {
    even = Op::Step(even, _mm512_loadu_ps(query + i), _mm512_loadu_ps(row + i));
    odd = Op::Step(odd, _mm512_loadu_ps(query + i + 16), _mm512_loadu_ps(row + i + 16));
  }
  for (; i < dim; i += 16) {
    const size_t left = dim - i;
    const auto mask = static_cast<__mmask16>(left >= 16 ? 0xffffU : (1U << left) - 1U);
    even = Op::Step(even, _mm512_maskz_loadu_ps(mask, query + i),
                    _mm512_maskz_loadu_ps(mask, row + i));
  }
  return _mm512_reduce_add_ps(_mm512_add_ps(even, odd));
}

template <typename Op>
void Batch(const float* query, const float* const* rows, size_t count, size_t dim, float* out) {
  for (size_t r = 0; r < count; ++r) out[r] = One<Op>(query, rows[r], dim);
}

}  // namespace

constinit const DistanceKernels kAvx512Kernels = {Isa::kAvx512, "avx512",  One<L2>,
                                                  One<Dot>,     Batch<L2>, Batch<Dot>};

}  // namespace vecgate::kernels

#endif
