#include "index/vector_space.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vecgate::index {
namespace {

constexpr size_t kBatch = 4;

float Ordered(float distance) {
  return std::isnan(distance) ? std::numeric_limits<float>::infinity() : distance;
}

// Rounding takes the cosine of a vector with itself a little beyond 1, which a range search up to
// 1 would then miss.
float Clamped(float cosine) { return std::min(1.0F, std::max(-1.0F, cosine)); }

// 0 for the zero vector. Squares that float32 cannot hold are added in double.
float InverseLength(std::span<const float> vector) {
  const float squares =
      kernels::ActiveKernels().inner_product(vector.data(), vector.data(), vector.size());
  constexpr float kLeast = 1e-30F;
  if (squares > kLeast && std::isfinite(squares)) return 1.0F / std::sqrt(squares);
  double sum = 0;
  for (const float x : vector) sum += static_cast<double>(x) * x;
  return sum > 0 ? static_cast<float>(1.0 / std::sqrt(sum)) : 0.0F;
}

}  // namespace

std::vector<float> VectorSpace::Prepare(std::span<const float> query) const {
  std::vector<float> out(query.begin(), query.end());
  if (metric_ != Metric::kCosine) return out;
  const float inverse = InverseLength(query);
  for (float& x : out) x *= inverse;
  return out;
}

void VectorSpace::Distances(const float* query, const Slot* slots, size_t count, float* out) const {
  const size_t dim = arena_->dim();
  const float* rows[kBatch];
  for (size_t i = 0; i < std::min(count, kBatch); ++i) {
    kernels::Prefetch(arena_->Row(slots[i]), dim * sizeof(float));
  }
  for (size_t at = 0; at < count; at += kBatch) {
    const size_t n = std::min(kBatch, count - at);
    for (size_t i = 0; i < n; ++i) rows[i] = arena_->Row(slots[at + i]);
    for (size_t i = at + kBatch; i < std::min(count, at + 2 * kBatch); ++i) {
      kernels::Prefetch(arena_->Row(slots[i]), dim * sizeof(float));
    }
    if (metric_ == Metric::kL2) {
      kernels_->l2_squared_batch(query, rows, n, dim, out + at);
    } else {
      kernels_->inner_product_batch(query, rows, n, dim, out + at);
    }
  }
  if (metric_ == Metric::kCosine) {
    for (size_t i = 0; i < count; ++i) {
      out[i] = Clamped(out[i] * arena_->InverseNorm(slots[i]));
    }
  }
  const float sign = metric_ == Metric::kL2 ? 1.0F : -1.0F;
  for (size_t i = 0; i < count; ++i) out[i] = Ordered(sign * out[i]);
}

float VectorSpace::Between(Slot a, Slot b) const {
  const float* x = arena_->Row(a);
  const float* y = arena_->Row(b);
  switch (metric_) {
    case Metric::kL2: return Ordered(kernels_->l2_squared(x, y, arena_->dim()));
    case Metric::kInnerProduct: return Ordered(-kernels_->inner_product(x, y, arena_->dim()));
    case Metric::kCosine: break;
  }
  return Ordered(-Clamped(kernels_->inner_product(x, y, arena_->dim()) * arena_->InverseNorm(a) *
                          arena_->InverseNorm(b)));
}

}  // namespace vecgate::index
