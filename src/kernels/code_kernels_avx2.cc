// AVX2: 8 floats or 32 bytes a register. Bits are counted by nibbles, which a shuffle looks up.
#if defined(__x86_64__)

#include <immintrin.h>

#include <cstring>

#include "kernels/code_kernels_tables.h"
#include "kernels/rotation_rounds.h"

namespace vecgate::kernels {
namespace {

constexpr size_t kRowsAtOnce = 4;

__m256i Load(const void* bytes) { return _mm256_loadu_si256(static_cast<const __m256i*>(bytes)); }

// 2^plane · popcount of each byte.
template <int kPlane>
__m256i CountBits(__m256i bits) {
  const __m256i counts =
      _mm256_slli_epi16(_mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2,
                                         1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4),
                        kPlane);
  const __m256i nibble = _mm256_set1_epi8(0x0f);
  return _mm256_add_epi8(
      _mm256_shuffle_epi8(counts, _mm256_and_si256(bits, nibble)),
      _mm256_shuffle_epi8(counts, _mm256_and_si256(_mm256_srli_epi16(bits, 4), nibble)));
}

// Σ_b 2^b · popcount by bytes of 32 bytes of a code: at most 8 · 15 in each.
__m256i Mismatch(__m256i code, const char* planes, size_t plane_bytes) {
  static_assert(kQueryPlanes == 4);
  const auto differs = [&](size_t b) {
    return _mm256_xor_si256(code, Load(planes + b * plane_bytes));
  };
  return _mm256_add_epi8(_mm256_add_epi8(CountBits<0>(differs(0)), CountBits<1>(differs(1))),
                         _mm256_add_epi8(CountBits<2>(differs(2)), CountBits<3>(differs(3))));
}

int32_t SumOf64s(__m256i sums) {
  const __m128i two =
      _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  return _mm_cvtsi128_si32(_mm_add_epi64(two, _mm_unpackhi_epi64(two, two)));
}

void BitEstimates(const BitQuery& query, const char* const* rows, size_t count, float* out) {
  constexpr size_t kHalf = kLineBytes / 2;
  const size_t row_bytes = query.lines * kLineBytes;
  for (size_t r = 0; r < count; ++r) {
    __m256i sums = _mm256_setzero_si256();
    for (size_t at = 0; at < row_bytes; at += kLineBytes) {
      const auto half = [&](size_t from) {
        // Planes are 0 where the mask is.
        const __m256i code = _mm256_and_si256(Load(rows[r] + from), Load(query.mask + from));
        return Mismatch(code, query.planes + from, row_bytes);
      };
      const __m256i line = _mm256_add_epi8(half(at), half(at + kHalf));
      sums = _mm256_add_epi64(sums, _mm256_sad_epu8(line, _mm256_setzero_si256()));
    }
    float factors[2];
    std::memcpy(factors, rows[r] + row_bytes - sizeof(factors), sizeof(factors));
    out[r] =
        factors[0] + factors[1] * (query.base - query.step * static_cast<float>(SumOf64s(sums)));
  }
}

// Lane r of the result is the sum of the lanes of sums[r].
__m128i AddUp(const __m256i* sums) {
  const __m256i four =
      _mm256_hadd_epi32(_mm256_hadd_epi32(sums[0], sums[1]), _mm256_hadd_epi32(sums[2], sums[3]));
  return _mm_add_epi32(_mm256_castsi256_si128(four), _mm256_extracti128_si256(four, 1));
}

// The multiplication wants one side unsigned, so the query's signs go to the rows. Two products of
// 127 · 127 fit the 16 bits in which they are added.
void DotS8S8(const uint8_t* query, const int8_t* const* rows, size_t count, size_t dim,
             int32_t* out) {
  const __m256i ones = _mm256_set1_epi16(1);
  for (size_t at = 0; at < count; at += kRowsAtOnce) {
    const size_t left = count - at;
    const int8_t* now[kRowsAtOnce];
    for (size_t r = 0; r < kRowsAtOnce; ++r) now[r] = rows[at + (r < left ? r : 0)];
    __m256i sums[kRowsAtOnce] = {};
    for (size_t i = 0; i < dim; i += sizeof(__m256i)) {
      const __m256i q = Load(query + i);
      const __m256i size = _mm256_abs_epi8(q);
      for (size_t r = 0; r < kRowsAtOnce; ++r) {
        const __m256i pairs = _mm256_maddubs_epi16(size, _mm256_sign_epi8(Load(now[r] + i), q));
        sums[r] = _mm256_add_epi32(sums[r], _mm256_madd_epi16(pairs, ones));
      }
    }
    alignas(16) int32_t dots[kRowsAtOnce];
    _mm_store_si128(reinterpret_cast<__m128i*>(dots), AddUp(sums));
    std::memcpy(out + at, dots, (left < kRowsAtOnce ? left : kRowsAtOnce) * sizeof(int32_t));
  }
}

__m256 Floats(const int8_t* row) {
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(row));
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
}

