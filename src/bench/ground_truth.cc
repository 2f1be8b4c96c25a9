#include "bench/ground_truth.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <thread>

#include "kernels/distance.h"

namespace vecgate::bench {
namespace {

// Rows of 384 floats that stay in a core's own cache while all its queries are compared with them.
constexpr size_t kTileRows = 256;

struct Scored {
  float score = 0;
  uint32_t row = 0;
};

bool IsNearer(const Scored& a, const Scored& b) {
  return a.score != b.score ? a.score > b.score : a.row < b.row;
}

double LengthOf(std::span<const float> vector) {
  double sum = 0;
  for (const float x : vector) sum += static_cast<double>(x) * x;
  return std::sqrt(sum);
}

/// The best k so far, as a heap with the worst of them in front.
class Nearest {
 public:
  explicit Nearest(size_t k) : k_(k) {}

  void Offer(const Scored& candidate) {
    if (best_.size() == k_ && !IsNearer(candidate, best_.front())) return;
    best_.push_back(candidate);
    std::push_heap(best_.begin(), best_.end(), IsNearer);
    if (best_.size() <= k_) return;
    std::pop_heap(best_.begin(), best_.end(), IsNearer);
    best_.pop_back();
  }
  [[nodiscard]] std::vector<uint32_t> TakeRows() {
    std::sort(best_.begin(), best_.end(), IsNearer);
    std::vector<uint32_t> rows;
    for (const Scored& scored : best_) rows.push_back(scored.row);
    return rows;
  }

 private:
  size_t k_;
  std::vector<Scored> best_;
};

/// Some rows of the base, ready to be compared with many queries.
class Tile {
 public:
  Tile(const VectorFile& base, Metric metric)
      : base_(base), metric_(metric), kernels_(kernels::ActiveKernels()) {}

  void Load(std::span<const uint32_t> rows) {
    rows_ = rows;
    for (size_t i = 0; i < rows.size(); ++i) {
      vectors_[i] = base_.Row(rows[i]);
      if (metric_ != Metric::kCosine) continue;
      const double length = LengthOf(base_.RowSpan(rows[i]));
      inverse_lengths_[i] = length > 0 ? static_cast<float>(1 / length) : 0;
    }
  }
  void Compare(const float* query, Nearest& nearest) {
    const auto compare =
        metric_ == Metric::kL2 ? kernels_.l2_squared_batch : kernels_.inner_product_batch;
    compare(query, vectors_.data(), rows_.size(), base_.columns(), scores_.data());
    for (size_t i = 0; i < rows_.size(); ++i) nearest.Offer({ScoreAt(i), rows_[i]});
  }

 private:
  // The query's length scales all its cosines alike, so it is left out of their order.
  [[nodiscard]] float ScoreAt(size_t i) const {
    if (metric_ == Metric::kL2) return -scores_[i];
    return metric_ == Metric::kCosine ? scores_[i] * inverse_lengths_[i] : scores_[i];
  }

  const VectorFile& base_;
  Metric metric_;
  const kernels::DistanceKernels& kernels_;
  std::span<const uint32_t> rows_;
  std::array<const float*, kTileRows> vectors_{};
  std::array<float, kTileRows> inverse_lengths_{};
  std::array<float, kTileRows> scores_{};
};

/// The truth of queries [begin, end), into `out`.
void FindSome(const VectorFile& base, const VectorFile& query, std::span<const uint32_t> rows,
              const ExactSearch& search, size_t begin, size_t end, GroundTruth& out) {
  std::vector<Nearest> nearest(end - begin, Nearest(search.k));
  Tile tile(base, search.metric);
  for (size_t at = 0; at < rows.size(); at += kTileRows) {
    tile.Load(rows.subspan(at, std::min(kTileRows, rows.size() - at)));
    for (size_t q = begin; q < end; ++q) tile.Compare(query.Row(q), nearest[q - begin]);
  }
  for (size_t q = begin; q < end; ++q) out[q] = nearest[q - begin].TakeRows();
}

}  // namespace

GroundTruth FindExact(const VectorFile& base, const VectorFile& query,
                      std::span<const uint32_t> rows, const ExactSearch& search) {
  GroundTruth out(query.rows());
  const size_t threads = std::clamp<size_t>(search.threads, 1, query.rows());
  std::vector<std::jthread> workers;
  for (size_t t = 0; t < threads; ++t) {
    const size_t begin = query.rows() * t / threads;
    const size_t end = query.rows() * (t + 1) / threads;
    workers.emplace_back([&, begin, end] { FindSome(base, query, rows, search, begin, end, out); });
  }
  workers.clear();
  return out;
}

double ExactScore(Metric metric, std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - b[i];
    sum += metric == Metric::kL2 ? -difference * difference : static_cast<double>(a[i]) * b[i];
  }
  if (metric != Metric::kCosine) return sum;
  const double lengths = LengthOf(a) * LengthOf(b);
  return lengths > 0 ? sum / lengths : 0;
}

Result<GroundTruth> TruthFromIds(const IdFile& ids, size_t queries, size_t base_rows, size_t k) {
  if (ids.rows() != queries || ids.columns() < k) {
    return InvalidArgument(
        fmt::format("has {} rows of {} ids; {} rows (the queries) of {} ids (k) or more are wanted",
                    ids.rows(), ids.columns(), queries, k));
  }
  GroundTruth out(queries);
  for (size_t q = 0; q < queries; ++q) {
    for (const int32_t id : ids.RowSpan(q).first(k)) {
      if (id < 0 || static_cast<size_t>(id) >= base_rows) {
        return InvalidArgument(
            fmt::format("has the id {} in row {}; ids are rows of the base, 0 "
                        "to {}",
                        id, q, base_rows - 1));
      }
      out[q].push_back(static_cast<uint32_t>(id));
    }
  }
  return out;
}

}  // namespace vecgate::bench
