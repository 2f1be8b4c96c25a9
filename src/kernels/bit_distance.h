// Distances between vectors of bits, as binary vector fields hold them: one table of functions for
// each instruction set, the best one of this processor picked once at start.
//
// Every instruction set gives the same numbers. Thread safety: pure functions. Ownership: every
// array is borrowed for the call.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "kernels/distance.h"

namespace vecgate::kernels {

/// REQUIRES of every function: arrays of `size_bytes`, of any alignment and at most 2^29 bytes.
struct BitDistanceKernels {
  Isa isa;
  std::string_view name;
  /// out[r] is the number of bits in which the query and rows[r] differ.
  void (*hamming)(const char* query, const char* const* rows, size_t count, size_t size_bytes,
                  float* out);
  /// out[r] is 1 - |q ∧ r| / |q ∨ r|, rounded once; 0 when neither has a bit that is set.
  void (*jaccard)(const char* query, const char* const* rows, size_t count, size_t size_bytes,
                  float* out);
};

/// The fastest table that this processor can run; the same one for the life of the process.
const BitDistanceKernels& ActiveBitDistanceKernels();

/// Every table that this processor can run, slowest (the scalar reference) first.
std::span<const BitDistanceKernels* const> SupportedBitDistanceKernels();

}  // namespace vecgate::kernels