float SumOfFloats(__m256 sums) {
  alignas(32) float lanes[8];
  _mm256_store_ps(lanes, sums);
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  return sum;
}

void DotF32S8(const float* query, const int8_t* const* rows, size_t count, size_t dim, float* out) {
  for (size_t r = 0; r < count; ++r) {
    __m256 even = _mm256_setzero_ps();
    __m256 odd = _mm256_setzero_ps();
    for (size_t i = 0; i < dim; i += 16) {
      even = _mm256_fmadd_ps(_mm256_loadu_ps(query + i), Floats(rows[r] + i), even);
      odd = _mm256_fmadd_ps(_mm256_loadu_ps(query + i + 8), Floats(rows[r] + i + 8), odd);
    }
    out[r] = SumOfFloats(_mm256_add_ps(even, odd));
  }
}

// b + a where `signs` is 0, b - a where it is the sign bit, a being x and b x with lanes swapped:
// the butterfly inside a register.
__m256 Butterfly(__m256 x, __m256 swapped, __m256i signs) {
  return _mm256_add_ps(swapped, _mm256_xor_ps(x, _mm256_castsi256_ps(signs)));
}

__m256 HadamardOfRegister(__m256 x) {
  constexpr int kSign = INT32_MIN;
  x = Butterfly(x, _mm256_permute_ps(x, 0xb1),  // lanes 1 apart
                _mm256_setr_epi32(0, kSign, 0, kSign, 0, kSign, 0, kSign));
  x = Butterfly(x, _mm256_permute_ps(x, 0x4e),  // 2 apart
                _mm256_setr_epi32(0, 0, kSign, kSign, 0, 0, kSign, kSign));
  return Butterfly(x, _mm256_permute2f128_ps(x, x, 1),
                   _mm256_setr_epi32(0, 0, 0, 0, kSign, kSign, kSign, kSign));
}

void Hadamard(float* x, size_t dim) {
  constexpr size_t kLanes = 8;
  if (dim < kLanes) return kScalarCodeKernels.hadamard(x, dim);
  for (size_t i = 0; i < dim; i += kLanes) {
    _mm256_storeu_ps(x + i, HadamardOfRegister(_mm256_loadu_ps(x + i)));
  }
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

void BitPlanes(const float* x, size_t dim, float inverse_step, char* planes, size_t plane_bytes) {
  constexpr size_t kLanes = 8;
  constexpr int kHighest = (1 << kQueryPlanes) - 1;
  const __m256 inverse = _mm256_set1_ps(inverse_step);
  const __m256 middle = _mm256_set1_ps(0.5F * kHighest + 0.5F);
  for (size_t i = 0; i < dim; i += kLanes) {
    const __m256 level = _mm256_add_ps(_mm256_mul_ps(_mm256_loadu_ps(x + i), inverse), middle);
    const __m256i value =
        _mm256_max_epi32(_mm256_min_epi32(_mm256_cvttps_epi32(level), _mm256_set1_epi32(kHighest)),
                         _mm256_setzero_si256());
    for (size_t b = 0; b < kQueryPlanes; ++b) {
      const __m256i in_sign = _mm256_slli_epi32(value, static_cast<int>(31 - b));
      planes[b * plane_bytes + i / 8] =
          static_cast<char>(_mm256_movemask_ps(_mm256_castsi256_ps(in_sign)));
    }
  }
}

ResidualSums Residual(const int8_t* base, float base_scale, const int8_t* row, float row_scale,
                      size_t dim, char* bits) {
  constexpr size_t kLanes = 8;
  const __m256 sign = _mm256_set1_ps(-0.0F);
  const __m256 of_base = _mm256_set1_ps(base_scale);
  const __m256 of_row = _mm256_set1_ps(row_scale);
  __m256 squared = _mm256_setzero_ps();
  __m256 absolute = _mm256_setzero_ps();
  __m256 along = _mm256_setzero_ps();
  __m256 signed_base = _mm256_setzero_ps();
  for (size_t i = 0; i < dim; i += kLanes) {
    const __m256 b = _mm256_mul_ps(of_base, Floats(base + i));
    const __m256 r = _mm256_fmsub_ps(of_row, Floats(row + i), b);
    bits[i / 8] = static_cast<char>(~_mm256_movemask_ps(r));
    squared = _mm256_fmadd_ps(r, r, squared);
    absolute = _mm256_add_ps(absolute, _mm256_andnot_ps(sign, r));
    along = _mm256_fmadd_ps(r, b, along);
    signed_base = _mm256_add_ps(signed_base, _mm256_xor_ps(b, _mm256_and_ps(r, sign)));
  }
  return {SumOfFloats(squared), SumOfFloats(absolute), SumOfFloats(along),
          SumOfFloats(signed_base)};
}

}  // namespace

constinit const CodeKernels kAvx2CodeKernels = {
    Isa::kAvx2, "avx2",   BitEstimates,       0,         DotS8S8,
    DotF32S8,   Hadamard, RotateBy<Hadamard>, BitPlanes, Residual};

}  // namespace vecgate::kernels

#endif
