// ProductCodeSpace: product codes by slot, as a CodeSpace.
//
// A prepared query is the distance table of the query: m · 2^nbits floats (with nbits 16 that is
// m · 256 KiB). Thread safety: as CodeSpace says.
#pragma once

#include <memory>

#include "index/quantize/product_quantizer.h"
#include "index/row_code_space.h"
#include "index/vector_space.h"

namespace vecgate::index {

class ProductCodeSpace final : public RowCodeSpace {
 public:
  /// COSINE compares as IP: its vectors arrive with length 1. kInvalidArgument as
  /// ProductQuantizer::Check.
  static Result<std::unique_ptr<ProductCodeSpace>> Create(Metric metric, size_t dim,
                                                          const ProductOptions& options);

  Status Train(const float* vectors, size_t count) override;
  /// One vector for each centroid of a codebook.
  [[nodiscard]] size_t training_rows() const override { return size_t{1} << options_.nbits; }

  void Encode(Slot slot, const float* vector) override;
  void Prepare(const float* query, PreparedQuery& out) const override;
  void PrepareStored(Slot slot, PreparedQuery& out) const override;
  void Distances(const PreparedQuery& query, const Slot* slots, size_t count,
                 float* out) const override;
  [[nodiscard]] std::string Learnt() const override;
  Status SetLearnt(std::string_view bytes) override;

  /// Codes can be scanned in transposed blocks of 32.
  [[nodiscard]] bool has_blocks() const { return options_.nbits == 4; }
  /// The table of a prepared query, rounded for BlockDistances. REQUIRES: has_blocks().
  ByteTable RoundTable(const PreparedQuery& query, std::vector<uint8_t>& bytes) const;
  /// out[0..32) are the distances of a block, as near as ProductQuantizer::RoundTable says.
  void BlockDistances(const ByteTable& rounded, const std::vector<uint8_t>& bytes,
                      const uint8_t* block, float* out) const;
  /// The code of a slot. REQUIRES: encoded.
  [[nodiscard]] const uint8_t* Code(Slot slot) const { return CodeOf(slot); }

  /// The decoded vector of a slot, `dim` floats. REQUIRES: encoded.
  void Decode(Slot slot, float* vector) const { quantizer_.Decode(CodeOf(slot), vector); }
  [[nodiscard]] const ProductQuantizer& quantizer() const { return quantizer_; }

 private:
  ProductCodeSpace(Metric metric, size_t dim, const ProductOptions& options);
  [[nodiscard]] uint8_t* CodeOf(Slot slot) const { return reinterpret_cast<uint8_t*>(Row(slot)); }

  const ProductDistance distance_;
  const size_t dim_;
  const ProductOptions options_;
  ProductQuantizer quantizer_;
};

}  // namespace vecgate::index
