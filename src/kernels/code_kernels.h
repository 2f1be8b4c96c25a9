// Kernels over codes of vectors: one bit a dimension, eight bits a dimension, and the Hadamard
// transform that spreads a vector over its dimensions before it is coded. One table of functions
// for each instruction set, the best one of this processor picked once at start.
//
// Thread safety: pure functions. Ownership: every array is borrowed for the call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/distance.h"

namespace vecgate::kernels {

inline constexpr size_t kLineBytes = 64;
/// Bits of a query's value in BitQuery.
inline constexpr size_t kQueryPlanes = 4;

/// A query for codes of one bit. A value of the query is one of 16 odd numbers -15, -13, …, 15
/// times `step`/2 and stands in kQueryPlanes bits of (value + 15) / 2; plane b holds bit b of all
/// dimensions, laid out as the codes are.
///
/// A row is `lines` whole cache lines: the bits of the code from its first byte on (bit 1 for +1,
/// 0 for -1), and in its last 8 bytes two floats: `add` and `mul`. Its estimate is
/// add + mul · (base - step · mismatch), where mismatch = Σ_b 2^b · popcount(code xor plane_b).
struct BitQuery {
  /// kQueryPlanes × lines × 64 bytes, 64-byte aligned.
  const char* planes = nullptr;
  /// lines × 64 bytes, 64-byte aligned: 1 for each bit of the code, 0 for everything else.
  const char* mask = nullptr;
  size_t lines = 0;
  float base = 0;
  float step = 0;
};

/// A random rotation of `dim` floats, in place: rounds of signs, a Hadamard transform of the first
/// or the last `hadamard_dim` floats by turns, and a mixing of both halves unless that was all of
/// them.
struct Rotation {
  static constexpr size_t kRounds = 4;
  /// kRounds × dim, each 1 or -1, times 1/√hadamard_dim where the round's transform reaches.
  const float* signs = nullptr;
  size_t dim = 0;           ///< A multiple of 64.
  size_t hadamard_dim = 0;  ///< The largest power of two not above dim.
};

/// Sums over r = row_scale · row - b, where b = base_scale · base: what a code of the signs of r
/// needs to tell <r, q> by, and with it what r adds to a distance from b.
struct ResidualSums {
  float squared = 0;      ///< Σ r_i²
  float absolute = 0;     ///< Σ |r_i|
  float along = 0;        ///< Σ r_i · b_i
  float signed_base = 0;  ///< Σ ±b_i with the signs of r
};

struct CodeKernels {
  Isa isa;
  std::string_view name;
  /// out[r] = the estimate of rows[r]. REQUIRES: rows are 64-byte aligned.
  void (*bit_estimates)(const BitQuery& query, const char* const* rows, size_t count, float* out);
  /// What each value of a query of bytes is raised by for dot_s8_s8: 128 where the instruction
  /// wants one side unsigned, otherwise 0.
  int32_t query_bias;
  /// out[r] = Σ (q[i] + query_bias) · rows[r][i], where query[i] holds q[i] + query_bias in its 8
  /// bits. REQUIRES: dim is a multiple of 64; q[i] and rows[r][i] are in -127…127.
  void (*dot_s8_s8)(const uint8_t* query, const int8_t* const* rows, size_t count, size_t dim,
                    int32_t* out);
  /// out[r] = Σ query[i] · rows[r][i]. REQUIRES: dim is a multiple of 64.
  void (*dot_f32_s8)(const float* query, const int8_t* const* rows, size_t count, size_t dim,
                     float* out);
  /// x becomes its Walsh–Hadamard transform, not scaled. REQUIRES: dim is a power of two.
  void (*hadamard)(float* x, size_t dim);
  void (*rotate)(const Rotation& rotation, float* x);
  /// Bit b of round(x[i] · inverse_step + 7.5), held to 0…15, becomes bit i of plane b; planes are
  /// `plane_bytes` apart. REQUIRES: dim is a multiple of 64; finite x.
  void (*bit_planes)(const float* x, size_t dim, float inverse_step, char* planes,
                     size_t plane_bytes);
  /// The signs of r as above: bit i of `bits` is 1 unless r_i is negative. REQUIRES: dim is a
  /// multiple of 64.
  ResidualSums (*residual)(const int8_t* base, float base_scale, const int8_t* row, float row_scale,
                           size_t dim, char* bits);
};

/// The fastest table that this processor can run; the same one for the life of the process.
const CodeKernels& ActiveCodeKernels();

/// Every table that this processor can run, slowest (the scalar reference) first.
std::span<const CodeKernels* const> SupportedCodeKernels();

}  // namespace vecgate::kernels
