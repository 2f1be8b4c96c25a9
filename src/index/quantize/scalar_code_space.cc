#include "index/quantize/scalar_code_space.h"

#include <array>
#include <cstring>
#include <utility>

#include "index/fetch_ahead.h"

namespace vecgate::index {
namespace {

// Where a code's norm stands in its row: at the next multiple of 4.
size_t NormAt(size_t bits, size_t dim) {
  return (ScalarQuantizer::CodeBytes(bits, dim) + 3) / 4 * 4;
}

}  // namespace

ScalarCodeSpace::ScalarCodeSpace(Metric metric, size_t dim, size_t bits)
    : RowCodeSpace(NormAt(bits, dim) + (metric == Metric::kL2 ? sizeof(float) : 0)),
      l2_(metric == Metric::kL2),
      dim_(dim),
      bits_(bits),
      norm_at_(NormAt(bits, dim)) {}

Status ScalarCodeSpace::Train(const float* vectors, size_t count) {
  if (count < training_rows()) {
    return InvalidArgument("scalar codes learn from at least " + std::to_string(training_rows()) +
                               " vectors, " + std::to_string(count) + " were given",
                           Subject::kIndex);
  }
  VG_ASSIGN_OR_RETURN(quantizer_, ScalarQuantizer::Train(bits_, dim_, vectors, count));
  return Ok();
}

void ScalarCodeSpace::Encode(Slot slot, const float* vector) {
  uint8_t* row = CodeOf(slot);
  quantizer_.Encode(vector, row);
  if (!l2_) return;
  const float norm = quantizer_.Norm(row);
  std::memcpy(row + norm_at_, &norm, sizeof(norm));
}

void ScalarCodeSpace::Prepare(const float* query, PreparedQuery& out) const {
  l2_ ? quantizer_.PrepareL2(query, out) : quantizer_.PrepareInnerProduct(query, out);
}

void ScalarCodeSpace::PrepareStored(Slot slot, PreparedQuery& out) const {
  std::vector<float> vector(dim_);
  Decode(slot, vector.data());
  Prepare(vector.data(), out);
}

void ScalarCodeSpace::Distances(const PreparedQuery& query, const Slot* slots, size_t count,
                                float* out) const {
  const auto fetch = [&](size_t i) { kernels::Prefetch(CodeOf(slots[i]), row_bytes()); };
  FetchAhead(count, fetch, [&](size_t at, size_t n) {
    std::array<const uint8_t*, kRowsAtOnce> codes;
    std::array<float, kRowsAtOnce> norms;
    for (size_t i = 0; i < n; ++i) codes[i] = CodeOf(slots[at + i]);
    if (l2_) {
      for (size_t i = 0; i < n; ++i) std::memcpy(&norms[i], codes[i] + norm_at_, sizeof(float));
      quantizer_.L2Squared(query, codes.data(), norms.data(), n, out + at);
    } else {
      quantizer_.InnerProducts(query, codes.data(), n, out + at);
      for (size_t i = 0; i < n; ++i) out[at + i] = -out[at + i];
    }
    for (size_t i = 0; i < n; ++i) out[at + i] = Ordered(out[at + i]);
  });
}

std::string ScalarCodeSpace::Learnt() const {
  ByteWriter out;
  quantizer_.Serialize(out);
  return out.Take();
}

Status ScalarCodeSpace::SetLearnt(std::string_view bytes) {
  ByteReader in(bytes);
  VG_ASSIGN_OR_RETURN(ScalarQuantizer quantizer, ScalarQuantizer::Deserialize(in));
  if (quantizer.bits() != bits_ || quantizer.dim() != dim_ || in.remaining() > 0) {
    return DataLoss("the scalar codes were learnt with other parameters");
  }
  quantizer_ = std::move(quantizer);
  return Ok();
}

}  // namespace vecgate::index
