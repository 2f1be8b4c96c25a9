// The tables of each instruction set, for the picker in distance.cc only.
#pragma once

#include "kernels/distance.h"

namespace vecgate::kernels {

extern const DistanceKernels kScalarKernels;
#if defined(__x86_64__)
extern const DistanceKernels kAvx2Kernels;
extern const DistanceKernels kAvx512Kernels;
#endif

}  // namespace vecgate::kernels
