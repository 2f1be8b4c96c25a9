// How ColumnKernels go through their points and blocks, tile by tile. `Isa` has kPoints and
// kBlocks, the largest tile whose sums fit its registers, and Isa::Tile<Op, points, blocks>(points,
// blocks, dim, stride, out). Each file that includes this compiles it with its own instructions,
// hence the unnamed namespace.
#pragma once

#include <limits>

#include "kernels/column_distance.h"

namespace vecgate::kernels {
namespace {

template <typename Isa, typename Op, size_t kPoints>
void RowOfTiles(const float* const* points, const float* blocks, size_t block_count, size_t dim,
                float* out) {
  const size_t stride = block_count * kColumns;
  size_t b = 0;
  for (; b + Isa::kBlocks <= block_count; b += Isa::kBlocks) {
    Isa::template Tile<Op, kPoints, Isa::kBlocks>(points, blocks + b * dim * kColumns, dim, stride,
                                                  out + b * kColumns);
  }
  for (; b < block_count; ++b) {
    Isa::template Tile<Op, kPoints, 1>(points, blocks + b * dim * kColumns, dim, stride,
                                       out + b * kColumns);
  }
}

template <typename Isa, typename Op>
void Columns(const float* const* points, size_t count, const float* blocks, size_t block_count,
             size_t dim, float* out) {
  const size_t stride = block_count * kColumns;
  size_t p = 0;
  for (; p + Isa::kPoints <= count; p += Isa::kPoints) {
    RowOfTiles<Isa, Op, Isa::kPoints>(points + p, blocks, block_count, dim, out + p * stride);
  }
  for (; p < count; ++p) {
    RowOfTiles<Isa, Op, 1>(points + p, blocks, block_count, dim, out + p * stride);
  }
}

// The smallest of the lanes' minima; among equals the one found first.
inline void PickLane(const float* lanes, const uint32_t* places, size_t count, uint32_t* place,
                     float* distance) {
  *place = 0;
  *distance = std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < count; ++i) {
    if (lanes[i] < *distance || (lanes[i] == *distance && places[i] < *place)) {
      *distance = lanes[i];
      *place = places[i];
    }
  }
}

}  // namespace
}  // namespace vecgate::kernels
