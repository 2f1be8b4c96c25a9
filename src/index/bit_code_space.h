// BitCodeSpace: one bit a dimension (RaBitQ: J. Gao, C. Long, SIGMOD 2024), for walking a graph.
//
// The code of a vector is the signs of x' in the RotatedFrame. <x', q'> is estimated without bias
// by (|x'|² / Σ|x'_i|) · Σ ±q'_i; its error shrinks with 1/√dim. The code and the two floats that
// the estimate needs fill whole cache lines, one for up to 448 dimensions, so that a comparison
// touches one line and lasts a few nanoseconds. The query's values are rounded to 4 bits.
//
// Thread safety: CodeSpace's.
#pragma once

#include <string>

#include "index/code_space.h"
#include "index/rotated_frame.h"
#include "index/segmented_array.h"

namespace vecgate::index {

class BitCodeSpace : public CodeSpace {
 public:
  BitCodeSpace(Metric metric, size_t dim);

  Status Train(const float* vectors, size_t count) override;
  [[nodiscard]] size_t training_rows() const override { return 1; }
  Status Reserve(size_t slots) override { return rows_.Reserve(slots); }
  void Encode(Slot slot, const float* vector) override;
  void Prepare(const float* query, PreparedQuery& out) const override;
  /// From the code alone: x' is taken for its signs. Coarse, and not used to build graphs.
  void PrepareStored(Slot slot, PreparedQuery& out) const override;
  void Distances(const PreparedQuery& query, const Slot* slots, size_t count,
                 float* out) const override;
  void Prefetch(Slot slot) const override { kernels::Prefetch(rows_.Row(slot), row_bytes_); }
  [[nodiscard]] std::string Learnt() const override { return frame_.Learnt(); }
  Status SetLearnt(std::string_view bytes) override { return frame_.SetLearnt(bytes); }
  [[nodiscard]] const SegmentedArray<char>* codes() const override { return &rows_; }
  [[nodiscard]] SegmentedArray<char>* codes() override { return &rows_; }

 private:
  struct Header;
  void PrepareFrame(const float* in_frame, float add, PreparedQuery& out) const;

  RotatedFrame frame_;
  const size_t lines_;
  const size_t row_bytes_;
  const kernels::CodeKernels* kernels_;
  SegmentedArray<char> rows_;
  std::vector<char> mask_;
};

}  // namespace vecgate::index
