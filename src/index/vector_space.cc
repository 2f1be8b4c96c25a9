#include "index/vector_space.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "index/fetch_ahead.h"

namespace vecgate::index {
namespace {

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
  const auto batch =
      metric_ == Metric::kL2 ? kernels_->l2_squared_batch : kernels_->inner_product_batch;
  const auto fetch = [&](size_t i) {
    kernels::Prefetch(arena_->Row(slots[i]), dim * sizeof(float));
  };
  FetchAhead(count, fetch, [&](size_t at, size_t n) {
    std::array<const float*, kRowsAtOnce> rows;
    for (size_t i = 0; i < n; ++i) rows[i] = arena_->Row(slots[at + i]);
    batch(query, rows.data(), n, dim, out + at);
  });
  if (metric_ == Metric::kCosine) {
    for (size_t i = 0; i < count; ++i) {
      out[i] = Clamped(out[i] * arena_->InverseNorm(slots[i]));
    }
  }
  const float sign = metric_ == Metric::kL2 ? 1.0F : -1.0F;
  for (size_t i = 0; i < count; ++i) out[i] = Ordered(sign * out[i]);
}

}  // namespace vecgate::index
