#include "index/quantize/scalar_code_space.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace vecgate::index {
namespace {

constexpr size_t kBatch = 4;

size_t RoundUpTo4(size_t bytes) { return (bytes + 3) / 4 * 4; }

float Ordered(float distance) {
  return std::isnan(distance) ? std::numeric_limits<float>::infinity() : distance;
}

}  // namespace

ScalarCodeSpace::ScalarCodeSpace(Metric metric, size_t dim, size_t bits)
    : l2_(metric == Metric::kL2),
      dim_(dim),
      bits_(bits),
      norm_at_(RoundUpTo4(ScalarQuantizer::CodeBytes(bits, dim))),
      rows_(norm_at_ + (l2_ ? sizeof(float) : 0)) {}

Status ScalarCodeSpace::Train(const float* vectors, size_t count) {
  if (count < training_rows()) {
    return InvalidArgument("scalar codes learn from at least " + std::to_string(training_rows()) +
                               " vectors, " + std::to_string(count) + " were given",
                           Subject::kIndex);
  }
  VG_ASSIGN_OR_RETURN(quantizer_, ScalarQuantizer::Train(bits_, dim_, vectors, count));
  return Ok();
}

Status ScalarCodeSpace::Reserve(size_t slots) { return rows_.Reserve(slots); }

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
  std::array<const uint8_t*, kBatch> codes;
  std::array<float, kBatch> norms;
  for (size_t i = 0; i < std::min(count, kBatch); ++i) Prefetch(slots[i]);
  for (size_t at = 0; at < count; at += kBatch) {
    const size_t n = std::min(kBatch, count - at);
    for (size_t i = at + kBatch; i < std::min(count, at + 2 * kBatch); ++i) Prefetch(slots[i]);
    for (size_t i = 0; i < n; ++i) codes[i] = CodeOf(slots[at + i]);
    if (l2_) {
      for (size_t i = 0; i < n; ++i) std::memcpy(&norms[i], codes[i] + norm_at_, sizeof(float));
      quantizer_.L2Squared(query, codes.data(), norms.data(), n, out + at);
    } else {
      quantizer_.InnerProducts(query, codes.data(), n, out + at);
      for (size_t i = 0; i < n; ++i) out[at + i] = -out[at + i];
    }
    for (size_t i = 0; i < n; ++i) out[at + i] = Ordered(out[at + i]);
  }
}

void ScalarCodeSpace::Prefetch(Slot slot) const {
  kernels::Prefetch(rows_.Row(slot), rows_.width());
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
