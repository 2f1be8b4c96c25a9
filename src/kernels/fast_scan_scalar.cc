// The reference that every other instruction set is tested against, and what an unknown processor
// runs.
#include <algorithm>
#include <cmath>

#include "kernels/fast_scan_tables.h"
#include "kernels/near_lanes.h"

namespace vecgate::kernels {
namespace {

void Sum(const uint8_t* tables, const uint8_t* block, size_t pairs, uint16_t* out) {
  for (size_t i = 0; i < kFastScanCodes; ++i) out[i] = 0;
  for (size_t j = 0; j < pairs; ++j) {
    const uint8_t* low = tables + 2 * j * kFastScanEntries;
    const uint8_t* high = low + kFastScanEntries;
    for (size_t i = 0; i < kFastScanCodes; ++i) {
      const uint8_t codes = block[j * kFastScanCodes + i];
      out[i] = static_cast<uint16_t>(out[i] + low[codes & 15] + high[codes >> 4]);
    }
  }
}

void SignTables(const float* query, size_t dim, float inverse_step, uint8_t* tables) {
  for (size_t i = 0; i < dim; i += 4) {
    const float* q = query + i;
    const float all = (std::abs(q[0]) + std::abs(q[1])) + (std::abs(q[2]) + std::abs(q[3]));
    for (size_t c = 0; c < kFastScanEntries; ++c) {
      float sum = all;
      for (size_t b = 0; b < 4; ++b) sum += ((c >> b) & 1) != 0 ? q[b] : -q[b];
      tables[4 * i + c] = static_cast<uint8_t>(std::min(sum * inverse_step + 0.5F, 255.0F));
    }
  }
}

}  // namespace

constinit const FastScanKernels kFastScanScalar = {Isa::kScalar, "scalar", Sum, NearByLanes,
                                                   SignTables};

}  // namespace vecgate::kernels
