// ScalarCodeSpace: scalar codes of 8 or 4 bits by slot, as a CodeSpace.
//
// A row is the code, for L2 followed by the code's norm. Thread safety: as CodeSpace says.
#pragma once

#include "index/quantize/scalar_quantizer.h"
#include "index/row_code_space.h"
#include "index/vector_space.h"

namespace vecgate::index {

class ScalarCodeSpace final : public RowCodeSpace {
 public:
  /// `bits` is 4 or 8. COSINE compares as IP: its vectors arrive with length 1.
  ScalarCodeSpace(Metric metric, size_t dim, size_t bits);

  Status Train(const float* vectors, size_t count) override;
  /// Enough for the ends of each range to be where later vectors will not often pass them.
  [[nodiscard]] size_t training_rows() const override { return 1000; }

  void Encode(Slot slot, const float* vector) override;
  void Prepare(const float* query, PreparedQuery& out) const override;
  void PrepareStored(Slot slot, PreparedQuery& out) const override;
  void Distances(const PreparedQuery& query, const Slot* slots, size_t count,
                 float* out) const override;
  [[nodiscard]] std::string Learnt() const override;
  Status SetLearnt(std::string_view bytes) override;

  /// The decoded vector of a slot, `dim` floats. REQUIRES: encoded.
  void Decode(Slot slot, float* vector) const { quantizer_.Decode(CodeOf(slot), vector); }
  [[nodiscard]] const ScalarQuantizer& quantizer() const { return quantizer_; }

 private:
  [[nodiscard]] uint8_t* CodeOf(Slot slot) const { return reinterpret_cast<uint8_t*>(Row(slot)); }
  const bool l2_;
  const size_t dim_;
  const size_t bits_;
  const size_t norm_at_;
  ScalarQuantizer quantizer_;
};

}  // namespace vecgate::index
