// Distances of points to many centroids laid out in columns, for each instruction set.
//
// Centroids lie in blocks of 16: element d of the 16 centroids of a block stands together, so a
// register holds one element of many centroids and nothing is added across it. That suits both
// the 2 to 16 elements of a sub-quantizer and the hundreds of a whole vector.
// A sum is taken in the order of elements, whatever the number of points and blocks in one call.
//
// Thread safety: pure functions. Ownership: every array is borrowed for the call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernels/distance.h"

namespace vecgate::kernels {

/// Centroids in a block.
inline constexpr size_t kColumns = 16;

/// REQUIRES of the first two: `points` are `count` arrays of `dim` floats; `blocks` holds
/// block_count × dim × kColumns floats; `out` has room for count × block_count × kColumns,
/// row-major by point.
struct ColumnKernels {
  Isa isa;
  std::string_view name;
  /// The squared distance of each point to each centroid.
  void (*l2_squared)(const float* const* points, size_t count, const float* blocks,
                     size_t block_count, size_t dim, float* out);
  /// The inner product of each point with each centroid.
  void (*inner_product)(const float* const* points, size_t count, const float* blocks,
                        size_t block_count, size_t dim, float* out);
  /// The first of the smallest of block_count × kColumns distances and its place; infinity and 0
  /// when none is smaller than infinity.
  void (*smallest)(const float* distances, size_t block_count, uint32_t* place, float* distance);
};

/// The fastest table that this processor can run; the same one for the life of the process.
const ColumnKernels& ActiveColumnKernels();
/// Every table that this processor can run, slowest (the scalar reference) first.
std::span<const ColumnKernels* const> SupportedColumnKernels();

}  // namespace vecgate::kernels
