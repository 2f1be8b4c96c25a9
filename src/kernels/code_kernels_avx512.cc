// AVX-512 with VPOPCNTDQ and VNNI: a line of 512 bits a register. Estimates of eight rows are made
// together, so that their sums are added up across registers once for all eight.
#if defined(__x86_64__)

#include <cstring>

#include "kernels/avx512_intrinsics.h"
#include "kernels/code_kernels_tables.h"
#include "kernels/rotation_rounds.h"

namespace vecgate::kernels {
namespace {

constexpr size_t kRowsAtOnce = 8;
constexpr int kXorThenAnd = 0x28;  // of _mm512_ternarylogic: (a xor b) and c

// Σ_b 2^b · popcount over one line, by 64-bit lanes.
template <typename Planes>
__m512i LineMismatch(__m512i code, Planes planes, __m512i mask) {
  __m512i sum = _mm512_popcnt_epi64(
      _mm512_ternarylogic_epi64(code, planes(kQueryPlanes - 1), mask, kXorThenAnd));
  for (size_t b = kQueryPlanes - 1; b-- > 0;) {
    const __m512i differs = _mm512_ternarylogic_epi64(code, planes(b), mask, kXorThenAnd);
    sum = _mm512_add_epi64(_mm512_add_epi64(sum, sum), _mm512_popcnt_epi64(differs));
  }
  return sum;
}

// Lane r of the result is the sum of the lanes of sums[r].
__m512i AddUp(const __m512i* sums) {
  __m512i pairs[4];
  for (size_t i = 0; i < 4; ++i) {
    pairs[i] = _mm512_add_epi64(_mm512_unpacklo_epi64(sums[2 * i], sums[2 * i + 1]),
                                _mm512_unpackhi_epi64(sums[2 * i], sums[2 * i + 1]));
  }
  const auto halve = [](__m512i a, __m512i b) {
    return _mm512_add_epi64(_mm512_shuffle_i64x2(a, b, 0x88), _mm512_shuffle_i64x2(a, b, 0xdd));
  };
  return halve(halve(pairs[0], pairs[1]), halve(pairs[2], pairs[3]));
}

long long FactorsOf(const char* row, size_t row_bytes) {
  long long factors;
  std::memcpy(&factors, row + row_bytes - sizeof(factors), sizeof(factors));
  return factors;
}

__m256 Estimates(const BitQuery& query, const char* const* rows, __m512i mismatch) {
  const size_t bytes = query.lines * kLineBytes;
  const __m512i factors = _mm512_setr_epi64(FactorsOf(rows[0], bytes), FactorsOf(rows[1], bytes),
                                            FactorsOf(rows[2], bytes), FactorsOf(rows[3], bytes),
                                            FactorsOf(rows[4], bytes), FactorsOf(rows[5], bytes),
                                            FactorsOf(rows[6], bytes), FactorsOf(rows[7], bytes));
  const __m256 add = _mm256_castsi256_ps(_mm512_cvtepi64_epi32(factors));
  const __m256 mul = _mm256_castsi256_ps(_mm512_cvtepi64_epi32(_mm512_srli_epi64(factors, 32)));
  const __m256 inner = _mm256_fnmadd_ps(_mm256_set1_ps(query.step), _mm512_cvtepi64_ps(mismatch),
                                        _mm256_set1_ps(query.base));
  return _mm256_fmadd_ps(mul, inner, add);
}

// A code of one line, so far the commonest: the planes stay in registers.
void SumsOfOneLine(const BitQuery& query, const char* const* rows, __m512i* sums) {
  __m512i planes[kQueryPlanes];
  for (size_t b = 0; b < kQueryPlanes; ++b) {
    planes[b] = _mm512_load_si512(query.planes + b * kLineBytes);
  }
  const __m512i mask = _mm512_load_si512(query.mask);
  for (size_t r = 0; r < kRowsAtOnce; ++r) {
    sums[r] = LineMismatch(
        _mm512_load_si512(rows[r]), [&](size_t b) { return planes[b]; }, mask);
  }
}

void SumsOfLines(const BitQuery& query, const char* const* rows, __m512i* sums) {
  for (size_t r = 0; r < kRowsAtOnce; ++r) sums[r] = _mm512_setzero_si512();
  for (size_t line = 0; line < query.lines; ++line) {
    const size_t at = line * kLineBytes;
    const __m512i mask = _mm512_load_si512(query.mask + at);
    const auto plane = [&](size_t b) {
      return _mm512_load_si512(query.planes + b * query.lines * kLineBytes + at);
    };
    for (size_t r = 0; r < kRowsAtOnce; ++r) {
      sums[r] =
          _mm512_add_epi64(sums[r], LineMismatch(_mm512_load_si512(rows[r] + at), plane, mask));
    }
  }
}

void BitEstimates(const BitQuery& query, const char* const* rows, size_t count, float* out) {
  for (size_t at = 0; at < count; at += kRowsAtOnce) {
    const size_t left = count - at;
    const char* tail[kRowsAtOnce];
    const char* const* now = rows + at;
    if (left < kRowsAtOnce) {
      for (size_t r = 0; r < kRowsAtOnce; ++r) tail[r] = now[r < left ? r : 0];
      now = tail;
    }
    __m512i sums[kRowsAtOnce];
    query.lines == 1 ? SumsOfOneLine(query, now, sums) : SumsOfLines(query, now, sums);
    const auto kept = static_cast<__mmask8>(left >= kRowsAtOnce ? 0xff : (1U << left) - 1);
    _mm256_mask_storeu_ps(out + at, kept, Estimates(query, now, AddUp(sums)));
  }
}

void DotS8S8(const uint8_t* query, const int8_t* const* rows, size_t count, size_t dim,
             int32_t* out) {
  for (size_t r = 0; r < count; ++r) {
    __m512i sum = _mm512_setzero_si512();
    for (size_t i = 0; i < dim; i += kLineBytes) {
      sum =
          _mm512_dpbusd_epi32(sum, _mm512_loadu_si512(query + i), _mm512_loadu_si512(rows[r] + i));
    }
    out[r] = _mm512_reduce_add_epi32(sum);
  }
}

__m512 Floats(const int8_t* row) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(row));
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes));
}

