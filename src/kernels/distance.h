// Distances between float32 vectors: one table of functions for each instruction set, the best one
// of this processor picked once at start.
//
// The batch forms compare one query with many rows and give bit for bit what the single forms give,
// so that an exact scan and a graph walk score the same row alike. Different instruction sets add
// in different orders and so differ in the last bits.
//
// Thread safety: pure functions. Ownership: every array is borrowed for the call.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace vecgate::kernels {

enum class Isa { kScalar, kAvx2, kAvx512 };

/// REQUIRES of every function: arrays of `dim` floats, of any alignment; `dim` may be 0.
struct DistanceKernels {
  Isa isa;
  std::string_view name;
  /// Sum of (a[i] - b[i])².
  float (*l2_squared)(const float* a, const float* b, size_t dim);
  /// Sum of a[i]·b[i].
  float (*inner_product)(const float* a, const float* b, size_t dim);
  /// out[r] = l2_squared(query, rows[r], dim) for r in [0, count).
  void (*l2_squared_batch)(const float* query, const float* const* rows, size_t count, size_t dim,
                           float* out);
  /// out[r] = inner_product(query, rows[r], dim) for r in [0, count).
  void (*inner_product_batch)(const float* query, const float* const* rows, size_t count,
                              size_t dim, float* out);
};

/// The fastest table that this processor can run; the same one for the life of the process.
const DistanceKernels& ActiveKernels();

/// Every table that this processor can run, slowest (the scalar reference) first.
std::span<const DistanceKernels* const> SupportedKernels();

/// Asks the processor to fetch the first `size_bytes` of `data` (at most 512, from where its own
/// prefetcher goes on) into its cache.
inline void Prefetch(const void* data, size_t size_bytes) {
  constexpr size_t kLineBytes = 64;
  constexpr size_t kMostBytes = 512;
  const auto* p = static_cast<const char*>(data);
  const size_t end = size_bytes < kMostBytes ? size_bytes : kMostBytes;
  for (size_t at = 0; at < end; at += kLineBytes) __builtin_prefetch(p + at);
}

}  // namespace vecgate::kernels
