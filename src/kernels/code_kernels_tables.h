// The tables of each instruction set, for the picker in code_kernels.cc only.
#pragma once

#include "kernels/code_kernels.h"

namespace vecgate::kernels {

extern const CodeKernels kScalarCodeKernels;
#if defined(__x86_64__)
extern const CodeKernels kAvx2CodeKernels;
extern const CodeKernels kAvx512CodeKernels;
#endif

}  // namespace vecgate::kernels
