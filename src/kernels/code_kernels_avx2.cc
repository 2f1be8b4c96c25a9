// AVX2: 8 floats or 32 bytes a register, two accumulators a row; one-bit codes by 64-bit popcount.
#if defined(__x86_64__)

#include <immintrin.h>

#include "kernels/bit_estimates_words.h"
#include "kernels/code_kernels_tables.h"
#include "kernels/rotation_rounds.h"

namespace vecgate::kernels {
namespace {

// _mm256_maddubs_epi16 would saturate: 255 · 127 · 2 does not fit 16 bits; so bytes are widened.
__m256i WideDot(__m128i query, __m128i row) {
  return _mm256_madd_epi16(_mm256_cvtepu8_epi16(query), _mm256_cvtepi8_epi16(row));
}

__m128i Load16(const void* bytes) { return _mm_loadu_si128(static_cast<const __m128i*>(bytes)); }

void DotU8S8(const uint8_t* query, const int8_t* const* rows, size_t count, size_t dim,
             int32_t* out) {
  for (size_t r = 0; r < count; ++r) {
    __m256i even = _mm256_setzero_si256();
    __m256i odd = _mm256_setzero_si256();
    for (size_t i = 0; i < dim; i += 32) {
      even = _mm256_add_epi32(even, WideDot(Load16(query + i), Load16(rows[r] + i)));
      odd = _mm256_add_epi32(odd, WideDot(Load16(query + i + 16), Load16(rows[r] + i + 16)));
    }
    alignas(32) int32_t lanes[8];
    _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), _mm256_add_epi32(even, odd));
    out[r] = 0;
    for (const int32_t lane : lanes) out[r] += lane;
  }
}

__m256 Floats(const int8_t* row) {
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(row));
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
}

void DotF32S8(const float* query, const int8_t* const* rows, size_t count, size_t dim, float* out) {
  for (size_t r = 0; r < count; ++r) {
    __m256 even = _mm256_setzero_ps();
    __m256 odd = _mm256_setzero_ps();
    for (size_t i = 0; i < dim; i += 16) {
      even = _mm256_fmadd_ps(_mm256_loadu_ps(query + i), Floats(rows[r] + i), even);
      odd = _mm256_fmadd_ps(_mm256_loadu_ps(query + i + 8), Floats(rows[r] + i + 8), odd);
    }
    alignas(32) float lanes[8];
    _mm256_store_ps(lanes, _mm256_add_ps(even, odd));
    out[r] = 0;
    for (const float lane : lanes) out[r] += lane;
  }
}

void HadamardSmall(float* x, size_t dim, size_t until) {
  for (size_t half = 1; half < until; half *= 2) {
    for (size_t block = 0; block < dim; block += 2 * half) {
      for (size_t i = block; i < block + half; ++i) {
        const float a = x[i];
        const float b = x[i + half];
        x[i] = a + b;
        x[i + half] = a - b;
      }
    }
  }
}

void Hadamard(float* x, size_t dim) {
  constexpr size_t kLanes = 8;
  HadamardSmall(x, dim, dim < kLanes ? dim : kLanes);
  for (size_t half = kLanes; half < dim; half *= 2) {
    for (size_t block = 0; block < dim; block += 2 * half) {
      for (size_t i = block; i < block + half; i += kLanes) {
        const __m256 a = _mm256_loadu_ps(x + i);
        const __m256 b = _mm256_loadu_ps(x + i + half);
        _mm256_storeu_ps(x + i, _mm256_add_ps(a, b));
        _mm256_storeu_ps(x + i + half, _mm256_sub_ps(a, b));
      }
    }
  }
}

}  // namespace

constinit const CodeKernels kAvx2CodeKernels = {
    Isa::kAvx2, "avx2",   BitEstimatesByWords, DotU8S8,
    DotF32S8,   Hadamard, RotateBy<Hadamard>,  BitPlanesByWords};

}  // namespace vecgate::kernels

#endif
