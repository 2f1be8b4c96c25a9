// Int8CodeSpace: eight bits a dimension with a scale for each vector, in the RotatedFrame: for
// building graphs and for re-ranking what a coarser code found.
//
// x' is stored as round(x' · 127 / max|x'_i|). In the rotated frame the values of a vector are
// nearly normally distributed whatever the data, so one scale a vector serves them all and nothing
// has to be trained but the mean. Stored vectors are compared with each other by integer dots.
//
// Thread safety: CodeSpace's.
#pragma once

#include "index/row_code_space.h"
#include "kernels/code_kernels.h"

namespace vecgate::index {

class Int8CodeSpace final : public RotatedCodeSpace {
 public:
  Int8CodeSpace(Metric metric, size_t dim);

  void Encode(Slot slot, const float* vector) override;
  /// The query stays in float32: all the error is the codes'.
  void PrepareFramed(const float* in_frame, float add, PreparedQuery& out) const override;
  void PrepareStored(Slot slot, PreparedQuery& out) const override;
  void Distances(const PreparedQuery& query, const Slot* slots, size_t count,
                 float* out) const override;

  /// What a stored vector adds to the distance of another from a query q, which it is estimated by:
  /// distance(slot, q) ≈ distance(base, q) + add + mul · Σ ±q'_i, the signs being those of what the
  /// two differ by in the frame.
  struct Residual {
    float add = 0;
    float mul = 0;
  };
  /// Writes the signs, padded_dim() bits, 1 for +. REQUIRES: both are encoded.
  Residual ResidualOf(Slot base, Slot slot, char* signs) const;
  [[nodiscard]] size_t padded_dim() const { return frame().padded_dim(); }

 private:
  struct Header;
  struct Factors;
  [[nodiscard]] Factors FactorsOf(const char* row) const;

  const kernels::CodeKernels* const kernels_;
};

}  // namespace vecgate::index
