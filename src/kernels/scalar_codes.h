// Products of a query with scalar codes: u8, or u4 two to a byte, for each instruction set.
//
// The query is in fixed point, so that every sum is an exact integer: all instruction sets give the
// same number, whatever their order of addition. 15 bits cost less than the codes do: an error of
// half a unit in each query element, times the largest code 255, is below 2% of what half a step of
// the code costs in the query's largest element.
//
// Thread safety: pure functions. Ownership: every array is borrowed for the call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernels/distance.h"

namespace vecgate::kernels {

/// The largest absolute value of a query word: 127 · 128.
inline constexpr int kMostQueryWord = 16256;
/// Query arrays, or each half of them for u4, are zero up to a multiple of this.
inline constexpr size_t kCodeQueryAlign = 64;
inline constexpr size_t PaddedCodeQuery(size_t codes) {
  return (codes + kCodeQueryAlign - 1) / kCodeQueryAlign * kCodeQueryAlign;
}

/// words[i] = 128 · high[i] + low[i]; the two bytes are what the byte instructions multiply.
struct CodeQuery {
  const int16_t* words;
  const int8_t* high;
  const int8_t* low;
};

/// Splits a word into the bytes of CodeQuery. REQUIRES: |word| <= kMostQueryWord.
inline void SplitQueryWord(int word, int8_t& high, int8_t& low) {
  const int rounded = (word + 64) >> 7;
  high = static_cast<int8_t>(rounded);
  low = static_cast<int8_t>(word - 128 * rounded);
}

/// REQUIRES of both: dim at most 65,536.
struct ScalarCodeKernels {
  Isa isa;
  std::string_view name;
  /// out[r] = sum of words[i] · rows[r][i] over `dim` bytes.
  void (*dot_u8)(const CodeQuery& query, const uint8_t* const* rows, size_t count, size_t dim,
                 int64_t* out);
  /// The same over `bytes` bytes of two codes: the low nibble of byte i meets words[i], the high
  /// one words[PaddedCodeQuery(bytes) + i].
  void (*dot_u4)(const CodeQuery& query, const uint8_t* const* rows, size_t count, size_t bytes,
                 int64_t* out);
};

/// The fastest table that this processor can run; the same one for the life of the process.
const ScalarCodeKernels& ActiveScalarCodeKernels();
/// Every table that this processor can run, slowest (the scalar reference) first.
std::span<const ScalarCodeKernels* const> SupportedScalarCodeKernels();

}  // namespace vecgate::kernels
