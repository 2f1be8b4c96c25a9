// MultiBitCodeSpace: two, four or eight bits a dimension, for estimates without bias whose error
// shrinks by half with each bit (extended RaBitQ: J. Gao, Y. Gou, Y. Xu, Y. Yang, C. Long,
// R. C.-W. Wong, "Practical and Asymptotically Optimal Quantization of High-Dimensional Vectors in
// Euclidean Space for Approximate Nearest Neighbor Search", 2024).
//
// The code of a vector is the point y of the grid {±½, ±1½, …} of 2^bits values a dimension whose
// direction is nearest to that of x' in the RotatedFrame. <x', q'> is estimated by
// (|x'|² / <y, x'>) · <y, q'>; with one bit that is BitCodeSpace's estimate. The paper goes through
// every length to which x' may be scaled before it is rounded; here a few tens are tried, which
// finds a direction as near within a thousandth of its error and costs microseconds.
//
// A row is the grid's numbers, counted from 0, then two floats. Queries are 15-bit fixed point.
// Thread safety: CodeSpace's.
#pragma once

#include "index/row_code_space.h"
#include "kernels/scalar_codes.h"

namespace vecgate::index {

class MultiBitCodeSpace final : public RotatedCodeSpace {
 public:
  /// REQUIRES: bits is 2, 4 or 8.
  MultiBitCodeSpace(Metric metric, size_t dim, size_t bits);

  void Encode(Slot slot, const float* vector) override;
  void PrepareFramed(const float* in_frame, float add, PreparedQuery& out) const override;
  /// From the code alone.
  void PrepareStored(Slot slot, PreparedQuery& out) const override;
  void Distances(const PreparedQuery& query, const Slot* slots, size_t count,
                 float* out) const override;

  /// What the code tells of x', frame().padded_dim() floats: y times |x'|² / <y, x'>.
  void Decode(Slot slot, float* in_frame) const;
  using RotatedCodeSpace::frame;

 private:
  struct Header;
  struct Factors;

  [[nodiscard]] size_t code_bytes() const { return frame().padded_dim() * bits_ / 8; }
  [[nodiscard]] Factors FactorsOf(Slot slot) const;
  /// The middle between the grid's ends, as its numbers are counted.
  [[nodiscard]] float Centre() const { return static_cast<float>((1U << bits_) - 1) / 2; }
  [[nodiscard]] float BestScale(const float* x) const;
  [[nodiscard]] uint32_t NumberAt(const uint8_t* code, size_t d) const;
  void PutNumber(uint32_t number, size_t d, uint8_t* code) const;
  /// Where dimension d stands in the arrays of a prepared query, and how many words these have.
  [[nodiscard]] size_t QueryPlace(size_t d) const;
  [[nodiscard]] size_t QueryWords() const;
  void Dots(const kernels::CodeQuery& query, const Slot* slots, size_t count, int64_t* out) const;

  const size_t bits_;
  const kernels::ScalarCodeKernels* const kernels_;
};

}  // namespace vecgate::index
