#include "bench/ann_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/rng.h"
#include "bench/process_usage.h"

namespace vecgate::bench {
namespace {

constexpr uint64_t kBucketSeed = 20'250'114;
constexpr uint64_t kBuckets = 1000;

std::vector<uint32_t> RandomOrder(size_t rows) {
  std::vector<uint32_t> order(rows);
  std::iota(order.begin(), order.end(), 0U);
  Rng rng(kBucketSeed);
  for (size_t left = rows; left > 1; --left) std::swap(order[left - 1], order[rng.Below(left)]);
  return order;
}

/// All rows, those nearest to a random one first.
std::vector<uint32_t> OrderByProximity(const VectorFile& base, Metric metric) {
  const auto pivot = base.RowSpan(Rng(kBucketSeed).Below(base.rows()));
  std::vector<double> scores(base.rows());
  for (size_t row = 0; row < base.rows(); ++row) {
    scores[row] = ExactScore(metric, pivot, base.RowSpan(row));
  }
  std::vector<uint32_t> order(base.rows());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return scores[a] > scores[b]; });
  return order;
}

/// The first thousandth of the order has bucket 0, the next bucket 1: every share is exact.
std::vector<int32_t> BucketsInOrder(const std::vector<uint32_t>& order) {
  std::vector<int32_t> out(order.size());
  for (size_t rank = 0; rank < order.size(); ++rank) {
    out[order[rank]] = static_cast<int32_t>(rank * kBuckets / order.size());
  }
  return out;
}

void ApplyFilter(const Workload& workload, AnnData& data) {
  data.matching_rows = data.base.rows();
  if (workload.filter.kind == FilterPlan::Kind::kNone) return;
  data.buckets = BucketsInOrder(workload.filter.kind == FilterPlan::Kind::kRandom
                                    ? RandomOrder(data.base.rows())
                                    : OrderByProximity(data.base, workload.metric));
  for (const int32_t bucket : data.buckets) {
    data.matches.push_back(bucket < static_cast<int32_t>(workload.filter.buckets) ? 1 : 0);
  }
  data.matching_rows = static_cast<size_t>(std::count(data.matches.begin(), data.matches.end(), 1));
}

Status ReadTruth(const WorkloadFlags& flags, AnnData& data) {
  const std::string& path = flags.gt;
  VG_ASSIGN_OR_RETURN(const IdFile ids, OpenIds(path));
  auto truth = TruthFromIds(ids, data.query.rows(), data.base.rows(), flags.k);
  if (!truth.ok()) return truth.error().Within(path);
  data.truth = std::move(*truth);
  return Ok();
}

void ComputeTruth(uint32_t k, const Workload& workload, AnnData& data) {
  std::vector<uint32_t> rows;
  for (size_t row = 0; row < data.base.rows(); ++row) {
    if (data.matches.empty() || data.matches[row] != 0) rows.push_back(static_cast<uint32_t>(row));
  }
  const Stopwatch watch;
  data.truth = FindExact(data.base, data.query, rows,
                         {.metric = workload.metric, .k = k, .threads = workload.cores});
  data.truth_s = watch.WallSeconds();
}

}  // namespace

Result<AnnData> LoadAnnData(const WorkloadFlags& flags, const Workload& workload) {
  VG_ASSIGN_OR_RETURN(VectorFile base, OpenVectors(flags.base));
  VG_ASSIGN_OR_RETURN(VectorFile query, OpenVectors(flags.query));
  if (base.columns() != query.columns()) {
    return InvalidArgument(
        fmt::format("{}: its vectors have {} dimensions, those of {} have {}; they must be alike",
                    flags.query, query.columns(), flags.base, base.columns()));
  }
  AnnData data{.base = std::move(base), .query = std::move(query)};
  ApplyFilter(workload, data);
  if (data.matching_rows == 0) {
    return InvalidArgument(
        fmt::format("--filter '{}' matches none of the {} rows; a larger share "
                    "is needed",
                    flags.filter, data.base.rows()));
  }
  if (!flags.gt.empty() && data.matches.empty()) {
    VG_RETURN_IF_ERROR(ReadTruth(flags, data));
  } else {
    ComputeTruth(flags.k, workload, data);
  }
  return data;
}

}  // namespace vecgate::bench
