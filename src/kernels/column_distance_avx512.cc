// AVX-512: a block is one register wide; tiles of 4 points × 4 blocks share their loads.
#if defined(__x86_64__)

#include <limits>

#include "kernels/avx512_intrinsics.h"
#include "kernels/column_distance_tables.h"
#include "kernels/column_tiles.h"

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

struct Avx512 {
  static constexpr size_t kPoints = 4;
  static constexpr size_t kBlocks = 4;

  template <typename Op, size_t kPointsHere, size_t kBlocksHere>
  static void Tile(const float* const* points, const float* blocks, size_t dim, size_t stride,
                   float* out) {
    __m512 sums[kPointsHere][kBlocksHere];
    for (size_t p = 0; p < kPointsHere; ++p) {
      for (size_t b = 0; b < kBlocksHere; ++b) sums[p][b] = _mm512_setzero_ps();
    }
    for (size_t d = 0; d < dim; ++d) {
      __m512 columns[kBlocksHere];
      for (size_t b = 0; b < kBlocksHere; ++b) {
        columns[b] = _mm512_loadu_ps(blocks + (b * dim + d) * kColumns);
      }
      for (size_t p = 0; p < kPointsHere; ++p) {
        const __m512 x = _mm512_set1_ps(points[p][d]);
        for (size_t b = 0; b < kBlocksHere; ++b) sums[p][b] = Op::Step(sums[p][b], x, columns[b]);
      }
    }
    for (size_t p = 0; p < kPointsHere; ++p) {
      for (size_t b = 0; b < kBlocksHere; ++b) {
        _mm512_storeu_ps(out + p * stride + b * kColumns, sums[p][b]);
      }
    }
  }
};

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

constinit const ColumnKernels kColumnsAvx512 = {Isa::kAvx512, "avx512", Columns<Avx512, L2>,
                                                Columns<Avx512, Dot>, Smallest};

}  // namespace vecgate::kernels

#endif
