// Sums of 8-bit table entries over blocks of 32 four-bit codes, for each instruction set.
//
// F. André, A.-M. Kermarrec, N. Le Scouarnec, "Cache locality is not enough: high-performance
// nearest neighbor search with product quantization fast scan" (2015): a table of 16 bytes fits a
// register, and a byte shuffle looks up 16 or more codes at once.
//
// A block holds `pairs` rows of 32 bytes; byte i of row j is byte j of the i-th code: sub-quantizer
// 2j in the low nibble, 2j + 1 in the high one. Sums are 16-bit integers, the same for all.
//
// Thread safety: pure functions. Ownership: every array is borrowed for the call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernels/distance.h"

namespace vecgate::kernels {

/// Codes in a block.
inline constexpr size_t kFastScanCodes = 32;
/// Entries in the table of one sub-quantizer.
inline constexpr size_t kFastScanEntries = 16;

/// What the sums of a block are of: estimate i is offset + add_i + mul_i · (base + step · sum_i).
struct SumEstimates {
  const uint16_t* add = nullptr;  ///< 32 bfloat16
  const uint16_t* mul = nullptr;  ///< 32 bfloat16
  float base = 0;
  float step = 0;
  float offset = 0;
};

struct FastScanKernels {
  Isa isa;
  std::string_view name;
  /// out[i] = sum over j < 2·pairs of tables[j][code i of sub-quantizer j], modulo 65,536.
  /// `tables` holds 2·pairs × 16 bytes, `block` pairs × 32 bytes, `out` 32 sums.
  void (*sum)(const uint8_t* tables, const uint8_t* block, size_t pairs, uint16_t* out);
  /// Writes first + i for each i whose estimate is below `below`, in order, and the estimates;
  /// returns how many. NaN is not below. What lies behind those in the 32 places that `lanes` and
  /// `out` hold may be written too.
  size_t (*near)(const uint16_t* sums, const SumEstimates& estimates, float below, uint16_t first,
                 uint16_t* lanes, float* out);
  /// The tables of a query for codes of signs, four to a code: entry c of table j is
  /// inverse_step · Σ (|q_i| ± q_i) over i in [4j, 4j + 4), with + where bit i - 4j of c is set,
  /// rounded to the nearest integer and held to 255. REQUIRES: dim is a multiple of 4;
  /// `tables` holds 4 · dim bytes; finite values.
  void (*sign_tables)(const float* query, size_t dim, float inverse_step, uint8_t* tables);
};

/// The fastest table that this processor can run; the same one for the life of the process.
const FastScanKernels& ActiveFastScanKernels();
/// Every table that this processor can run, slowest (the scalar reference) first.
std::span<const FastScanKernels* const> SupportedFastScanKernels();

}  // namespace vecgate::kernels
