// Int8CodeSpace: eight bits a dimension with a scale for each vector, in the RotatedFrame: for
// building graphs and for re-ranking what a coarser code found.
//
// x' is stored as round(x' · 127 / max|x'_i|). In the rotated frame the values of a vector are
// nearly normally distributed whatever the data, so one scale a vector serves them all and nothing
// has to be trained but the mean. Stored vectors are compared with each other by integer dots.
//
// Thread safety: CodeSpace's.
#pragma once

#include "index/code_space.h"
#include "index/rotated_frame.h"
#include "index/segmented_array.h"

namespace vecgate::index {

class Int8CodeSpace : public CodeSpace {
 public:
  Int8CodeSpace(Metric metric, size_t dim);

  Status Train(const float* vectors, size_t count) override;
  [[nodiscard]] size_t training_rows() const override { return 1; }
  Status Reserve(size_t slots) override { return rows_.Reserve(slots); }
  void Encode(Slot slot, const float* vector) override;
  /// The query stays in float32: all the error is the codes'.
  void Prepare(const float* query, PreparedQuery& out) const override;
  void PrepareStored(Slot slot, PreparedQuery& out) const override;
  void Distances(const PreparedQuery& query, const Slot* slots, size_t count,
                 float* out) const override;
  void Prefetch(Slot slot) const override { kernels::Prefetch(rows_.Row(slot), rows_.width()); }
  [[nodiscard]] std::string Learnt() const override { return frame_.Learnt(); }
  Status SetLearnt(std::string_view bytes) override { return frame_.SetLearnt(bytes); }
  [[nodiscard]] const SegmentedArray<char>* codes() const override { return &rows_; }
  [[nodiscard]] SegmentedArray<char>* codes() override { return &rows_; }

 private:
  struct Header;
  struct Factors;
  [[nodiscard]] Factors FactorsOf(const char* row) const;

  RotatedFrame frame_;
  const kernels::CodeKernels* kernels_;
  SegmentedArray<char> rows_;  // padded_dim bytes, then the factors
};

}  // namespace vecgate::index
