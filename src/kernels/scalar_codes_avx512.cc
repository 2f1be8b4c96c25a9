// AVX-512 with VNNI: 64 codes a register, multiplied once with the high and once with the low bytes
// of the query. A 32-bit lane takes 4 · 255 · 127 each step, so 65,536 codes cannot overflow it.
// Four rows share each load of the query.
#if defined(__x86_64__)

#include "kernels/avx512_intrinsics.h"
#include "kernels/scalar_codes_tables.h"

namespace vecgate::kernels {
namespace {

struct Sums {
  __m512i high = _mm512_setzero_si512();
  __m512i low = _mm512_setzero_si512();

  void Add(__m512i codes, __m512i query_high, __m512i query_low) {
    high = _mm512_dpbusd_epi32(high, codes, query_high);
    low = _mm512_dpbusd_epi32(low, codes, query_low);
  }
  [[nodiscard]] int64_t Total() const { return 128 * Wide(high) + Wide(low); }

 private:
  static int64_t Wide(__m512i lanes) {
    const __m512i first = _mm512_cvtepi32_epi64(_mm512_castsi512_si256(lanes));
    const __m512i second = _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(lanes, 1));
    return _mm512_reduce_add_epi64(_mm512_add_epi64(first, second));
  }
};

__m512i Load(const int8_t* bytes) { return _mm512_loadu_si512(bytes); }

struct U8 {
  static void Step(Sums& sums, const CodeQuery& query, size_t at, size_t /*second*/,
                   __m512i codes) {
    sums.Add(codes, Load(query.high + at), Load(query.low + at));
  }
};

struct U4 {
  static void Step(Sums& sums, const CodeQuery& query, size_t at, size_t second, __m512i codes) {
    const __m512i nibble = _mm512_set1_epi8(15);
    sums.Add(_mm512_and_si512(codes, nibble), Load(query.high + at), Load(query.low + at));
    sums.Add(_mm512_and_si512(_mm512_srli_epi16(codes, 4), nibble), Load(query.high + second + at),
             Load(query.low + second + at));
  }
};

template <typename Op, size_t kRows>
void Rows(const CodeQuery& query, const uint8_t* const* rows, size_t bytes, int64_t* out) {
  const size_t second = PaddedCodeQuery(bytes);
  Sums sums[kRows];
  size_t i = 0;
  for (; i + 64 <= bytes; i += 64) {
    for (size_t r = 0; r < kRows; ++r) {
      Op::Step(sums[r], query, i, second, _mm512_loadu_si512(rows[r] + i));
    }
  }
  if (i < bytes) {
    const __mmask64 mask = (__mmask64{1} << (bytes - i)) - 1;
    for (size_t r = 0; r < kRows; ++r) {
      Op::Step(sums[r], query, i, second, _mm512_maskz_loadu_epi8(mask, rows[r] + i));
    }
  }
  for (size_t r = 0; r < kRows; ++r) out[r] = sums[r].Total();
}

template <typename Op>
void Dot(const CodeQuery& query, const uint8_t* const* rows, size_t count, size_t bytes,
         int64_t* out) {
  size_t r = 0;
  for (; r + 4 <= count; r += 4) Rows<Op, 4>(query, rows + r, bytes, out + r);
  for (; r < count; ++r) Rows<Op, 1>(query, rows + r, bytes, out + r);
}

}  // namespace

constinit const ScalarCodeKernels kScalarCodesAvx512 = {Isa::kAvx512, "avx512", Dot<U8>, Dot<U4>};

}  // namespace vecgate::kernels

#endif
