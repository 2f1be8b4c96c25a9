// AVX2 + FMA: a block is two registers wide; tiles of 2 points × 2 blocks share their loads.
#if defined(__x86_64__)

#include <immintrin.h>

#include <limits>

#include "kernels/column_distance_tables.h"

namespace vecgate::kernels {
namespace {

struct L2 {
  static __m256 Step(__m256 sum, __m256 x, __m256 column) {
    const __m256 difference = _mm256_sub_ps(x, column);
    return _mm256_fmadd_ps(difference, difference, sum);
  }
};

struct Dot {
  static __m256 Step(__m256 sum, __m256 x, __m256 column) {
    return _mm256_fmadd_ps(x, column, sum);
  }
};

template <typename Op, size_t kPoints, size_t kBlocks>
void Tile(const float* const* points, const float* blocks, size_t dim, size_t stride, float* out) {
  __m256 left[kPoints][kBlocks];
  __m256 right[kPoints][kBlocks];
  for (size_t p = 0; p < kPoints; ++p) {
    for (size_t b = 0; b < kBlocks; ++b) left[p][b] = right[p][b] = _mm256_setzero_ps();
  }
  for (size_t d = 0; d < dim; ++d) {
    for (size_t b = 0; b < kBlocks; ++b) {
      const float* columns = blocks + (b * dim + d) * kColumns;
      const __m256 first = _mm256_loadu_ps(columns);
      const __m256 second = _mm256_loadu_ps(columns + 8);
      for (size_t p = 0; p < kPoints; ++p) {
        const __m256 x = _mm256_broadcast_ss(points[p] + d);
        left[p][b] = Op::Step(left[p][b], x, first);
        right[p][b] = Op::Step(right[p][b], x, second);
      }
    }
  }
  for (size_t p = 0; p < kPoints; ++p) {
    for (size_t b = 0; b < kBlocks; ++b) {
      _mm256_storeu_ps(out + p * stride + b * kColumns, left[p][b]);
      _mm256_storeu_ps(out + p * stride + b * kColumns + 8, right[p][b]);
    }
  }
}

template <typename Op, size_t kPoints>
void Row(const float* const* points, const float* blocks, size_t block_count, size_t dim,
         float* out) {
  const size_t stride = block_count * kColumns;
  size_t b = 0;
  for (; b + 2 <= block_count; b += 2) {
    Tile<Op, kPoints, 2>(points, blocks + b * dim * kColumns, dim, stride, out + b * kColumns);
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
  for (; p + 2 <= count; p += 2) {
    Row<Op, 2>(points + p, blocks, block_count, dim, out + p * stride);
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
  __m256 least = _mm256_set1_ps(std::numeric_limits<float>::infinity());
  __m256i places = _mm256_setzero_si256();
  __m256i here = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  for (size_t i = 0; i < 2 * block_count; ++i) {
    const __m256 found = _mm256_loadu_ps(distances + 8 * i);
    const __m256 nearer = _mm256_cmp_ps(found, least, _CMP_LT_OQ);
    least = _mm256_blendv_ps(least, found, nearer);
    places = _mm256_blendv_epi8(places, here, _mm256_castps_si256(nearer));
    here = _mm256_add_epi32(here, _mm256_set1_epi32(8));
  }
  float lanes[8];
  uint32_t lane_places[8];
  _mm256_storeu_ps(lanes, least);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(lane_places), places);
  PickLane(lanes, lane_places, 8, place, distance);
}

}  // namespace

constinit const ColumnKernels kColumnsAvx2 = {Isa::kAvx2, "avx2", Columns<L2>, Columns<Dot>,
                                              Smallest};

}  // namespace vecgate::kernels

#endif
