// Distances of bits with 64-bit words, for the instruction sets without a vector popcount. Each
// file that includes this compiles it with its own instructions, hence the unnamed namespace.
#pragma once

#include <cstring>

#include "kernels/bit_distance_tables.h"

namespace vecgate::kernels {
namespace {

/// Calls `use` with each pair of words; bytes beyond the end are zero.
template <typename Use>
void ForEachWord(const char* a, const char* b, size_t size_bytes, Use use) {
  uint64_t x;
  uint64_t y;
  size_t at = 0;
  for (; at + sizeof(x) <= size_bytes; at += sizeof(x)) {
    std::memcpy(&x, a + at, sizeof(x));
    std::memcpy(&y, b + at, sizeof(y));
    use(x, y);
  }
  if (at == size_bytes) return;
  x = y = 0;
  std::memcpy(&x, a + at, size_bytes - at);
  std::memcpy(&y, b + at, size_bytes - at);
  use(x, y);
}

inline uint64_t Ones(uint64_t word) { return static_cast<uint64_t>(__builtin_popcountll(word)); }

inline void HammingByWords(const char* query, const char* const* rows, size_t count,
                           size_t size_bytes, float* out) {
  for (size_t r = 0; r < count; ++r) {
    uint64_t differing = 0;
    ForEachWord(query, rows[r], size_bytes,
                [&](uint64_t x, uint64_t y) { differing += Ones(x ^ y); });
    out[r] = static_cast<float>(differing);
  }
}

inline void JaccardByWords(const char* query, const char* const* rows, size_t count,
                           size_t size_bytes, float* out) {
  for (size_t r = 0; r < count; ++r) {
    uint64_t common = 0;
    uint64_t either = 0;
    ForEachWord(query, rows[r], size_bytes, [&](uint64_t x, uint64_t y) {
      common += Ones(x & y);
      either += Ones(x | y);
    });
    out[r] = JaccardOf(common, either);
  }
}

}  // namespace
}  // namespace vecgate::kernels
