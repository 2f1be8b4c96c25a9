// The tables of each instruction set, for the picker in scalar_codes.cc only.
#pragma once

#include "kernels/scalar_codes.h"

namespace vecgate::kernels {

extern const ScalarCodeKernels kScalarCodesScalar;
#if defined(__x86_64__)
extern const ScalarCodeKernels kScalarCodesAvx2;
extern const ScalarCodeKernels kScalarCodesAvx512;
#endif

}  // namespace vecgate::kernels
