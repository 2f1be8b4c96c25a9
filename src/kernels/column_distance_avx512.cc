// AVX-512: a block is one register wide; tiles of 4 points × 4 blocks share their loads.
#if defined(__x86_64__)

// g++ 12 takes the undefined merge operand inside its own intrinsics for a variable of ours.
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include <limits>

#include "kernels/column_distance_tables.h"

namespace vecgate::kernels {
namespace {

struct L2 {
  static __m512 Step(__m512 sum, __m512 x, __m512 column) {
    const __m512 difference = _mm512_sub_ps(x, column);
    return _mm512_fmadd_ps(difference, difference, sum);
  }
};

struct Dot {
  static __m512 Step(__m512 sum, __m512 x, __m512 column) {
    return _mm512_fmadd_ps(x, column, sum);
  }
};

template <typename Op, size_t kPoints, size_t kBlocks>
void Tile(const float* const* points, const float* blocks, size_t dim, size_t stride, float* out) {
  __m512 sums[kPoints][kBlocks];
  for (size_t p = 0; p < kPoints; ++p) {
    for (size_t b = 0; b < kBlocks; ++b) sums[p][b] = _mm512_setzero_ps();
  }
  for (size_t d = 0; d < dim; ++d) {
    __m512 columns[kBlocks];
    for (size_t b = 0; b < kBlocks; ++b) {
      columns[b] = _mm512_loadu_ps(blocks + (b * dim + d) * kColumns);
    }
    for (size_t p = 0; p < kPoints; ++p) {
      const __m512 x = _mm512_set1_ps(points[p][d]);
      for (size_t b = 0; b < kBlocks; ++b) sums[p][b] = Op::Step(sums[p][b], x, columns[b]);
    }
  }
  for (size_t p = 0; p < kPoints; ++p) {
    for (size_t b = 0; b < kBlocks; ++b) {
      _mm512_storeu_ps(out + p * stride + b * kColumns, sums[p][b]);
    }
  }
}

template <typename Op, size_t kPoints>
void Row(const float* const* points, const float* blocks, size_t block_count, size_t dim,
         float* out) {
  const size_t stride = block_count * kColumns;
  size_t b = 0;
  for (; b + 4 <= block_count; b += 4) {
    Tile<Op, kPoints, 4>(points, blocks + b * dim * kColumns, dim, stride, out + b * kColumns);
  }
  for (; b < block_count; ++b) {
    Tile<Op, kPoints, 1>(points, blocks + b * dim * kColumns, dim, stride, out + b * kColumns);
  }
}

template <typename Op>
void Columns(const float* const* points, size_t count, const float* blocks, size_t block_count,
             size_t dim, float* out) {
  const size_t stride = block_count * kColumns;
  size_t p = 0;
  for (; p + 4 <= count; p += 4) {
    Row<Op, 4>(points + p, blocks, block_count, dim, out + p * stride);
  }
  for (; p < count; ++p) Row<Op, 1>(points + p, blocks, block_count, dim, out + p * stride);
}

// The smallest of the lanes' minima; among equals the one found first.
void PickLane(const float* lanes, const uint32_t* places, size_t count, uint32_t* place,
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

void Smallest(const float* distances, size_t block_count, uint32_t* place, float* distance) {
  __m512 least = _mm512_set1_ps(std::numeric_limits<float>::infinity());
  __m512i places = _mm512_setzero_si512();
  __m512i here = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (size_t b = 0; b < block_count; ++b) {
    const __m512 found = _mm512_loadu_ps(distances + b * kColumns);
    const __mmask16 nearer = _mm512_cmp_ps_mask(found, least, _CMP_LT_OQ);
    least = _mm512_mask_mov_ps(least, nearer, found);
    places = _mm512_mask_mov_epi32(places, nearer, here);
    here = _mm512_add_epi32(here, _mm512_set1_epi32(kColumns));
  }
  float lanes[kColumns];
  uint32_t lane_places[kColumns];
  _mm512_storeu_ps(lanes, least);
  _mm512_storeu_si512(lane_places, places);
  PickLane(lanes, lane_places, kColumns, place, distance);
}

}  // namespace

constinit const ColumnKernels kColumnsAvx512 = {Isa::kAvx512, "avx512", Columns<L2>, Columns<Dot>,
                                                Smallest};

}  // namespace vecgate::kernels

#endif
