#include "engines/milvus/scorer.h"

#include <cmath>

#include "kernels/bit_distance.h"
#include "kernels/distance.h"

namespace vecgate::milvus_engine {

Scorer::Scorer(Metric metric, const Column& queries, size_t row)
    : metric_(metric), queries_(queries), row_(row) {
  if (metric != Metric::kCosine) return;
  const auto query = queries.NumbersAt(row, query_scratch_);
  norm_ =
      std::sqrt(kernels::ActiveKernels().inner_product(query.data(), query.data(), query.size()));
}

float Scorer::Score(const Column& vectors, size_t row) {
  if (vectors.type() == DataType::kBinaryVector) {
    const auto query = queries_.VectorBytesAt(row_);
    const char* bits = vectors.VectorBytesAt(row).data();
    const auto& kernels = kernels::ActiveBitDistanceKernels();
    float out = 0;
    (metric_ == Metric::kHamming ? kernels.hamming : kernels.jaccard)(query.data(), &bits, 1,
                                                                      query.size(), &out);
    return out;
  }
  const auto query = queries_.NumbersAt(row_, query_scratch_);
  const auto vector = vectors.NumbersAt(row, scratch_);
  const auto& kernels = kernels::ActiveKernels();
  if (metric_ == Metric::kL2) {
    return kernels.l2_squared(query.data(), vector.data(), query.size());
  }
  const float product = kernels.inner_product(query.data(), vector.data(), query.size());
  if (metric_ == Metric::kInnerProduct) return product;
  const float norms =
      norm_ * std::sqrt(kernels.inner_product(vector.data(), vector.data(), vector.size()));
  return norms == 0 ? 0 : product / norms;
}

bool Precedes(Metric metric, float score_a, const PrimaryKey& a, float score_b,
              const PrimaryKey& b) {
  if (score_a != score_b) return IsBetter(metric, score_a, score_b);
  return a < b;
}

}  // namespace vecgate::milvus_engine
