// The tables of each instruction set, for the picker in column_distance.cc only.
#pragma once

#include "kernels/column_distance.h"

namespace vecgate::kernels {

extern const ColumnKernels kColumnsScalar;
#if defined(__x86_64__)
extern const ColumnKernels kColumnsAvx2;
extern const ColumnKernels kColumnsAvx512;
#endif

}  // namespace vecgate::kernels
