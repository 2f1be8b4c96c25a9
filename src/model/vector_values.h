// The bytes of vectors, as rows and clients hold them, and the numbers in them.
//
// FLOAT_VECTOR holds float32, FLOAT16_VECTOR IEEE binary16, BFLOAT16_VECTOR the upper halves of
// float32, INT8_VECTOR signed bytes, all little-endian. Every value of each is a float32, so
// engines compare float32 whatever the field's type. BINARY_VECTOR holds bits, dimension i in byte
// i / 8, and is the one type that is not of numbers. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/types.h"

namespace vecgate {

/// Bytes of one vector of `dim` dimensions. REQUIRES: a vector type that is stored; whole bytes.
size_t VectorSizeBytes(DataType type, uint32_t dim);

/// `count` values at `in`, exactly, as float32. REQUIRES: a vector type of numbers.
void ToFloats(DataType type, const char* in, size_t count, float* out);
/// `count` values as the nearest of `type`, ties to even. So what ToFloats gave comes back bit for
/// bit. Beyond its range a half becomes infinite, a signed byte its bound. REQUIRES: no NaN; a
/// vector type of numbers.
void FromFloats(DataType type, const float* in, size_t count, char* out);

/// The place of the first value that is infinite or no number, or `count`. REQUIRES: a vector type
/// of numbers.
size_t FirstNotFinite(DataType type, const char* in, size_t count);

}  // namespace vecgate
