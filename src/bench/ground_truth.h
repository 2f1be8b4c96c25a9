// Exact nearest neighbours by comparing everything, on all cores.
//
// Scores here are larger for nearer vectors, whatever the metric: the negated squared distance, the
// inner product, the cosine (0 where a vector has no length).
//
// Thread safety: pure functions; threads begin and end within a call.
#pragma once

#include <span>
#include <vector>

#include "bench/vector_file.h"
#include "model/types.h"

namespace vecgate::bench {

/// Rows of the base for each query, best first, ties by row.
using GroundTruth = std::vector<std::vector<uint32_t>>;

struct ExactSearch {
  Metric metric = Metric::kCosine;
  size_t k = 10;
  size_t threads = 1;
};

/// The k nearest of `rows` (positions in `base`) to each query; fewer where `rows` has fewer.
/// REQUIRES: base and query of one dimension.
GroundTruth FindExact(const VectorFile& base, const VectorFile& query,
                      std::span<const uint32_t> rows, const ExactSearch& search);

/// The score of two vectors in double precision, in which results are judged.
double ExactScore(Metric metric, std::span<const float> a, std::span<const float> b);

/// A given file as ground truth of the `k` nearest. kInvalidArgument when it has other than
/// `queries` rows, fewer than k columns, or an id outside [0, base_rows).
Result<GroundTruth> TruthFromIds(const IdFile& ids, size_t queries, size_t base_rows, size_t k);

}  // namespace vecgate::bench
