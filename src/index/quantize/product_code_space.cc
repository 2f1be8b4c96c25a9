#include "index/quantize/product_code_space.h"

#include <array>
#include <utility>

#include "index/fetch_ahead.h"

namespace vecgate::index {
Result<std::unique_ptr<ProductCodeSpace>> ProductCodeSpace::Create(Metric metric, size_t dim,
                                                                   const ProductOptions& options) {
  VG_RETURN_IF_ERROR(ProductQuantizer::Check(options, dim));
  return std::unique_ptr<ProductCodeSpace>(new ProductCodeSpace(metric, dim, options));
}

ProductCodeSpace::ProductCodeSpace(Metric metric, size_t dim, const ProductOptions& options)
    : RowCodeSpace(ProductQuantizer::CodeBytes(options)),
      distance_(metric == Metric::kL2 ? ProductDistance::kL2Squared
                                      : ProductDistance::kNegatedInnerProduct),
      dim_(dim),
      options_(options) {}

Status ProductCodeSpace::Train(const float* vectors, size_t count) {
  VG_ASSIGN_OR_RETURN(quantizer_, ProductQuantizer::Train(options_, dim_, vectors, count));
  return Ok();
}

void ProductCodeSpace::Encode(Slot slot, const float* vector) {
  quantizer_.Encode(vector, CodeOf(slot));
}

void ProductCodeSpace::Prepare(const float* query, PreparedQuery& out) const {
  char* memory = out.Resize(quantizer_.table_size() * sizeof(float));
  quantizer_.DistanceTable(distance_, query, reinterpret_cast<float*>(memory));
}

void ProductCodeSpace::PrepareStored(Slot slot, PreparedQuery& out) const {
  std::vector<float> vector(dim_);
  Decode(slot, vector.data());
  Prepare(vector.data(), out);
}

void ProductCodeSpace::Distances(const PreparedQuery& query, const Slot* slots, size_t count,
                                 float* out) const {
  const auto* table = reinterpret_cast<const float*>(query.data());
  const auto fetch = [&](size_t i) { kernels::Prefetch(CodeOf(slots[i]), row_bytes()); };
  FetchAhead(count, fetch, [&](size_t at, size_t n) {
    std::array<const uint8_t*, kRowsAtOnce> codes;
    for (size_t i = 0; i < n; ++i) codes[i] = CodeOf(slots[at + i]);
    quantizer_.Distances(table, codes.data(), n, out + at);
    for (size_t i = 0; i < n; ++i) out[at + i] = Ordered(out[at + i]);
  });
}

ByteTable ProductCodeSpace::RoundTable(const PreparedQuery& query,
                                       std::vector<uint8_t>& bytes) const {
  bytes.resize(quantizer_.byte_table_size());
  return quantizer_.RoundTable(reinterpret_cast<const float*>(query.data()), bytes.data());
}

void ProductCodeSpace::BlockDistances(const ByteTable& rounded, const std::vector<uint8_t>& bytes,
                                      const uint8_t* block, float* out) const {
  quantizer_.BlockDistances(rounded, bytes.data(), block, out);
  for (size_t i = 0; i < kernels::kFastScanCodes; ++i) out[i] = Ordered(out[i]);
}

std::string ProductCodeSpace::Learnt() const {
  ByteWriter out;
  quantizer_.Serialize(out);
  return out.Take();
}

Status ProductCodeSpace::SetLearnt(std::string_view bytes) {
  ByteReader in(bytes);
  VG_ASSIGN_OR_RETURN(ProductQuantizer quantizer, ProductQuantizer::Deserialize(in));
  if (quantizer.dim() != dim_ || quantizer.m() != options_.m ||
      quantizer.nbits() != options_.nbits || in.remaining() > 0) {
    return DataLoss("the product codes were learnt with other parameters");
  }
  quantizer_ = std::move(quantizer);
  return Ok();
}

}  // namespace vecgate::index
