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
  const auto fetch = [&](size_t i) {
    kernels::Prefetch(arena_->Row(slots[i]), arena_->dim() * sizeof(float));
  };
  FetchAhead(count, fetch, [&](size_t at, size_t n) {
    std::array<const float*, kRowsAtOnce> rows;
    for (size_t i = 0; i < n; ++i) rows[i] = arena_->Row(slots[at + i]);
    Compare(query, rows.data(), n, out + at);
  });
  if (metric_ == Metric::kCosine) {
    for (size_t i = 0; i < count; ++i) {
      out[i] = Clamped(out[i] * arena_->InverseNorm(slots[i]));
    }
  }
  const bool negated = metric_ == Metric::kInnerProduct || metric_ == Metric::kCosine;
  for (size_t i = 0; i < count; ++i) out[i] = Ordered(negated ? -out[i] : out[i]);
}

void VectorSpace::Compare(const float* query, const float* const* rows, size_t count,
                          float* out) const {
  const size_t dim = arena_->dim();
  switch (metric_) {
    case Metric::kL2: kernels_->l2_squared_batch(query, rows, count, dim, out); return;
    case Metric::kInnerProduct:
    case Metric::kCosine: kernels_->inner_product_batch(query, rows, count, dim, out); return;
    case Metric::kHamming:
    case Metric::kJaccard: break;
  }
  std::array<const char*, kRowsAtOnce> bits;
  for (size_t i = 0; i < count; ++i) bits[i] = reinterpret_cast<const char*>(rows[i]);
  const auto compare = metric_ == Metric::kHamming ? bit_kernels_->hamming : bit_kernels_->jaccard;
  compare(reinterpret_cast<const char*>(query), bits.data(), count, dim * sizeof(float), out);
}

}  // namespace vecgate::index
