// The reference that every other instruction set is tested against, and what an unknown processor
// runs.
#include <limits>

#include "kernels/column_distance_tables.h"

namespace vecgate::kernels {
namespace {

struct L2 {
  static float Term(float x, float centroid) { return (x - centroid) * (x - centroid); }
};

struct Dot {
  static float Term(float x, float centroid) { return x * centroid; }
};

template <typename Op>
void Columns(const float* const* points, size_t count, const float* blocks, size_t block_count,
             size_t dim, float* out) {
  for (size_t p = 0; p < count; ++p) {
    for (size_t b = 0; b < block_count; ++b, out += kColumns) {
      const float* block = blocks + b * dim * kColumns;
      for (size_t c = 0; c < kColumns; ++c) out[c] = 0;
      for (size_t d = 0; d < dim; ++d) {
        for (size_t c = 0; c < kColumns; ++c) {
          out[c] += Op::Term(points[p][d], block[d * kColumns + c]);
        }
      }
    }
  }
}

void Smallest(const float* distances, size_t block_count, uint32_t* place, float* distance) {
  *place = 0;
  *distance = std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < block_count * kColumns; ++i) {
    if (distances[i] < *distance) {
      *distance = distances[i];
      *place = static_cast<uint32_t>(i);
    }
  }
}

}  // namespace

constinit const ColumnKernels kColumnsScalar = {Isa::kScalar, "scalar", Columns<L2>, Columns<Dot>,
                                                Smallest};

}  // namespace vecgate::kernels
