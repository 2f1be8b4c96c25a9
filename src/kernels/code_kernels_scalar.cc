// The reference that every other instruction set is tested against, and what an unknown processor
// runs.
#include <cmath>
#include <cstring>

#include "kernels/bit_estimates_words.h"
#include "kernels/code_kernels_tables.h"
#include "kernels/rotation_rounds.h"

namespace vecgate::kernels {
namespace {

void DotS8S8(const uint8_t* query, const int8_t* const* rows, size_t count, size_t dim,
             int32_t* out) {
  for (size_t r = 0; r < count; ++r) {
    out[r] = 0;
    for (size_t i = 0; i < dim; ++i) {
      out[r] += int32_t{static_cast<int8_t>(query[i])} * int32_t{rows[r][i]};
    }
  }
}

void DotF32S8(const float* query, const int8_t* const* rows, size_t count, size_t dim, float* out) {
  for (size_t r = 0; r < count; ++r) {
    out[r] = 0;
    for (size_t i = 0; i < dim; ++i) out[r] += query[i] * static_cast<float>(rows[r][i]);
  }
}

void Hadamard(float* x, size_t dim) {
  for (size_t half = 1; half < dim; half *= 2) {
    for (size_t block = 0; block < dim; block += 2 * half) {
      for (size_t i = block; i < block + half; ++i) {
        const float a = x[i];
        const float b = x[i + half];
        x[i] = a + b;
        x[i + half] = a - b;
      }
    }
  }
}

ResidualSums Residual(const int8_t* base, float base_scale, const int8_t* row, float row_scale,
                      size_t dim, char* bits) {
  ResidualSums sums;
  std::memset(bits, 0, dim / 8);
  for (size_t i = 0; i < dim; ++i) {
    const float b = base_scale * static_cast<float>(base[i]);
    const float r = row_scale * static_cast<float>(row[i]) - b;
    const bool negative = std::signbit(r);
    if (!negative) bits[i / 8] |= static_cast<char>(1U << (i % 8));
    sums.squared += r * r;
    sums.absolute += std::abs(r);
    sums.along += r * b;
    sums.signed_base += negative ? -b : b;
  }
  return sums;
}

}  // namespace

constinit const CodeKernels kScalarCodeKernels = {
    Isa::kScalar, "scalar",           BitEstimatesByWords, 0,       DotS8S8, DotF32S8,
    Hadamard,     RotateBy<Hadamard>, BitPlanesByWords,    Residual};

}  // namespace vecgate::kernels
