// CentroidTable: centroids in the columns that kernels/column_distance.h compares many at a time.
//
// Thread safety: const after construction. Ownership: holds its own copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/column_distance.h"

namespace vecgate::index {

class CentroidTable {
 public:
  CentroidTable() = default;
  /// Copies `rows` (count × dim, row-major).
  CentroidTable(const float* rows, size_t count, size_t dim);

  /// out[i] is the squared distance of `point` (dim floats) to centroid i. `out` has room for
  /// padded_size() floats; those from size() on are meaningless.
  void L2Squared(const float* point, float* out) const;
  /// The same for inner products.
  void InnerProducts(const float* point, float* out) const;

  /// ids[p] is the centroid nearest to points[p] by L2 (the first of equals), and distances[p] its
  /// squared distance. REQUIRES: size() > 0.
  void Nearest(const float* const* points, size_t count, uint32_t* ids, float* distances) const;

  /// Centroid `i` as `dim` floats. REQUIRES: i < size().
  void CopyRow(size_t i, float* out) const;

  [[nodiscard]] size_t size() const { return count_; }
  [[nodiscard]] size_t dim() const { return dim_; }
  [[nodiscard]] size_t padded_size() const { return block_count_ * kernels::kColumns; }
  [[nodiscard]] size_t SizeBytes() const { return columns_.size() * sizeof(float); }

 private:
  size_t count_ = 0;
  size_t dim_ = 0;
  size_t block_count_ = 0;
  std::vector<float> columns_;  // block_count × dim × kColumns
  const kernels::ColumnKernels* kernels_ = nullptr;
};

}  // namespace vecgate::index
