// The near of FastScanKernels, lane by lane, for the instruction sets that cannot pick lanes out of
// a register. Each file that includes this compiles it with its own instructions, hence the unnamed
// namespace.
#pragma once

#include <bit>

#include "kernels/fast_scan.h"

namespace vecgate::kernels {
namespace {

float FromBfloat16(uint16_t value) { return std::bit_cast<float>(uint32_t{value} << 16); }

size_t NearByLanes(const uint16_t* sums, const SumEstimates& estimates, float below, uint16_t first,
                   uint16_t* lanes, float* out) {
  size_t count = 0;
  for (size_t i = 0; i < kFastScanCodes; ++i) {
    const float inner = estimates.base + estimates.step * static_cast<float>(sums[i]);
    const float estimate =
        estimates.offset + FromBfloat16(estimates.add[i]) + FromBfloat16(estimates.mul[i]) * inner;
    lanes[count] = static_cast<uint16_t>(first + i);
    out[count] = estimate;
    count += static_cast<size_t>(estimate < below);
  }
  return count;
}

}  // namespace
}  // namespace vecgate::kernels
