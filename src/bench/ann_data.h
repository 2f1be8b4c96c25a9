// AnnData: a data set that was read and found consistent, its attribute, and its ground truth.
//
// Thread safety: immutable once loaded. Ownership: owns the mappings.
#pragma once

#include <vector>

#include "bench/ground_truth.h"
#include "bench/recall.h"
#include "bench/vector_file.h"
#include "bench/workload.h"

namespace vecgate::bench {

struct AnnData {
  VectorFile base;
  VectorFile query;
  std::vector<int32_t> buckets;  ///< Of each row of the base; empty without a filter.
  std::vector<uint8_t> matches;  ///< One byte a row, 0 where the filter excludes it; or empty.
  size_t matching_rows = 0;
  GroundTruth truth;
  double truth_s = 0;  ///< What computing the truth took; 0 when it was given.

  [[nodiscard]] JudgedData Judged(Metric metric) const { return {base, query, metric, matches}; }
};

/// Reads base and query; computes the truth unless a file gives it and no filter is asked for.
/// kInvalidArgument names the file or flag that does not fit.
Result<AnnData> LoadAnnData(const WorkloadFlags& flags, const Workload& workload);

}  // namespace vecgate::bench
