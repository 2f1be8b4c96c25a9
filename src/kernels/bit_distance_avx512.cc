// AVX-512 with VPOPCNTDQ: 512 bits a step, masked tails.
#if defined(__x86_64__)

// g++ 12 takes the undefined merge operand inside its own intrinsics for a variable of ours.
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include "kernels/bit_distance_tables.h"

namespace vecgate::kernels {
namespace {

constexpr size_t kStep = sizeof(__m512i);

/// Calls `use` with each pair of registers; bytes beyond the end are zero and not touched.
template <typename Use>
void ForEachStep(const char* a, const char* b, size_t size_bytes, Use use) {
  size_t at = 0;
  for (; at + kStep <= size_bytes; at += kStep) {
    use(_mm512_loadu_si512(a + at), _mm512_loadu_si512(b + at));
  }
  if (at == size_bytes) return;
  const __mmask64 rest = (uint64_t{1} << (size_bytes - at)) - 1;
  use(_mm512_maskz_loadu_epi8(rest, a + at), _mm512_maskz_loadu_epi8(rest, b + at));
}

__m512i PlusOnes(__m512i sum, __m512i bits) {
  return _mm512_add_epi64(sum, _mm512_popcnt_epi64(bits));
}

uint64_t Sum(__m512i v) { return static_cast<uint64_t>(_mm512_reduce_add_epi64(v)); }

void Hamming(const char* query, const char* const* rows, size_t count, size_t size_bytes,
             float* out) {
  for (size_t r = 0; r < count; ++r) {
    __m512i differing = _mm512_setzero_si512();
    ForEachStep(query, rows[r], size_bytes, [&](__m512i x, __m512i y) {
      differing = PlusOnes(differing, _mm512_xor_si512(x, y));
    });
    out[r] = static_cast<float>(Sum(differing));
  }
}

void Jaccard(const char* query, const char* const* rows, size_t count, size_t size_bytes,
             float* out) {
  for (size_t r = 0; r < count; ++r) {
    __m512i common = _mm512_setzero_si512();
    __m512i either = _mm512_setzero_si512();
    ForEachStep(query, rows[r], size_bytes, [&](__m512i x, __m512i y) {
      common = PlusOnes(common, _mm512_and_si512(x, y));
      either = PlusOnes(either, _mm512_or_si512(x, y));
    });
    out[r] = JaccardOf(Sum(common), Sum(either));
  }
}

}  // namespace

constinit const BitDistanceKernels kBitDistanceAvx512 = {Isa::kAvx512, "avx512", Hamming, Jaccard};

}  // namespace vecgate::kernels

#endif
