// AVX2 + FMA: a block is two registers wide; tiles of 2 points × 2 blocks share their loads.
#if defined(__x86_64__)

#include <immintrin.h>

#include <limits>

#include "kernels/column_distance_tables.h"
#include "kernels/column_tiles.h"

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

struct Avx2 {
  static constexpr size_t kPoints = 2;
  static constexpr size_t kBlocks = 2;

  template <typename Op, size_t kPointsHere, size_t kBlocksHere>
  static void Tile(const float* const* points, const float* blocks, size_t dim, size_t stride,
                   float* out) {
    __m256 left[kPointsHere][kBlocksHere];
    __m256 right[kPointsHere][kBlocksHere];
    for (size_t p = 0; p < kPointsHere; ++p) {
      for (size_t b = 0; b < kBlocksHere; ++b) left[p][b] = right[p][b] = _mm256_setzero_ps();
    }
    for (size_t d = 0; d < dim; ++d) {
      for (size_t b = 0; b < kBlocksHere; ++b) {
        const float* columns = blocks + (b * dim + d) * kColumns;
        const __m256 first = _mm256_loadu_ps(columns);
        const __m256 second = _mm256_loadu_ps(columns + 8);
        for (size_t p = 0; p < kPointsHere; ++p) {
          const __m256 x = _mm256_broadcast_ss(points[p] + d);
          left[p][b] = Op::Step(left[p][b], x, first);
          right[p][b] = Op::Step(right[p][b], x, second);
        }
      }
    }
    for (size_t p = 0; p < kPointsHere; ++p) {
      for (size_t b = 0; b < kBlocksHere; ++b) {
        _mm256_storeu_ps(out + p * stride + b * kColumns, left[p][b]);
        _mm256_storeu_ps(out + p * stride + b * kColumns + 8, right[p][b]);
      }
    }
  }
};

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

constinit const ColumnKernels kColumnsAvx2 = {Isa::kAvx2, "avx2", Columns<Avx2, L2>,
                                              Columns<Avx2, Dot>, Smallest};

}  // namespace vecgate::kernels

#endif