void DotF32S8(const float* query, const int8_t* const* rows, size_t count, size_t dim, float* out) {
  for (size_t r = 0; r < count; ++r) {
    __m512 even = _mm512_setzero_ps();
    __m512 odd = _mm512_setzero_ps();
    for (size_t i = 0; i < dim; i += 32) {
      even = _mm512_fmadd_ps(_mm512_loadu_ps(query + i), Floats(rows[r] + i), even);
      odd = _mm512_fmadd_ps(_mm512_loadu_ps(query + i + 16), Floats(rows[r] + i + 16), odd);
    }
    out[r] = _mm512_reduce_add_ps(_mm512_add_ps(even, odd));
  }
}

// a + b where the sign bit of a lane in `negate` is 0, b - a where it is 1, b being x with lanes
// swapped over `distance`: the butterfly inside a register.
template <int kShuffle, bool kWide>
__m512 Butterfly(__m512 x, __mmask16 negate) {
  const __m512 swapped =
      kWide ? _mm512_shuffle_f32x4(x, x, kShuffle) : _mm512_permute_ps(x, kShuffle);
  return _mm512_mask_sub_ps(_mm512_add_ps(swapped, x), negate, swapped, x);
}

__m512 HadamardOfRegister(__m512 x) {
  x = Butterfly<0xb1, false>(x, 0xaaaa);  // lanes 1 apart
  x = Butterfly<0x4e, false>(x, 0xcccc);  // 2 apart
  x = Butterfly<0xb1, true>(x, 0xf0f0);   // 4 apart
  return Butterfly<0x4e, true>(x, 0xff00);
}

