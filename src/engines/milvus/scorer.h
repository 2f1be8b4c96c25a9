// Scorer: one query vector against rows, exactly.
//
// Thread safety: one thread at a time. Ownership: borrows the queries.
#pragma once

#include <vector>

#include "model/column.h"
#include "model/types.h"

namespace vecgate::milvus_engine {

class Scorer {
 public:
  /// REQUIRES: a metric of the column's type; `queries` outlives this.
  Scorer(Metric metric, const Column& queries, size_t row);

  /// REQUIRES: a column of the queries' type and dimension.
  float Score(const Column& vectors, size_t row);

 private:
  const Metric metric_;
  const Column& queries_;
  const size_t row_;
  std::vector<float> query_scratch_;
  std::vector<float> scratch_;
  float norm_ = 0;
};

/// The order of hits: better first, ties by key.
bool Precedes(Metric metric, float score_a, const PrimaryKey& a, float score_b,
              const PrimaryKey& b);

}  // namespace vecgate::milvus_engine
