// The tables of each instruction set, for the picker in bit_distance.cc only, and what they share.
#pragma once

#include <cstdint>

#include "kernels/bit_distance.h"

namespace vecgate::kernels {

extern const BitDistanceKernels kBitDistanceScalar;
#if defined(__x86_64__)
extern const BitDistanceKernels kBitDistanceAvx2;
extern const BitDistanceKernels kBitDistanceAvx512;
#endif

// In unnamed namespaces, because each file compiles it with its own instructions.
namespace {

[[maybe_unused]] inline float JaccardOf(uint64_t common, uint64_t either) {
  if (either == 0) return 0;
  return static_cast<float>(1 - static_cast<double>(common) / static_cast<double>(either));
}

}  // namespace
}  // namespace vecgate::kernels
