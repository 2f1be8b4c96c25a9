// RecallJudge: what share of the true neighbours a search found, fair to ties.
//
// A hit counts when its exact score is no worse than that of the k-th true neighbour, within 1e-6
// of it: which of several equally near rows an index names is luck, and no merit. A row named twice
// counts once; a row that the filter excludes never counts.
//
// Thread safety: immutable. Ownership: borrows the data set, which must outlive it.
#pragma once

#include <span>
#include <vector>

#include "bench/ground_truth.h"

namespace vecgate::bench {

struct JudgedData {
  const VectorFile& base;
  const VectorFile& query;
  Metric metric = Metric::kCosine;
  /// One byte a row of the base, 0 where the filter excludes it; empty: all rows may be found.
  std::span<const uint8_t> matches;
};

class RecallJudge {
 public:
  RecallJudge(const JudgedData& data, const GroundTruth& truth);

  /// True neighbours of all queries together: what a perfect search finds.
  [[nodiscard]] size_t wanted() const { return wanted_; }
  /// True neighbours among the keys that a search named for `query`.
  [[nodiscard]] size_t CountHits(size_t query, std::span<const int64_t> keys) const;

 private:
  struct Bar {
    double score = 0;   ///< The worst exact score that counts.
    size_t wanted = 0;  ///< True neighbours of this query.
  };
  JudgedData data_;
  std::vector<Bar> bars_;
  size_t wanted_ = 0;
};

}  // namespace vecgate::bench
