#include "compare.h"

#include <fmt/format.h>

#include <cmath>

namespace vecgate::model_test {
namespace {

constexpr float kCosineTolerance = 1e-5F;

bool SameRow(const Column& a, const Column& b, size_t row) {
  if (a.IsNull(row) != b.IsNull(row)) return false;
  if (IsVector(a.type())) return a.VectorBytesAt(row) == b.VectorBytesAt(row);
  return a.ValueAt(row) == b.ValueAt(row);
}

std::string DifferColumns(const std::vector<Column>& tested, const std::vector<Column>& expected) {
  if (tested.size() != expected.size()) {
    return fmt::format("{} output columns, {} expected", tested.size(), expected.size());
  }
  for (size_t i = 0; i < tested.size(); ++i) {
    const std::string difference = Differ(tested[i], expected[i], "output column");
    if (!difference.empty()) return fmt::format("{} (number {})", difference, i);
  }
  return "";
}

std::string DifferCounts(const SearchResult& tested, const SearchResult& expected) {
  if (tested.hits_per_query == expected.hits_per_query &&
      tested.scores.size() == expected.scores.size() &&
      tested.keys.num_rows() == tested.scores.size()) {
    return "";
  }
  return fmt::format(
      "{} hits ({} in the first query), {} expected ({} in the first query)", tested.scores.size(),
      tested.hits_per_query.empty() ? 0 : tested.hits_per_query[0], expected.scores.size(),
      expected.hits_per_query.empty() ? 0 : expected.hits_per_query[0]);
}

/// Hits [begin, end) are those of one query.
std::string DifferCosineQuery(const SearchResult& tested, const SearchResult& expected,
                              size_t begin, size_t end) {
  const auto apart = [&](size_t a, size_t b) {
    return std::abs(expected.scores[a] - expected.scores[b]) > 2 * kCosineTolerance;
  };
  for (size_t i = begin; i < end; ++i) {
    if (std::abs(tested.scores[i] - expected.scores[i]) > kCosineTolerance) {
      return fmt::format("score {} of hit {}, {} expected", tested.scores[i], i,
                         expected.scores[i]);
    }
    // The first and the last hit may be one of several as good, of which the page cut some off.
    const bool alone = i > begin && i + 1 < end && apart(i, i - 1) && apart(i, i + 1);
    if (alone && !SameRow(tested.keys, expected.keys, i)) {
      return fmt::format("key {} of hit {}, {} expected", ToText(PrimaryKeyAt(tested.keys, i)), i,
                         ToText(PrimaryKeyAt(expected.keys, i)));
    }
  }
  return "";
}

std::string DifferCosine(const SearchResult& tested, const SearchResult& expected) {
  size_t begin = 0;
  for (const uint32_t hits : expected.hits_per_query) {
    std::string difference = DifferCosineQuery(tested, expected, begin, begin + hits);
    if (!difference.empty()) return difference;
    begin += hits;
  }
  return "";
}

}  // namespace

std::string Differ(const Column& tested, const Column& expected, const char* what) {
  if (tested.num_rows() != expected.num_rows()) {
    return fmt::format("{}: {} rows, {} expected", what, tested.num_rows(), expected.num_rows());
  }
  for (size_t row = 0; row < tested.num_rows(); ++row) {
    if (!SameRow(tested, expected, row)) return fmt::format("{}: row {} differs", what, row);
  }
  return "";
}

std::string Differ(const QueryResult& tested, const QueryResult& expected) {
  if (tested.count != expected.count) {
    return fmt::format("count {}, {} expected", tested.count, expected.count);
  }
  const std::string keys = Differ(tested.keys, expected.keys, "keys");
  return keys.empty() ? DifferColumns(tested.columns, expected.columns) : keys;
}

std::string Differ(const CollectionStats& tested, const CollectionStats& expected) {
  if (tested.rows != expected.rows) {
    return fmt::format("stats: {} rows, {} expected", tested.rows, expected.rows);
  }
  if (tested.rows_by_partition != expected.rows_by_partition) return "stats: partitions differ";
  if (tested.indexes.size() != expected.indexes.size()) return "stats: indexes differ";
  return "";
}

std::string Differ(const SearchRequest& request, const SearchResult& tested,
                   const SearchResult& expected) {
  std::string difference = DifferCounts(tested, expected);
  if (!difference.empty()) return difference;
  if (request.metric == Metric::kCosine) return DifferCosine(tested, expected);
  for (size_t i = 0; i < tested.scores.size(); ++i) {
    if (tested.scores[i] != expected.scores[i]) {
      return fmt::format("score {} of hit {}, {} expected", tested.scores[i], i,
                         expected.scores[i]);
    }
  }
  difference = Differ(tested.keys, expected.keys, "keys of hits");
  if (difference.empty()) difference = DifferColumns(tested.columns, expected.columns);
  if (difference.empty() && expected.groups) {
    difference = tested.groups ? Differ(*tested.groups, *expected.groups, "groups") : "no groups";
  }
  return difference;
}

std::string DifferApproximately(const SearchRequest& request, const SearchResult& tested,
                                const SearchResult& expected, Recall& recall) {
  if (const std::string difference = DifferCounts(tested, expected); !difference.empty()) {
    return difference;
  }
  size_t hit = 0;
  for (const uint32_t hits : tested.hits_per_query) {
    for (uint32_t i = 0; i < hits; ++i, ++hit) {
      const float score = tested.scores[hit];
      if (i > 0 && IsBetter(request.metric, score, tested.scores[hit - 1])) {
        return fmt::format("hit {} is better than the one before it", hit);
      }
      const float better_by = LargerIsBetter(request.metric) ? score - expected.scores[hit]
                                                             : expected.scores[hit] - score;
      if (better_by > kCosineTolerance) {
        return fmt::format("score {} of hit {} is better than the best possible, {}", score, hit,
                           expected.scores[hit]);
      }
      // By score: among equally near rows, any is right.
      recall.found += better_by >= -kCosineTolerance ? 1 : 0;
      ++recall.wanted;
    }
  }
  return "";
}

}  // namespace vecgate::model_test
