// BitCodeSpace: one bit a dimension (RaBitQ: J. Gao, C. Long, SIGMOD 2024), for walking a graph.
//
// The code of a vector is the signs of x' in the RotatedFrame. <x', q'> is estimated without bias
// by (|x'|² / Σ|x'_i|) · Σ ±q'_i; its error shrinks with 1/√dim. The code and the two floats that
// the estimate needs fill whole cache lines, one for up to 448 dimensions, so that a comparison
// touches one line and lasts a few nanoseconds. The query's values are rounded to 4 bits.
//
// Thread safety: CodeSpace's.
#pragma once

#include <vector>

#include "index/row_code_space.h"
#include "kernels/code_kernels.h"

namespace vecgate::index {

class BitCodeSpace final : public RotatedCodeSpace {
 public:
  BitCodeSpace(Metric metric, size_t dim);

  void Encode(Slot slot, const float* vector) override;
  void PrepareFramed(const float* in_frame, float add, PreparedQuery& out) const override;
  /// From the code alone: x' is taken for its signs. Coarse, and not used to build graphs.
  void PrepareStored(Slot slot, PreparedQuery& out) const override;
  void Distances(const PreparedQuery& query, const Slot* slots, size_t count,
                 float* out) const override;

 private:
  struct Header;

  const kernels::CodeKernels* const kernels_;
  std::vector<char> mask_;  // of the bits in a row that are the code's
};

}  // namespace vecgate::index
