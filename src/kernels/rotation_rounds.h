// The rotation of a RotatedFrame as plain loops, for the compiler to vectorize with the
// instructions of each file that includes this; hence the unnamed namespace.
#pragma once

#include "kernels/code_kernels.h"

namespace vecgate::kernels {
namespace {

template <void (*kHadamard)(float*, size_t)>
void RotateBy(const Rotation& rotation, float* x) {
  constexpr float kHalfRoot = 0.70710678F;
  const size_t dim = rotation.dim;
  const size_t half = dim / 2;
  for (size_t round = 0; round < Rotation::kRounds; ++round) {
    const float* signs = rotation.signs + round * dim;
    for (size_t i = 0; i < dim; ++i) x[i] *= signs[i];
    kHadamard(round % 2 == 0 ? x : x + dim - rotation.hadamard_dim, rotation.hadamard_dim);
    if (rotation.hadamard_dim == dim) continue;
    float* const front = x;
    float* const back = x + half;
    for (size_t i = 0; i < half; ++i) {
      const float a = front[i];
      const float b = back[i];
      front[i] = (a + b) * kHalfRoot;
      back[i] = (a - b) * kHalfRoot;
    }
  }
}

}  // namespace
}  // namespace vecgate::kernels
