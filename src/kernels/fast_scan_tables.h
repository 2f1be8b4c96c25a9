// The tables of each instruction set, for the picker in fast_scan.cc only.
#pragma once

#include "kernels/fast_scan.h"

namespace vecgate::kernels {

extern const FastScanKernels kFastScanScalar;
#if defined(__x86_64__)
extern const FastScanKernels kFastScanAvx2;
extern const FastScanKernels kFastScanAvx512;
#endif

}  // namespace vecgate::kernels
