// The reference that every other instruction set is tested against, and what an unknown processor
// runs.
#include "kernels/fast_scan_tables.h"

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

}  // namespace

constinit const FastScanKernels kFastScanScalar = {Isa::kScalar, "scalar", Sum};

}  // namespace vecgate::kernels
