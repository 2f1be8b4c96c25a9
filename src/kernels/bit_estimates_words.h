// Estimates of one-bit codes, and the planes of their queries, with 64-bit words, for the
// instruction sets without a vector popcount. Each file that includes this compiles it with its own
// instructions, hence the unnamed namespace.
#pragma once

#include <cstring>

#include "kernels/code_kernels.h"

namespace vecgate::kernels {
namespace {

inline void BitEstimatesByWords(const BitQuery& query, const char* const* rows, size_t count,
                                float* out) {
  const size_t row_bytes = query.lines * kLineBytes;
  for (size_t r = 0; r < count; ++r) {
    uint64_t mismatch = 0;
    for (size_t at = 0; at < row_bytes; at += sizeof(uint64_t)) {
      uint64_t code;
      uint64_t mask;
      std::memcpy(&code, rows[r] + at, sizeof(code));
      std::memcpy(&mask, query.mask + at, sizeof(mask));
      for (size_t b = 0; b < kQueryPlanes; ++b) {
        uint64_t plane;
        std::memcpy(&plane, query.planes + b * row_bytes + at, sizeof(plane));
        mismatch += static_cast<uint64_t>(__builtin_popcountll((code ^ plane) & mask)) << b;
      }
    }
    float factors[2];
    std::memcpy(factors, rows[r] + row_bytes - sizeof(factors), sizeof(factors));
    out[r] = factors[0] + factors[1] * (query.base - query.step * static_cast<float>(mismatch));
  }
}

inline void BitPlanesByWords(const float* x, size_t dim, float inverse_step, char* planes,
                             size_t plane_bytes) {
  constexpr float kHighest = (1 << kQueryPlanes) - 1;
  for (size_t at = 0; at < dim; at += 64) {
    uint64_t words[kQueryPlanes] = {};
    for (size_t i = 0; i < 64; ++i) {
      float level = x[at + i] * inverse_step + 0.5F * kHighest + 0.5F;
      level = level < 0 ? 0 : (level > kHighest ? kHighest : level);
      const auto value = static_cast<uint64_t>(level);
      for (size_t b = 0; b < kQueryPlanes; ++b) words[b] |= ((value >> b) & 1) << i;
    }
    for (size_t b = 0; b < kQueryPlanes; ++b) {
      std::memcpy(planes + b * plane_bytes + at / 8, &words[b], sizeof(words[b]));
    }
  }
}

}  // namespace
}  // namespace vecgate::kernels
