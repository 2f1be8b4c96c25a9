#include "index/quantize/centroid_table.h"

#include <algorithm>
#include <array>
#include <limits>

namespace vecgate::index {
namespace {

using kernels::kColumns;

// Points and blocks compared in one call: their 16 KiB of distances stay in the first cache.
constexpr size_t kPoints = 4;
constexpr size_t kBlocks = 64;

}  // namespace

CentroidTable::CentroidTable(const float* rows, size_t count, size_t dim)
    : count_(count),
      dim_(dim),
      block_count_((count + kColumns - 1) / kColumns),
      columns_(block_count_ * dim * kColumns, 0.0F),
      kernels_(&kernels::ActiveColumnKernels()) {
  // The last block is filled up with the last centroid, which is found first among its equals.
  for (size_t i = 0; i < padded_size(); ++i) {
    const float* row = rows + std::min(i, count - 1) * dim;
    float* block = &columns_[i / kColumns * dim * kColumns];
    for (size_t d = 0; d < dim; ++d) block[d * kColumns + i % kColumns] = row[d];
  }
}

void CentroidTable::L2Squared(const float* point, float* out) const {
  kernels_->l2_squared(&point, 1, columns_.data(), block_count_, dim_, out);
}

void CentroidTable::InnerProducts(const float* point, float* out) const {
  kernels_->inner_product(&point, 1, columns_.data(), block_count_, dim_, out);
}

void CentroidTable::Nearest(const float* const* points, size_t count, uint32_t* ids,
                            float* distances) const {
  std::array<float, kPoints * kBlocks * kColumns> out;
  std::fill_n(ids, count, 0U);
  std::fill_n(distances, count, std::numeric_limits<float>::infinity());
  for (size_t p = 0; p < count; p += kPoints) {
    const size_t n = std::min(kPoints, count - p);
    for (size_t b = 0; b < block_count_; b += kBlocks) {
      const size_t blocks = std::min(kBlocks, block_count_ - b);
      kernels_->l2_squared(points + p, n, &columns_[b * dim_ * kColumns], blocks, dim_, out.data());
      for (size_t i = 0; i < n; ++i) {
        uint32_t place = 0;
        float distance = 0;
        kernels_->smallest(&out[i * blocks * kColumns], blocks, &place, &distance);
        if (!(distance < distances[p + i])) continue;
        distances[p + i] = distance;
        ids[p + i] = static_cast<uint32_t>(b * kColumns) + place;
      }
    }
  }
}

void CentroidTable::CopyRow(size_t i, float* out) const {
  const float* block = &columns_[i / kColumns * dim_ * kColumns];
  for (size_t d = 0; d < dim_; ++d) out[d] = block[d * kColumns + i % kColumns];
}

}  // namespace vecgate::index