void Hadamard(float* x, size_t dim) {
  constexpr size_t kLanes = 16;
  if (dim < kLanes) return kScalarCodeKernels.hadamard(x, dim);
  for (size_t i = 0; i < dim; i += kLanes) {
    _mm512_storeu_ps(x + i, HadamardOfRegister(_mm512_loadu_ps(x + i)));
  }
  for (size_t half = kLanes; half < dim; half *= 2) {
    for (size_t block = 0; block < dim; block += 2 * half) {
      for (size_t i = block; i < block + half; i += kLanes) {
        const __m512 a = _mm512_loadu_ps(x + i);
        const __m512 b = _mm512_loadu_ps(x + i + half);
        _mm512_storeu_ps(x + i, _mm512_add_ps(a, b));
        _mm512_storeu_ps(x + i + half, _mm512_sub_ps(a, b));
      }
    }
  }
}

void BitPlanes(const float* x, size_t dim, float inverse_step, char* planes, size_t plane_bytes) {
  constexpr size_t kLanes = 16;
  constexpr int kHighest = (1 << kQueryPlanes) - 1;
  const __m512 inverse = _mm512_set1_ps(inverse_step);
  const __m512 middle = _mm512_set1_ps(0.5F * kHighest + 0.5F);
  for (size_t i = 0; i < dim; i += kLanes) {
    const __m512 level = _mm512_add_ps(_mm512_mul_ps(_mm512_loadu_ps(x + i), inverse), middle);
    const __m512i value =
        _mm512_max_epi32(_mm512_min_epi32(_mm512_cvttps_epi32(level), _mm512_set1_epi32(kHighest)),
                         _mm512_setzero_si512());
    for (size_t b = 0; b < kQueryPlanes; ++b) {
      const __mmask16 bits = _mm512_test_epi32_mask(value, _mm512_set1_epi32(1 << b));
      std::memcpy(planes + b * plane_bytes + i / 8, &bits, sizeof(bits));
    }
  }
}

ResidualSums Residual(const int8_t* base, float base_scale, const int8_t* row, float row_scale,
                      size_t dim, char* bits) {
  constexpr size_t kLanes = 16;
  const __m512 of_base = _mm512_set1_ps(base_scale);
  const __m512 of_row = _mm512_set1_ps(row_scale);
  __m512 squared = _mm512_setzero_ps();
  __m512 absolute = _mm512_setzero_ps();
  __m512 along = _mm512_setzero_ps();
  __m512 signed_base = _mm512_setzero_ps();
  for (size_t i = 0; i < dim; i += kLanes) {
    const __m512 b = _mm512_mul_ps(of_base, Floats(base + i));
    const __m512 r = _mm512_fmsub_ps(of_row, Floats(row + i), b);
    const __mmask16 negative = _mm512_movepi32_mask(_mm512_castps_si512(r));
    const auto positive = static_cast<uint16_t>(~negative);
    std::memcpy(bits + i / 8, &positive, sizeof(positive));
    squared = _mm512_fmadd_ps(r, r, squared);
    absolute = _mm512_add_ps(absolute, _mm512_abs_ps(r));
    along = _mm512_fmadd_ps(r, b, along);
    signed_base =
        _mm512_add_ps(signed_base, _mm512_mask_sub_ps(b, negative, _mm512_setzero_ps(), b));
  }
  return {_mm512_reduce_add_ps(squared), _mm512_reduce_add_ps(absolute),
          _mm512_reduce_add_ps(along), _mm512_reduce_add_ps(signed_base)};
}

}  // namespace

constinit const CodeKernels kAvx512CodeKernels = {
    Isa::kAvx512, "avx512", BitEstimates,       128,       DotS8S8,
    DotF32S8,     Hadamard, RotateBy<Hadamard>, BitPlanes, Residual};

}  // namespace vecgate::kernels

#endif
