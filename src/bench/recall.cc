#include "bench/recall.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vecgate::bench {
namespace {

constexpr double kTolerance = 1e-6;

}  // namespace

RecallJudge::RecallJudge(const JudgedData& data, const GroundTruth& truth) : data_(data) {
  for (size_t q = 0; q < truth.size(); ++q) {
    double worst = std::numeric_limits<double>::infinity();
    for (const uint32_t row : truth[q]) {
      const double score = ExactScore(data.metric, data.query.RowSpan(q), data.base.RowSpan(row));
      worst = std::min(worst, score);
    }
    bars_.push_back({worst - kTolerance * std::abs(worst), truth[q].size()});
    wanted_ += truth[q].size();
  }
}

size_t RecallJudge::CountHits(size_t query, std::span<const int64_t> keys) const {
  std::vector<int64_t> rows(keys.begin(), keys.end());
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  const Bar& bar = bars_[query];
  const auto counts = [&](int64_t row) {
    const auto at = static_cast<size_t>(row);
    if (row < 0 || at >= data_.base.rows()) return false;
    if (!data_.matches.empty() && data_.matches[at] == 0) return false;
    return ExactScore(data_.metric, data_.query.RowSpan(query), data_.base.RowSpan(at)) >=
           bar.score;
  };
  const auto hits = static_cast<size_t>(std::count_if(rows.begin(), rows.end(), counts));
  return std::min(hits, bar.wanted);
}

}  // namespace vecgate::bench
