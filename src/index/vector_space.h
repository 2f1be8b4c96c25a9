// VectorSpace: a metric over the vectors of an arena, as distances where smaller is nearer.
//
// L2 is the squared distance, IP the negated inner product, COSINE the negated cosine. HAMMING and
// JACCARD compare rows of bits; a query is then bits in the same words.
// Thread safety: const and lock-free. The arena is borrowed and must outlive the space.
#pragma once

#include <span>
#include <vector>

#include "index/slot.h"
#include "index/vector_arena.h"
#include "kernels/bit_distance.h"
#include "kernels/distance.h"

namespace vecgate::index {

enum class Metric { kL2, kInnerProduct, kCosine, kHamming, kJaccard };

class VectorSpace {
 public:
  /// REQUIRES, before distances are asked for: the metric is one of bits exactly when the arena
  /// holds bits.
  VectorSpace(Metric metric, const VectorArena& arena)
      : metric_(metric),
        arena_(&arena),
        kernels_(&kernels::ActiveKernels()),
        bit_kernels_(&kernels::ActiveBitDistanceKernels()) {}

  /// The query as the other methods want it: of length 1 for COSINE, otherwise as it is.
  /// REQUIRES: query.size() == dim().
  [[nodiscard]] std::vector<float> Prepare(std::span<const float> query) const;

  /// out[i] is the distance from a prepared query to slots[i]; never NaN (an overflow to NaN counts
  /// as infinitely far, so that orders stay total). Fetches rows ahead of their use.
  void Distances(const float* query, const Slot* slots, size_t count, float* out) const;

  [[nodiscard]] Metric metric() const { return metric_; }
  [[nodiscard]] size_t dim() const { return arena_->dim(); }
  [[nodiscard]] const float* Row(Slot slot) const { return arena_->Row(slot); }

 private:
  /// The metric's kernel on at most kRowsAtOnce rows; COSINE's is the inner product.
  void Compare(const float* query, const float* const* rows, size_t count, float* out) const;

  Metric metric_;
  const VectorArena* arena_;
  const kernels::DistanceKernels* kernels_;
  const kernels::BitDistanceKernels* bit_kernels_;
};

}  // namespace vecgate::index
