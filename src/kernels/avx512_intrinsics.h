// The intrinsics of AVX-512, without a warning that g++ 12 raises inside its own: it takes their
// undefined merge operand for a variable of ours.
#pragma once

#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
